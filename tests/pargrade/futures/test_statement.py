"""The figures of a settlement statement, against the accumulators they must agree with."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from eth_account import Account
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pargrade.chain.hashing import address_of
from pargrade.clock import DAY_S
from pargrade.devnet.anvil import devnet_keys
from pargrade.futures.statement import (
    Fix,
    Span,
    Stretch,
    business_days,
    digest_of,
    figures_of,
    figures_over,
    held_in,
)
from pargrade.spot_index.accumulator import NoCheckpoint, NothingCovered, accumulate, window
from pargrade.units import Price

MONDAY = 1_772_409_600
"""2026-03-02T00:00:00Z"""
HOLD = 3_900
FIXES = st.lists(
    st.tuples(st.integers(60, 12 * 3_600), st.integers(1, 10**10)), min_size=1, max_size=60
).map(
    lambda steps: [
        Fix(MONDAY - 3_600 + sum(gap for gap, _ in steps[: n + 1]), value)
        for n, (_, value) in enumerate(steps)
    ]
)
SPANS = st.tuples(st.integers(0, 9), st.integers(1, 9)).map(
    lambda days: Span(MONDAY + days[0] * DAY_S, MONDAY + (days[0] + days[1]) * DAY_S)
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FIXES, SPANS, st.integers(60, 90_000), st.data())
def test_figures__any_rounds__are_those_of_the_accumulators(fixes, span, hold, data):
    days = range(span.start, span.end + 1, DAY_S)
    cut = data.draw(st.none() | st.tuples(st.sampled_from(days), st.sampled_from(days)))
    cut = None if cut is None or cut[0] >= cut[1] else Span(*cut)
    figures = figures_of(fixes, span, hold, cut)
    rounds = accumulate([(fix.slot, Price(fix.value)) for fix in fixes], hold)
    try:
        whole = window(rounds, *span, hold)
        counted = window(rounds, *span, hold, cut)
    except NoCheckpoint:
        # The chain has no accumulators there; the integral over what is covered is still one.
        return
    assert (figures.value_time, figures.covered) == (whole.value_time, whole.covered_time)
    assert figures.counted_value_time == counted.value_time
    assert figures.counted == counted.covered_time
    try:
        assert figures.settlement == counted.price()
    except NothingCovered:
        assert figures.settlement is None


@given(FIXES, SPANS, st.integers(60, 90_000), st.data())
def test_figures__of_a_window_that_indices_of_the_same_rounds_share__are_those_of_one(
    fixes, span, hold, data
):
    edges = sorted(data.draw(st.sets(st.sampled_from(range(span.start, span.end, DAY_S)))))
    edges = [span.start, *(edge for edge in edges if edge > span.start), span.end]
    parts = [Stretch(Span(*ends), hold, fixes) for ends in pairwise(edges)]
    assert figures_over(parts) == figures_of(fixes, span, hold)


def test_figures__of_a_window_that_two_indices_share__take_each_ones_rounds_in_its_part_only():
    turn = MONDAY + DAY_S
    first = Stretch(Span(MONDAY, turn), HOLD, [Fix(MONDAY, 100), Fix(turn, 999)])
    # The second ran before it answered: its value of then holds over the midnight.
    second = Stretch(Span(turn, turn + DAY_S), 7_200, [Fix(turn - 1_800, 300)])
    found = figures_over((first, second))
    assert (found.covered, found.value_time) == (HOLD + 5_400, 100 * HOLD + 300 * 5_400)
    assert found.gaps == (Span(MONDAY + HOLD, turn), Span(turn + 5_400, turn + DAY_S))


@given(FIXES, SPANS, st.integers(60, 90_000))
def test_figures__gaps_and_held_time__fill_the_window(fixes, span, hold):
    figures = figures_of(fixes, span, hold)
    assert sum(held_in(fixes, span, hold)) == figures.covered
    uncovered = sum(gap.end - gap.start for gap in figures.gaps)
    assert figures.covered + uncovered == span.end - span.start
    for gap in figures.gaps:
        assert not any(
            fix.slot < gap.end and min(fix.slot + hold, later) > gap.start
            for fix, later in zip(fixes, [*(each.slot for each in fixes[1:]), 1 << 40], strict=True)
        )


@given(st.integers(0, 30_000), st.integers(1, 60))
def test_business_days__of_any_window__are_monday_to_friday(first, length):
    span = Span(first * DAY_S, (first + length) * DAY_S)
    found = {day.midnight for day in business_days([], span, HOLD, None, frozenset())}
    weekdays = {
        midnight
        for midnight in range(span.start, span.end, DAY_S)
        if datetime.fromtimestamp(midnight, UTC).weekday() < 5
    }
    assert found == weekdays


def test_business_mean__a_week__is_the_mean_of_closing_values_and_forgets_the_weekend():
    # One value a day from Monday, an hour before midnight; at weekends ten times as much.
    values = [200, 300, 400, 500, 600, 5_000, 5_000]
    fixes = [Fix(MONDAY + n * DAY_S - 3_600 + DAY_S, v * 10**6) for n, v in enumerate(values)]
    week = Span(MONDAY, MONDAY + 7 * DAY_S)
    figures = figures_of(fixes, week, HOLD)
    assert figures.business_mean == 400 * 10**6
    # The last value holds for an hour of the window, the others for 65 minutes.
    assert figures.settlement == Price.parse("16.7778")
    assert figures.difference == figures.settlement - figures.business_mean
    without = figures_of(fixes, week, HOLD, holidays=frozenset({MONDAY}))
    assert without.business_mean == 450 * 10**6
    cut = figures_of(fixes, week, HOLD, Span(MONDAY, MONDAY + DAY_S))
    assert cut.business_mean == 450 * 10**6


def test_business_mean__a_day_that_closes_without_a_value__is_left_out_and_listed():
    fixes = [Fix(MONDAY + 12 * 3_600, 100), Fix(MONDAY + 2 * DAY_S - 60, 300)]
    figures = figures_of(fixes, Span(MONDAY, MONDAY + 2 * DAY_S), HOLD)
    assert [day.value for day in figures.days] == [None, 300]
    assert figures.business_mean == 300


def test_figures__no_round__has_no_price_and_one_gap():
    span = Span(MONDAY, MONDAY + DAY_S)
    figures = figures_of([], span, HOLD)
    assert (figures.settlement, figures.business_mean, figures.difference) == (None, None, None)
    assert figures.gaps == (span,)


@pytest.mark.parametrize("chain_id", [1, 31337])
def test_digest__is_that_of_eip712__by_another_library(chain_id):
    market, series, content = address_of(b"\x07" * 20), 7 << 8, b"\x11" * 32
    key = devnet_keys()[3]
    signature = key.sign(digest_of(chain_id, market, series, content))
    from eth_account.messages import encode_typed_data

    message = encode_typed_data(
        domain_data={
            "name": "Pargrade Statement",
            "version": "1",
            "chainId": chain_id,
            "verifyingContract": market,
        },
        message_types={
            "Statement": [
                {"name": "series", "type": "uint256"},
                {"name": "content", "type": "bytes32"},
            ]
        },
        message_data={"series": series, "content": content},
    )
    vrs = (signature.y_parity + 27, signature.r, signature.s)
    assert Account.recover_message(message, vrs=vrs) == key.address
