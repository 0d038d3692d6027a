"""What repeats is written once and then counted, ever more rarely."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pargrade.logs.repeats import RepeatCounter, Repeated

HOUR = 3_600
DAY = 86_400


def written(arrivals):
    """Moments at which a line or its count is written, from (moment, kind, text)."""
    counter, moments = RepeatCounter(), []
    for now, kind, text in arrivals:
        if counter.admit(kind, text, text, now):
            moments.append(now)
        moments += [now for _ in counter.take_due(now)]
    return moments


def test_line__every_second_for_a_day__is_written_once_and_counted_with_doubling_pauses():
    moments = written((second, "held", "no quorum") for second in range(DAY))
    assert moments[:7] == [0, 60, 180, 420, 900, 1_860, 3_780]
    assert max(later - earlier for earlier, later in pairwise(moments)) == HOUR
    assert len(moments) < 32


def test_count__of_what_was_not_written__is_all_of_it():
    counter = RepeatCounter()
    assert counter.admit("held", "a", "first", 0)
    for second in range(1, 60):
        assert not counter.admit("held", "a", f"number {second}", second)
        assert counter.take_due(second) == []
    assert not counter.admit("held", "a", "number 60", 60)
    assert counter.take_due(60) == [Repeated("number 60", 60, 60)]
    assert counter.take_all(61) == []


def test_lines__that_alternate__are_counted_apart():
    both = [(second, "held", "ab"[second % 2]) for second in range(HOUR)]
    assert len(written(both)) == 2 * len(written(both[::2]))


def test_line__that_did_not_come_for_six_hours__is_new_again():
    counter = RepeatCounter()
    assert counter.admit("held", "a", "a", 0)
    assert not counter.admit("held", "a", "a", 60)
    assert counter.take_due(60)
    assert counter.take_due(60 + 6 * HOUR + 1) == []
    assert counter.admit("held", "a", "a", 60 + 6 * HOUR + 2)


def test_kind__whose_text_is_always_another__is_one_line_after_eight_in_six_hours():
    moments = written((second, "down", str(second)) for second in range(DAY))
    assert len(moments) <= 4 * (8 + 1) + 32


@given(st.lists(st.tuples(st.integers(0, 600), st.sampled_from("ab"), st.sampled_from("xyz"))))
def test_counts__whatever_comes__add_up_to_the_lines_that_came(steps):
    counter, now, whole, counted = RepeatCounter(), 0, 0, 0
    for pause, kind, text in steps:
        now += pause
        whole += counter.admit(kind, text, text, now)
        counted += sum(each.times for each in counter.take_due(now))
    assert whole + counted + sum(each.times for each in counter.take_all(now)) == len(steps)
