"""Properties of a value: what moves it and what must not."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.index.chain import spot_index
from oracle.index.level import (
    LINK_ONE,
    Absence,
    IndexValue,
    Link,
    NoValue,
    State,
    apply_link,
    entries_of,
    link_between,
)
from oracle.index.normalise import unit_prices
from oracle.index.screen import screen
from oracle.quotes.history import History
from oracle.quotes.quote import Line
from tests.support.quote_builders import (
    DAY,
    HOUR,
    METHOD_1,
    NOON,
    OPEN_METHOD,
    PANEL,
    PRICES,
    PROVIDERS,
    QUOTES,
    USD,
    listing,
    quote,
)

MIDNIGHT = NOON - 12 * HOUR
EVENING = MIDNIGHT - 3 * HOUR

LISTS = st.dictionaries(st.sampled_from(PROVIDERS), PRICES, min_size=3)


def value(quotes, as_of, method=OPEN_METHOD):
    return spot_index(History.of(quotes), method, PANEL, as_of)


def units(quotes, as_of, method=OPEN_METHOD):
    return list(unit_prices(screen(quotes, method, PANEL, as_of), method).values())


@given(st.lists(QUOTES, min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_index__another_order_of_rows__is_the_same(quotes, random):
    shuffled = list(quotes)
    random.shuffle(shuffled)
    assert value(shuffled, NOON, METHOD_1) == value(quotes, NOON, METHOD_1)


@given(LISTS)
def test_index__at_its_base__lies_within_the_accepted_quotes(prices):
    quotes = listing(prices, EVENING)
    found = units(quotes, MIDNIGHT)
    assert min(found) <= value(quotes, MIDNIGHT).value8 <= max(found)


@given(LISTS, st.integers(2, 1000))
def test_index__all_prices_scaled__scales(prices, scale):
    quotes = listing(prices, EVENING)
    moved = listing({p: price8 + 7 for p, price8 in prices.items()}, EVENING + DAY)
    scaled = [replace(each, price8=each.price8 * scale) for each in quotes + moved]
    plain = value(quotes + moved, NOON + DAY).value8
    # Each side is rounded once, at 8 decimals; the unscaled rounding counts `scale` times.
    assert abs(value(scaled, NOON + DAY).value8 - plain * scale) <= scale // 2 + 1


@given(LISTS, st.sets(st.sampled_from(PROVIDERS)), LISTS)
def test_index__providers_join_and_leave__leaves_the_level_where_it_was(prices, leavers, joiners):
    staying = {p: price8 for p, price8 in prices.items() if p not in leavers}
    later = {p: price8 for p, price8 in joiners.items() if p not in prices} | staying
    quotes = listing(prices, EVENING) + listing(later, EVENING + DAY)
    before, after = value(quotes, NOON), value(quotes, NOON + DAY)
    if len(later) < 3:
        assert after == NoValue(Absence.TOO_FEW_PROVIDERS, len(later))
    else:
        assert {line.provider for line in after.entries} == set(later)
        assert after.value8 == before.value8


@given(LISTS, st.integers(1, 4))
def test_index__sizes_come_and_go__leaves_the_level_where_it_was(prices, sizes):
    first = listing(prices, EVENING)
    other = [
        quote(p, price8 // size, observed_at=EVENING + DAY, gpu_count=size)
        for p, price8 in prices.items()
        for size in range(1, sizes + 1)
    ]
    again = listing(prices, EVENING + DAY)
    assert value(first + other + again, NOON + DAY).value8 == value(first, MIDNIGHT).value8


@given(LISTS, st.fractions(Fraction(1, 2), 2, max_denominator=100))
def test_index__every_price_moves_by_a_ratio__moves_by_it(prices, ratio):
    # Cents with two more digits, so that the ratio gives whole base units.
    prices = {p: price8 * ratio.denominator for p, price8 in prices.items()}
    moved = {p: price8 * ratio for p, price8 in prices.items()}
    quotes = listing(prices, EVENING) + listing(
        {p: int(price8) for p, price8 in moved.items()}, EVENING + DAY
    )
    base = value(quotes, MIDNIGHT).value8
    assert abs(value(quotes, NOON + DAY).value8 - base * ratio) <= 2


@given(st.lists(QUOTES, min_size=1, max_size=40))
def test_index__any_quotes__every_provider_weighs_a_third_at_most(quotes):
    found = value(quotes, NOON, METHOD_1)
    if isinstance(found, IndexValue):
        total = sum(entry.weight for entry in found.entries)
        for provider in PROVIDERS:
            own = sum(entry.weight for entry in found.entries if entry.provider == provider)
            assert 3 * own <= total


@given(LISTS, st.sampled_from(PROVIDERS), PRICES)
def test_index__one_provider_lies_at_the_base__stays_within_the_others(prices, liar, lie):
    honest = {p: price8 for p, price8 in prices.items() if p != liar}
    found = value(listing(honest | {liar: lie}, EVENING), MIDNIGHT)
    if isinstance(found, IndexValue) and len(honest) >= 2:
        assert min(honest.values()) <= found.value8 <= max(honest.values())


def test_index__five_equal_weights__is_the_mean_over_the_middle_third():
    prices = {p: usd * USD for p, usd in zip("abcde", (1, 2, 3, 5, 9), strict=True)}
    # The middle third, from 1/3 to 2/3, holds 1/15 of b, all 1/5 of c and 1/15 of d.
    by_hand = 3 * (Fraction(1, 15) * 2 + Fraction(1, 5) * 3 + Fraction(1, 15) * 5)
    assert value(listing(prices, EVENING), MIDNIGHT).value8 == by_hand * USD == 320_000_000


def test_index__two_providers__has_no_value():
    quotes = listing({"a": USD, "b": 2 * USD}, EVENING)
    assert value(quotes, NOON) == NoValue(Absence.NO_BASE, 2)


def test_index__one_of_three_providers_goes_stale__has_no_value():
    quotes = listing({"a": USD, "b": 2 * USD, "c": 3 * USD}, EVENING)
    quotes += listing({"a": USD, "b": 2 * USD}, EVENING + DAY)
    last = EVENING + 36 * HOUR
    assert value(quotes, last).providers == 3
    assert value(quotes, last + 1) == NoValue(Absence.TOO_FEW_PROVIDERS, 2)


def test_index__three_and_four_providers__is_thin():
    three = listing({"a": USD, "b": 2 * USD, "c": 3 * USD}, EVENING)
    five = three + listing({"d": USD, "e": 2 * USD}, EVENING)
    assert value(three, NOON).state is State.THIN
    assert value(five, NOON).state is State.LIVE


def test_index__nothing_in_common_with_the_anchor__is_halted_until_midnight():
    old = listing(dict.fromkeys("abcde", 2 * USD), EVENING)
    new = listing(dict.fromkeys("fghij", 3 * USD), EVENING + 2 * DAY)
    halted, thin, live = (value(old + new, EVENING + 2 * DAY + h * HOUR) for h in (1, 4, 28))
    assert [each.state for each in (halted, thin, live)] == [State.HALTED, State.THIN, State.LIVE]
    assert [each.reportable for each in (halted, thin, live)] == [False, True, True]
    assert [each.value8 for each in (halted, thin, live)] == [2 * USD] * 3
    assert [each.held for each in (halted, thin, live)] == [0, 1, 1]


def test_link__ratio_that_does_not_end__is_rounded_half_even_at_18_decimals():
    before = {Line(p, "H100-SXM-80", 8, "x"): 3 for p in "abc"}
    for now, ratio18 in ((2, 666_666_666_666_666_667), (1, 333_333_333_333_333_333)):
        link = link_between(before, dict.fromkeys(before, now), OPEN_METHOD)
        assert (link.ratio18, link.providers, link.held) == (ratio18, 3, False)


@pytest.mark.parametrize(
    ("level18", "ratio18", "after"),
    [
        (1, 5 * 10**17, 0),
        (3, 5 * 10**17, 2),
        (5, 5 * 10**17, 2),
        (7, LINK_ONE, 7),
        (1, 6 * 10**17, 1),
    ],
)
def test_link__level_after_it__is_rounded_half_even(level18, ratio18, after):
    assert apply_link(level18, Link(ratio18, 3, held=False)) == after


def test_index__other_hardware__counts_by_its_factor_and_weight():
    prices = listing({"a": 3 * USD, "b": 4 * USD}, EVENING)
    prices += listing({"c": 150 * USD // 100}, EVENING, model="A100")
    found = value(prices, MIDNIGHT)
    units = {entry.provider: entry.unit8 for entry in found.entries}
    assert units == {"a": 3 * USD, "b": 4 * USD, "c": 250_000_000}
    weights = {entry.provider: entry.weight for entry in found.entries}
    # Both full weights are over a third of 2.25, so all three stand at a third.
    assert weights["a"] == weights["b"] == weights["c"]


def test_index__provider_with_several_lines__enters_once_with_the_lower_middle():
    lines = {
        size: quote("a", price8, gpu_count=size)
        for size, price8 in ((1, 5 * USD), (2, 3 * USD), (4, 4 * USD), (8, 2 * USD))
    }
    prices = unit_prices(screen(lines.values(), METHOD_1, PANEL, NOON), METHOD_1)
    others = {line._replace(provider=p): 3 * USD for line in list(prices)[:1] for p in "bc"}
    mine = [e for e in entries_of(prices | others, METHOD_1) if e.provider == "a"]
    assert [entry.unit8 for entry in mine] == [3 * USD]


def test_index__prices_spread__has_half_the_interquartile_range_as_confidence():
    quotes = listing(dict(zip("abcd", (1 * USD, 2 * USD, 3 * USD, 4 * USD), strict=True)), EVENING)
    found = value(quotes, MIDNIGHT)
    # Quartiles 1 and 3, median 2, value 2.5: (3 - 1) / 2 carried from 2 to 2.5.
    assert (found.median8, found.value8, found.confidence8) == (2 * USD, 250_000_000, 125_000_000)


@pytest.mark.parametrize("change", [{"price8": 9 * USD}, {"observed_at": EVENING - 60}])
def test_index__a_quote_before_the_base_changes__matters_only_while_in_view(change):
    quotes = listing(dict.fromkeys("abcde", 2 * USD), EVENING)
    early = quote("a", 3 * USD, observed_at=EVENING - 3 * DAY, gpu_count=2)
    changed = replace(early, **change)
    assert value([*quotes, early], NOON) == value([*quotes, changed], NOON)
