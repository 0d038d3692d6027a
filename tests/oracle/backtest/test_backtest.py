"""The parts of a back-test: tracks, settlements, the naive line, moves, hedges, benchmarks."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.backtest.benchmark import compare_months, parse_benchmark
from oracle.backtest.hedge import measure_hedge
from oracle.backtest.month import HOLD_S, settle_months
from oracle.backtest.moves import log_changes, measure_drawdown, measure_volatility
from oracle.backtest.naive import compute_naive_days, mean_of
from oracle.backtest.track import STATES, Track, TrackPoint
from oracle.backtest.wide import run_wide_chain
from oracle.index.daily_chain import DailyChain
from oracle.index.family import load_family
from oracle.index.level import IndexValue
from oracle.quotes.classes import Firmness
from oracle.quotes.columns import Columns
from oracle.quotes.history import History
from oracle.sources.venue import Terms
from tests.support.quote_builders import DAY, HOUR, NOON, PANEL, PROVIDERS, USD, quote

MIDNIGHT = NOON - DAY // 2
MARCH = 1_772_323_200
"""2026-03-01T00:00Z, a Sunday."""
APRIL = MARCH + 31 * DAY


def point(instant, value8=2 * USD, state="live"):
    gone = state == "absent"
    return TrackPoint(instant, *[None if gone else value8] * 3, 5, state, 0, 0)


def hourly(start, end, value8=lambda instant: 2 * USD, state=lambda instant: "live"):
    return Track(
        "test",
        tuple(
            point(instant, value8(instant), state(instant))
            for instant in range(start, end + 1, HOUR)
        ),
    )


def test_track__halted_and_absent_hours__are_never_reported():
    states = dict(zip(range(0, 5 * HOUR, HOUR), STATES, strict=True))
    track = hourly(0, 4 * HOUR, state=states.get)
    assert [instant for instant, _ in track.reported] == [0, HOUR, 2 * HOUR]


def test_track__days__count_by_their_worst_hour_and_all_of_them():
    track = hourly(
        0, 3 * DAY - 1, state=lambda instant: "absent" if instant == DAY + HOUR else "live"
    )
    assert track.days_by_state() == {"live": 2, "thin": 0, "halted": 0, "absent": 1}


def test_settlement__of_a_month_that_doubles_half_way__is_the_time_average():
    middle = MARCH + 31 * DAY // 2
    track = hourly(MARCH - HOUR, APRIL, lambda instant: 2 * USD if instant < middle else 4 * USD)
    (month,) = settle_months(track)
    assert (month.month, month.whole_month, month.price8) == ("2026-03", True, 3 * USD)
    assert (month.coverage_bps, month.rung) == (10_000, "full")


def test_settlement__business_days__are_monday_to_friday_at_their_close():
    weekday_only = hourly(
        MARCH - HOUR, APRIL, lambda instant: 5 * USD if (instant // DAY + 3) % 7 < 5 else 2 * USD
    )
    (month,) = settle_months(weekday_only)
    # March 2026 begins on a Sunday and has 22 days from Monday to Friday.
    assert (month.business_days, month.business8) == (22, 5 * USD)
    assert month.price8 < month.business8


@given(st.integers(0, 31 * 24))
def test_settlement__hours_without_a_value__count_for_no_price_and_lower_coverage(lost):
    gap = range(MARCH, MARCH + lost * HOUR, HOUR)
    track = hourly(
        MARCH - HOUR, APRIL, state=lambda instant: "absent" if instant in gap else "live"
    )
    found = settle_months(track)
    month = found[0]
    # The value of an hour before still holds for an hour and five minutes.
    covered = 31 * DAY - max(0, lost * HOUR - (HOLD_S - HOUR)) if lost else 31 * DAY
    if lost == 31 * 24:
        assert month.price8 == 2 * USD
        assert month.coverage_bps == (HOLD_S - HOUR) * 10_000 // (31 * DAY)
    else:
        assert month.price8 == 2 * USD
        assert month.coverage_bps == covered * 10_000 // (31 * DAY)
    full = month.coverage_bps >= 9_000 and lost * HOUR - 300 <= DAY
    assert (month.rung == "full") == full


def test_naive_median__a_cheap_half_of_the_panel_leaves__jumps_though_no_price_moved():
    cheap = [quote(p, 2 * USD, observed_at=MIDNIGHT + HOUR) for p in "abc"]
    dear = [
        quote(p, 4 * USD, observed_at=MIDNIGHT + day * DAY + HOUR) for p in "def" for day in (0, 1)
    ]
    first, second = compute_naive_days(Columns.of(cheap + dear), "H100", "SXM")
    assert (first.median8, first.providers) == (3 * USD, 6)
    assert (second.median8, second.providers) == (4 * USD, 3)
    assert mean_of((first, second)) == 7 * USD // 2


def test_index__the_same_half_of_the_panel_leaves__does_not_move():
    cheap = [quote(p, 2 * USD, observed_at=MIDNIGHT - HOUR) for p in "abc"]
    dear = [
        quote(p, 28 * USD // 10, observed_at=MIDNIGHT + day * DAY - HOUR)
        for p in "def"
        for day in range(4)
    ]
    h100 = load_family()["H100 / USD"]
    chain = DailyChain(History.of(cheap + dear), h100, PANEL)
    before, after = chain.value(MIDNIGHT), chain.value(MIDNIGHT + 3 * DAY)
    assert (before.providers, after.providers) == (6, 3)
    assert before.value8 == after.value8 == 24 * USD // 10


def test_wide__restricted_venues_and_hyperscalers__are_read_and_named_as_barred():
    quotes = [
        quote(p, 2 * USD, firmness=firmness, terms=terms)
        for p, firmness, terms in (
            ("a", Firmness.HYPERSCALER, Terms.OPEN),
            ("b", Firmness.MARKETPLACE, Terms.RESTRICTED),
            ("c", Firmness.NEOCLOUD, Terms.UNSTATED),
        )
    ]
    wide = run_wide_chain(Columns.of(quotes), load_family()["H100 / USD"], PANEL, [MIDNIGHT + DAY])
    assert wide.track.points[0].providers == 3
    assert wide.prices.keys() == set("abc")
    assert wide.restricted == {"b"}


@given(st.floats(0.001, 0.2), st.integers(20, 60))
def test_volatility__of_a_price_that_steps_up_and_down__is_its_step_annualised(step, days):
    prices = {d * DAY: round(10**15 * math.exp(step * (d % 2))) for d in range(2 * days + 1)}
    found = measure_volatility(prices, 1)
    expected = step * math.sqrt(2 * days / (2 * days - 1)) * math.sqrt(365)
    assert found.annualised == pytest.approx(expected, rel=1e-6)
    assert (found.changes, found.still) == (2 * days, 0)


def test_changes__a_missing_midnight__breaks_the_changes_that_need_it():
    prices = {d * DAY: 100 + d for d in range(6) if d != 3}
    assert sorted(log_changes(prices, 1, 1)) == [DAY, 2 * DAY, 5 * DAY]
    assert sorted(log_changes(prices, 1, 2)) == [2 * DAY, 4 * DAY]


def test_drawdown__is_from_the_highest_before():
    assert measure_drawdown({0: 100, 1: 80, 2: 120, 3: 90, 4: 130}) == pytest.approx(0.25)


@given(st.lists(st.integers(-9, 9), min_size=12, max_size=40), st.integers(1, 4))
def test_hedge__a_price_that_is_a_multiple_of_the_index__is_hedged_by_that_multiple(steps, times):
    levels = [1_000 + sum(steps[: n + 1]) for n in range(len(steps))]
    index = {d * DAY: level for d, level in enumerate(levels)}
    spot = {instant: times * level for instant, level in index.items()}
    found = measure_hedge("a", spot, index, 1)
    if found.ratio is None:
        assert found.moves < 3 or len(set(map(int, steps[1:]))) == 1
        return
    assert found.ratio == pytest.approx(times)
    assert found.effectiveness == pytest.approx(1)
    assert found.offset is None or found.in_band


def test_hedge__a_list_that_stands_still__gives_no_ratio():
    index = {d * DAY: 100 + d % 3 for d in range(30)}
    found = measure_hedge("a", dict.fromkeys(index, 5), index, 1)
    assert (found.ratio, found.effectiveness, found.moves) == (None, None, 0)
    assert not found.in_band


def test_hedge__overlapping_changes__rest_on_fewer():
    index = {d * DAY: 100 + d % 5 for d in range(30)}
    found = measure_hedge("a", index, index, 7)
    assert (found.changes, found.independent) == (23, 4)


BENCHMARK = """period,gpu_model,status,index_value_usd_per_gpu_hour,provider_count,other
2026-01,H100,published,3.0,4,x
2026-02,H100,withheld,,2,x
2026-03,H100,published,3.5,4,x
2026-04,H100,published,3.2,4,x
2026-05,H100,published,3.9,4,x
"""


def test_benchmark__withheld_months__are_not_compared():
    ours = [(f"2026-0{m}", (2 * m + 1) * USD // 10) for m in range(1, 6)]
    found = compare_months("H100", ours, parse_benchmark(BENCHMARK))
    assert found.months == ("2026-01", "2026-03", "2026-04", "2026-05")
    assert found.theirs8 == (3 * USD, 35 * USD // 10, 32 * USD // 10, 39 * USD // 10)
    assert 0 < found.level < 1


def test_benchmark__two_months__have_no_correlation():
    ours = [("2026-01", 1), ("2026-03", 2)]
    found = compare_months("H100", ours, parse_benchmark(BENCHMARK))
    assert (found.level, found.change) == (None, None)


def test_track__of_values__keeps_the_integers_of_the_index(method):
    quotes = [quote(p, 2 * USD, observed_at=MIDNIGHT - HOUR) for p in PROVIDERS]
    chain = DailyChain(History.of(quotes), method, PANEL)
    value = chain.value(MIDNIGHT)
    assert isinstance(value, IndexValue)
    ((instant, value8, confidence8, *_),) = Track.of("x", [(MIDNIGHT, value)]).points
    assert (instant, value8, confidence8) == (MIDNIGHT, value.value8, value.confidence8)
