"""The checkpoint arithmetic against plain interval arithmetic over the same rounds."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pargrade.clock import DAY_S
from pargrade.spot_index.accumulator import (
    LONG_GAP,
    BadWindow,
    NoCheckpoint,
    NothingCovered,
    NotMidnight,
    SlotNotRising,
    Window,
    accumulate,
    checkpoint_at,
    window,
)
from pargrade.units import Price

START = 20_500 * DAY_S
HOLD = 3_900
MINUTE = 60


@st.composite
def histories(draw):
    """Rising (slot, value) pairs with a hold: mostly regular, with gaps of hours and of days."""
    hold = draw(st.sampled_from([MINUTE, HOLD, 5 * 3600, DAY_S]))
    step = st.one_of(
        st.integers(5, 65),
        st.integers(60, 1_600),
        st.integers(1_380, 1_600),
        st.integers(1_440, 7_200),
    )
    slot = START - draw(st.integers(1, 4_000)) * MINUTE
    pairs = []
    for minutes in draw(st.lists(step, min_size=2, max_size=18)):
        pairs.append((slot, Price(draw(st.integers(1, 2**64 - 1)))))
        slot += minutes * MINUTE
    return pairs, hold


@st.composite
def windows(draw):
    """A history with two midnights after its first round, sometimes past its last."""
    pairs, hold = draw(histories())
    first = pairs[0][0] // DAY_S + 1
    last = max(first, pairs[-1][0] // DAY_S)
    a = draw(st.integers(first, last + 1))
    b = draw(st.integers(a + 1, max(last, a) + 3))
    return pairs, hold, a * DAY_S, b * DAY_S


def covered_stretches(pairs, hold, start, end):
    """(from, to, value) of every stretch a value covers inside [start, end)."""
    for i, (slot, value) in enumerate(pairs):
        until = min(slot + hold, pairs[i + 1][0] if i + 1 < len(pairs) else slot + hold)
        a, b = max(slot, start), min(until, end)
        if a < b:
            yield a, b, value


def brute_force(pairs, hold, start, end):
    """(integral, covered seconds, longest uncovered stretch) of [start, end)."""
    integral = covered = longest = 0
    reached = start
    for a, b, value in covered_stretches(pairs, hold, start, end):
        longest = max(longest, a - reached)
        integral += value * (b - a)
        covered += b - a
        reached = b
    return integral, covered, max(longest, end - reached)


@settings(max_examples=400)
@given(windows())
def test_window__any_history__equals_interval_arithmetic(case):
    pairs, hold, start, end = case
    found = window(accumulate(pairs, hold), start, end, hold)
    integral, covered, longest = brute_force(pairs, hold, start, end)
    assert (found.value_time, found.covered_time, found.span) == (integral, covered, end - start)
    assert found.long_gap == (longest > LONG_GAP)


@settings(max_examples=200)
@given(windows(), st.data())
def test_window__part_excluded__equals_interval_arithmetic_of_what_is_left(case, data):
    pairs, hold, start, end = case
    first = data.draw(st.integers(start // DAY_S, end // DAY_S - 1)) * DAY_S
    last = data.draw(st.integers(first // DAY_S + 1, end // DAY_S)) * DAY_S
    rounds = accumulate(pairs, hold)
    found = window(rounds, start, end, hold, (first, last))
    before = brute_force(pairs, hold, start, first)
    after = brute_force(pairs, hold, last, end)
    assert found.value_time == before[0] + after[0]
    assert found.covered_time == before[1] + after[1]
    assert found.span == end - start
    assert found.long_gap == (max(before[2], after[2]) > LONG_GAP)
    whole, cut = window(rounds, start, end, hold), window(rounds, first, last, hold)
    assert whole.value_time - cut.value_time == found.value_time
    assert whole.covered_time - cut.covered_time == found.covered_time


@settings(max_examples=200)
@given(windows())
def test_window__rounds_after_its_end__never_change_it(case):
    pairs, hold, start, end = case
    until_end = [pair for pair in pairs if pair[0] <= end]
    assert window(accumulate(until_end, hold), start, end, hold) == window(
        accumulate(pairs, hold), start, end, hold
    )


@given(windows())
def test_price__any_covered_window__lies_within_the_values_in_or_entering_it(case):
    pairs, hold, start, end = case
    found = window(accumulate(pairs, hold), start, end, hold)
    inside = [value for _, _, value in covered_stretches(pairs, hold, start, end)]
    if not inside:
        with pytest.raises(NothingCovered):
            found.price()
        return
    price, half_step = found.price(), 5_000
    assert min(inside) - half_step <= price <= max(inside) + half_step
    assert price % 10_000 == 0
    assert abs(Fraction(found.value_time, found.covered_time) - int(price)) <= half_step


@given(histories())
def test_accumulate__any_history__never_falls_and_never_covers_more_than_passed(history):
    pairs, hold = history
    rounds = accumulate(pairs, hold)
    for earlier, later in pairwise(rounds):
        assert later.value_time > earlier.value_time
        assert 0 < later.covered_time - earlier.covered_time <= min(later.slot - earlier.slot, hold)
        assert later.gaps - earlier.gaps == (later.slot - earlier.slot - hold > LONG_GAP)


def test_price__half_a_step__goes_to_the_even_step():
    assert Window(2_5000, 1, 1, False).price() == 2_0000
    assert Window(3_5000, 1, 1, False).price() == 4_0000
    assert Window(3_5001 * 2, 2, 2, False).price() == 4_0000


def test_covers__exactly_nine_tenths__is_enough():
    assert Window(0, 900, 1_000, False).covers(9_000)
    assert not Window(0, 899, 1_000, False).covers(9_000)


@pytest.mark.parametrize(("uncovered", "long_gap"), [(LONG_GAP, False), (LONG_GAP + 1, True)])
def test_window__gap_of_a_day__is_long_only_from_one_second_more(uncovered, long_gap):
    resumes = START + HOLD + uncovered
    slots = [START - DAY_S, START, *range(resumes, START + 4 * DAY_S, HOLD)]
    rounds = accumulate([(slot, Price(1)) for slot in slots], HOLD)
    assert window(rounds, START, START + 3 * DAY_S, HOLD).long_gap is long_gap


def test_checkpoint__midnight_on_a_round__is_that_rounds_own_accumulators():
    rounds = accumulate([(START - 100, Price(7)), (START, Price(9))], HOLD)
    found = checkpoint_at(rounds, START, HOLD)
    assert (found.value_time, found.covered_time) == (700, 100)
    assert (found.uncovered_before, found.uncovered_after) == (0, 0)


def test_window__edges_that_make_no_sense__are_refused_with_them():
    rounds = accumulate([(START - 100, Price(7)), (START + DAY_S, Price(9))], HOLD)
    with pytest.raises(NotMidnight) as crooked:
        window(rounds, START + 1, START + DAY_S, HOLD)
    assert crooked.value.time == START + 1
    with pytest.raises(BadWindow) as backwards:
        window(rounds, START + DAY_S, START, HOLD)
    assert (backwards.value.start, backwards.value.end) == (START + DAY_S, START)
    with pytest.raises(BadWindow):
        window(rounds, START, START + DAY_S, HOLD, (START - DAY_S, START))
    with pytest.raises(NoCheckpoint) as early:
        window(rounds, START - DAY_S, START, HOLD)
    assert early.value.time == START - DAY_S
    with pytest.raises(NoCheckpoint):
        checkpoint_at((), START, HOLD)


def test_accumulate__slot_not_rising__is_refused_with_both_slots():
    with pytest.raises(SlotNotRising) as refused:
        accumulate([(START, Price(7)), (START, Price(9))], HOLD)
    assert (refused.value.slot, refused.value.last) == (START, START)
