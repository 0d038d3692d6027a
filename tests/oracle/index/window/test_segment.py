"""Where a window is cut, and where it is not."""

from hypothesis import given
from hypothesis import strategies as st

from oracle.index.window.segment import stand
from oracle.quotes.quote import Line

OLD, NEW = "abcde", "vwxyz"


def lines(providers, count=8):
    return frozenset(Line(provider, "H100", count, "") for provider in providers)


def standing(*days, last_counts=True):
    found = [lines(providers) for providers in days]
    return stand(found, min_providers=3, splice_days=3, last_counts=last_counts)


def test_segment__the_same_providers__is_every_day():
    found = standing(*[OLD] * 6)
    assert (found.segment, found.broken, found.established, found.cuts) == (
        (0, 1, 2, 3, 4, 5),
        False,
        5,
        0,
    )


def test_segment__two_days__are_too_few_to_begin():
    assert standing(OLD, OLD).broken
    assert not standing(OLD, OLD, OLD).broken


def test_segment__strangers_come__breaks_off_until_their_third_midnight():
    before = [OLD] * 4
    first, second = standing(*before, NEW), standing(*before, NEW, NEW)
    assert first.broken
    assert second.broken
    assert first.segment == second.segment == (0, 1, 2, 3)
    assert standing(*before, NEW, NEW, NEW, last_counts=False).broken
    third = standing(*before, NEW, NEW, NEW)
    assert (third.segment, third.broken, third.established, third.cuts) == ((4, 5, 6), False, 5, 1)


def test_segment__two_of_three_providers_are_known__is_a_break():
    assert standing(*[OLD] * 3, "abx").broken
    assert not standing(*[OLD] * 3, "abcx").broken
    assert standing(*[OLD] * 3, "abcx").established == 3


def test_segment__old_providers_come_back_after_a_break__was_an_outage():
    found = standing(*[OLD] * 4, NEW, NEW, OLD, NEW)
    # The last day's strangers begin anew: two days of theirs were set aside and forgotten.
    assert found.broken
    back = standing(*[OLD] * 4, NEW, NEW, OLD)
    assert (back.segment, back.broken, back.cuts) == ((0, 1, 2, 3, 6), False, 0)


def test_segment__days_with_two_providers__are_no_part_of_it():
    found = standing(*[OLD] * 3, "ab", "vw", OLD)
    assert (found.segment, found.established) == ((0, 1, 2, 5), 5)


def test_segment__providers_replaced_a_few_at_a_time__is_never_cut():
    names = "abcdefghijklmnop"
    found = standing(*[names[day : day + 5] for day in range(10)])
    assert (found.segment, found.cuts) == (tuple(range(10)), 0)


def test_segment__known_providers_with_other_sizes_alone__are_strangers():
    days = [lines(OLD)] * 4 + [lines(OLD, count=1)]
    assert stand(days, min_providers=3, splice_days=3, last_counts=True).broken


def test_segment__a_provider_with_many_lines__counts_once():
    many = frozenset(Line("a", "H100", count, "") for count in range(9))
    assert stand([many] * 5, min_providers=3, splice_days=3, last_counts=True).segment == ()


DAYS = st.lists(st.sets(st.sampled_from("abcdefgh"), min_size=3), min_size=1, max_size=15)


@given(DAYS)
def test_segment__any_days__are_linked_by_three_providers_each(days):
    found = standing(*days)
    known: set[str] = set()
    for number, place in enumerate(found.segment):
        if number:
            assert len(days[place] & known) >= 3
        known |= days[place]
    assert found.broken or found.segment[-1] == len(days) - 1
    assert found.broken or found.established >= 3
