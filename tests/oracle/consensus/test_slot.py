"""When a round is due, who brings it, and which slots are open."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.consensus.slot import (
    Cause,
    LastRound,
    SlotAhead,
    SlotExpired,
    SlotOffGrid,
    due,
    moved_since,
    require_open,
    slot_at,
)
from oracle.consensus.transmission_schedule import Turns, places_before
from pargrade.deployment.plan import DEFAULT_TIMING as TIMING

LAST = 1_772_582_400
VALUE = 231_000_000


def cause(slot, value=VALUE, last=VALUE, timing=TIMING):
    return due(slot, (LastRound(LAST, last),), (value,), timing)


def test_slot__of_a_time__is_the_last_grid_time_at_or_before_it():
    assert [slot_at(LAST + second, TIMING) - LAST for second in (0, 1, 59, 60, 61)] == [
        *(0, 0, 0),
        *(60, 60),
    ]


def test_due__before_the_first_round__at_any_slot_and_value():
    assert due(60, (LastRound(0, 0),), (0,), TIMING) is Cause.FIRST


def test_due__heartbeat__is_due_from_its_very_second():
    assert cause(LAST + 3_540) is None
    assert cause(LAST + 3_600) is Cause.HEARTBEAT
    assert cause(LAST + 3_600, value=0) is Cause.HEARTBEAT


def test_due__deviation__counts_from_the_least_interval_and_the_exact_basis_point():
    just = VALUE * 25 // 10_000
    assert cause(LAST + 300, VALUE + just) is Cause.DEVIATION
    assert cause(LAST + 300, VALUE - just) is Cause.DEVIATION
    assert cause(LAST + 300, VALUE + just - 1) is None
    assert cause(LAST + 240, 2 * VALUE) is None


def test_due__a_value_that_is_absent__is_not_a_move():
    assert cause(LAST + 300, value=0) is None


@given(st.integers(1, 2**40), st.integers(1, 2**40), st.integers(1, 2**40))
def test_moved_since__a_value_beside_the_median__moves_the_median_by_as_much(last, signed, value):
    found = moved_since(LastRound(LAST, last), signed, value)
    assert found <= Fraction(last * value, signed) < found + 1
    assert moved_since(LastRound(LAST, last), signed, signed) == last


def test_moved_since__nothing_signed_for_the_last_round__is_the_own_value():
    assert moved_since(LastRound(LAST, VALUE), 0, VALUE + 7) == VALUE + 7
    assert moved_since(LastRound(LAST, VALUE), VALUE, 0) == 0


def test_due__several_indices__the_newest_slot_and_any_move_count():
    last = (LastRound(LAST - 6_000, VALUE), LastRound(LAST, VALUE))
    assert due(LAST + 300, last, (VALUE, VALUE), TIMING) is None
    assert due(LAST + 300, last, (2 * VALUE, VALUE), TIMING) is Cause.DEVIATION


@given(
    last=st.integers(1, 2**64 - 1),
    value=st.integers(1, 2**64 - 1),
    bps=st.integers(1, 10_000),
)
def test_due__any_values__agrees_with_exact_fractions(last, value, bps):
    timing = replace(TIMING, deviation_bps=bps)
    moved = abs(Fraction(value, last) - 1) >= Fraction(bps, 10_000)
    assert (cause(LAST + 300, value, last, timing) is Cause.DEVIATION) == moved


@given(last_slot=st.integers(0, 2**40 - 1), reporters=st.integers(1, 32))
def test_turns__after_any_round__every_reporter_has_a_place_of_its_own(last_slot, reporters):
    places = [places_before(last_slot, position, reporters) for position in range(reporters)]
    assert sorted(places) == list(range(reporters))


def test_turns__a_month_of_hourly_rounds__five_reporters_lead_alike():
    leaders = [
        next(p for p in range(5) if places_before(LAST + 3_600 * hour, p, 5) == 0)
        for hour in range(720)
    ]
    assert all(100 < leaders.count(position) < 190 for position in range(5))


def test_turns__a_slot_first_seen__starts_everyones_wait():
    turns = Turns(takeover_s=10)
    assert turns.wait_s(60, places=0, now=100.0) == 0
    assert turns.wait_s(60, places=2, now=105.0) == 15
    assert turns.wait_s(60, places=2, now=120.0) == 0
    assert turns.wait_s(120, places=2, now=120.0) == 20


def test_turns__a_slot_passed_over__is_not_the_next_one():
    turns = Turns(takeover_s=10)
    turns.skip(60)
    assert (turns.is_skipped(60), turns.is_skipped(120)) == (True, False)


@pytest.mark.parametrize(
    ("slot", "head", "error", "text"),
    [
        (LAST + 30, LAST + 60, SlotOffGrid, "slot 1772582430 is not a multiple of 60 s"),
        (LAST + 60, LAST + 59, SlotAhead, "is 1 s after the head of the chain"),
        (LAST, LAST + 901, SlotExpired, "is 1 s older than the oldest that counts"),
    ],
    ids=["off grid", "ahead", "expired"],
)
def test_slot__the_chain_would_refuse__is_refused_with_its_reason(slot, head, error, text):
    with pytest.raises(error, match=text) as refused:
        require_open(slot, head, TIMING)
    assert refused.value.hint
    require_open(LAST, LAST, TIMING)
    require_open(LAST, LAST + 900, TIMING)
