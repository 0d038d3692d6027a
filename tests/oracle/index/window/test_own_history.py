"""Outliers among fewer than five providers: lines against their own past, and strangers' range."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.audit.recheck import check
from oracle.audit.replay import Match, replay
from oracle.index.chain import chain_of
from oracle.index.checks import Reason
from oracle.index.determination import determine
from oracle.index.level import Absence, IndexValue, NoValue
from oracle.quotes.history import History
from pargrade.clock import DAY_S, HOUR_S
from tests.support.quote_builders import NOON, PANEL, USD, listing, window_method

DAYS = 10
METHOD = window_method(DAYS)
EVENING = NOON - 15 * HOUR_S
FOUR = {"a": 2.0, "b": 2.2, "c": 2.4, "d": 2.6}
FIVE = FOUR | {"e": 2.5}


def evening(prices, day):
    return listing({p: round(usd * USD) for p, usd in prices.items()}, EVENING + day * DAY_S)


def market(prices, days=14):
    return [each for day in range(days) for each in evening(prices, day)]


def determined(quotes, day):
    chain = chain_of(History.of(quotes), METHOD, PANEL)
    return determine(chain, EVENING + day * DAY_S + 15 * HOUR_S)


def refused(found):
    return {
        each.quote.provider for each in found.screened.rejected if each.reason is Reason.OUTLIER
    }


@settings(max_examples=15)
@given(st.sampled_from("abcd"), st.sampled_from((0.5, 0.7, 0.85, 1.15, 1.45, 3.0)))
def test_line__leaves_its_own_history_alone_among_four__is_refused_and_moves_nothing(who, size):
    before = determined(market(FOUR), 13).value
    lie = determined(market(FOUR) + evening(FOUR | {who: FOUR[who] * size}, 14), 14)
    assert refused(lie) == {who}
    assert isinstance(lie.value, IndexValue)
    # A tenth of the window without one of four: its part in the mean of effects is less by that.
    assert abs(lie.value.value8 / before.value8 - 1) < 0.01


def test_line__leaves_alone_among_three__leaves_no_value():
    three = {p: FOUR[p] for p in "abc"}
    lie = determined(market(three) + evening(three | {"a": 2.9}, 14), 14)
    assert lie.value == NoValue(Absence.TOO_FEW_PROVIDERS, 2)


def test_line__two_others_move_as_well__all_count():
    moved = FOUR | {p: FOUR[p] * 1.2 for p in "abc"}
    found = determined(market(FOUR) + evening(moved, 14), 14)
    assert refused(found) == set()
    assert found.value.providers == 4


def test_line__others_move_the_other_way__is_no_witness():
    moved = FOUR | {"a": 2.4, "b": 1.8, "c": 1.9}
    assert refused(determined(market(FOUR) + evening(moved, 14), 14)) == {"a", "b", "c"}


def test_line__stays_at_its_new_price_for_half_of_the_window__counts_again():
    moved = FOUR | {"a": 2.6}
    quotes = market(FOUR) + [each for day in range(14, 22) for each in evening(moved, day)]
    found = [refused(determined(quotes, day)) for day in range(14, 22)]
    assert found[0] == {"a"}
    assert found[-1] == set()


def test_line__among_five__is_left_to_the_middle_of_the_others():
    assert refused(determined(market(FIVE) + evening(FIVE | {"a": 2.6}, 14), 14)) == set()


@pytest.mark.parametrize(("usd", "counts"), [(1.4, True), (3.5, True), (1.3, False), (3.7, False)])
def test_stranger__among_four__counts_within_the_range_of_its_model(usd, counts):
    three = {p: FOUR[p] for p in "abc"}
    found = determined(market(three) + evening(three | {"j": usd}, 14), 14)
    assert (refused(found) == set()) == counts


def test_evidence__of_a_refused_line__is_redone_from_itself_and_from_quotes():
    quotes = market(FOUR) + evening(FOUR | {"a": 3.3}, 14)
    found = determined(quotes, 14)
    assert refused(found) == {"a"}
    for again in (
        check(found.evidence(), METHOD),
        replay(found.evidence(), METHOD, History.of(quotes)),
    ):
        assert isinstance(again, Match)
        assert again.root == found.root
