"""Values over rolling windows: what decides them, their states, and their evidence."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.audit.recheck import check
from oracle.audit.replay import DifferenceKind, FirstDifference, Match, replay
from oracle.index.chain import chain_of, spot_index
from oracle.index.determination import determine
from oracle.index.level import ABSENT, Absence, IndexValue, NoValue, State
from oracle.index.method import BadMethod
from oracle.index.series import index_history
from oracle.index.window.chain import WindowChain
from oracle.index.window.value import Doubt
from oracle.quotes.history import History
from oracle.sources.history_file import Scan
from oracle.sources.venue import load_venues
from pargrade.canonical import canonical_json, read_json
from pargrade.clock import DAY_S, HOUR_S
from pargrade.data.files import SAMPLE
from tests.support.quote_builders import (
    METHOD_1,
    NOON,
    PANEL,
    USD,
    listing,
    recorded_window_method,
    window_method,
)

DAYS = 8
METHOD = window_method(DAYS)
FIRST = NOON - 15 * HOUR_S
"""Evening of the first day of quotes, three hours before a midnight."""
WARM_UP_DAYS = DAYS
"""Days after FIRST at whose noon a window is whole: the look-back, and the midnights before."""

PRICES = dict(zip("abcdefg", (2.0, 2.1, 2.2, 2.3, 2.4, 2.6, 2.9), strict=True))
WORLDS = st.lists(
    st.dictionaries(
        st.sampled_from("abcdefg"), st.integers(150 * USD // 100, 350 * USD // 100), min_size=4
    ),
    min_size=WARM_UP_DAYS + 1,
    max_size=WARM_UP_DAYS + 6,
)


def evening(prices, day):
    return listing({p: round(usd * USD) for p, usd in prices.items()}, FIRST + day * DAY_S)


def market(days, prices=PRICES):
    return [quote for day in range(days) for quote in evening(prices, day)]


def noon(day):
    """Noon after the evening of a day."""
    return FIRST + day * DAY_S + 15 * HOUR_S


def value(quotes, as_of, method=METHOD):
    return spot_index(History.of(quotes), method, PANEL, as_of)


@settings(max_examples=15)
@given(WORLDS, st.data())
def test_window__histories_that_begin_on_other_days__have_one_value_to_the_last_digit(world, data):
    quotes = [
        quote for day, prices in enumerate(world) for quote in listing(prices, FIRST + day * DAY_S)
    ]
    last = noon(len(world) - 1)
    begin = data.draw(st.integers(0, len(world) - WARM_UP_DAYS - 1))
    later = [quote for quote in quotes if quote.observed_at >= FIRST + begin * DAY_S]
    assert value(later, last) == value(quotes, last)
    too_late = [q for q in quotes if q.observed_at > last - DAYS * DAY_S]
    # Halted, or absent where what is known of it refuses so many that too few are left.
    assert isinstance(value(too_late, last), NoValue)


def test_window__a_history_shorter_than_it__is_halted_without_a_value():
    chain = WindowChain(History.of(market(30)), METHOD, PANEL)
    hours = range(FIRST, noon(WARM_UP_DAYS), HOUR_S)
    found = {hour: chain.value(hour) for hour in hours if chain.fixing(hour).providers}
    begun = [hour for hour, each in found.items() if isinstance(each, IndexValue)]
    assert {each.state for hour, each in found.items() if hour < begun[0]} == {"halted"}
    # A look-back after the first quote there is the first midnight; six more, and an hour.
    assert begun[0] == FIRST + 4 * HOUR_S + DAYS * DAY_S
    assert all(found[hour].state is State.LIVE for hour in begun[DAYS // 2 * 24 :])


def test_window__prices_that_stay__keep_the_value_whoever_quotes():
    flat = dict.fromkeys("abcdefg", 2.5)
    quotes = [
        quote
        for day in range(20)
        for quote in evening({p: flat[p] for p in flat if (ord(p) + day) % 7 > 1}, day)
    ]
    chain = WindowChain(History.of(quotes), METHOD, PANEL)
    seen = {chain.value(noon(day)).value8 for day in range(WARM_UP_DAYS, 20)}
    assert seen == {250_000_000}


@settings(max_examples=15)
@given(WORLDS, st.integers(2, 5))
def test_window__all_prices_scaled__scales(world, scale):
    plain, scaled = (
        value(
            [
                quote
                for day, prices in enumerate(world)
                for quote in listing(
                    {p: each * factor for p, each in prices.items()}, FIRST + day * DAY_S
                )
            ],
            noon(len(world) - 1),
            replace(METHOD, hardware=tuple(replace(h, high8=10**18) for h in METHOD.hardware)),
        )
        for factor in (1, scale)
    )
    if isinstance(plain, NoValue):
        assert scaled == plain
        return
    # Logarithms round each price once, at ten decimals.
    assert abs(Fraction(scaled.value8, plain.value8) - scale) < Fraction(scale, 10**7)


def test_window__every_price_moves_at_once__moves_by_the_same_ratio():
    quotes = market(14) + evening({p: usd * 1.1 for p, usd in PRICES.items()}, 14)
    before, after = value(quotes, noon(13)), value(quotes, noon(14))
    assert abs(after.value8 / before.value8 - 1.1) < 1e-6


def test_window__one_of_seven_lies_by_45_per_cent__moves_by_its_share_of_the_limit():
    quotes = market(14) + evening(PRICES | {"d": PRICES["d"] * 1.45}, 14)
    before, after = value(quotes, noon(13)), value(quotes, noon(14))
    # Its pull on the level, and the part of it that its own effect has taken over by then.
    limit = METHOD.window.huber_ppm / 10**6
    assert 0 < after.value8 / before.value8 - 1 < limit / 6 + limit * 2 / 6 / 7 + 0.001


def test_window__five_strangers_at_twice_the_price__is_halted_and_then_spliced():
    strangers = dict(zip("fghij", (4.0, 4.1, 4.2, 4.3, 4.4), strict=True))
    old = {p: PRICES[p] for p in "abcde"}
    quotes = market(12, old)
    quotes += [quote for day in range(12, 24) for quote in evening(strangers, day)]
    chain = WindowChain(History.of(quotes), METHOD, PANEL)
    states = {}
    # Until noon of the first day the old lists are still fresh, and both panels count.
    for hour in range(noon(12) + HOUR_S, noon(23), HOUR_S):
        found, prices = chain.value(hour), chain.fixing(hour).prices.values()
        states[hour] = found.state
        if isinstance(found, IndexValue) and found.reportable:
            assert min(prices) <= found.value8 <= max(prices)
    spliced = [hour for hour, state in states.items() if state is State.SPLICING]
    third_midnight = FIRST + 3 * HOUR_S + 14 * DAY_S
    assert spliced[0] in (third_midnight, third_midnight + DAY_S)
    assert {state for hour, state in states.items() if hour < spliced[0]} == {"halted"}
    assert chain.value(spliced[0]).cuts == 1
    assert Doubt.SHORT_SEGMENT in chain.value(spliced[0]).doubts
    assert states[max(states)] is State.LIVE


def test_window__a_day_of_strangers_alone__is_an_outage_and_moves_nothing():
    old = {p: PRICES[p] for p in "abcde"}
    away = dict(zip("hij", (1.7, 3.1, 3.2), strict=True))
    quotes = market(12, old) + evening(away, 13) + [q for d in (14, 15) for q in evening(old, d)]
    assert value(quotes, noon(13)) == NoValue(Absence.BREAK, 8)
    assert value(quotes, noon(13)).state == State.HALTED
    after, before = value(quotes, noon(15)), value(market(12, old), noon(11))
    assert abs(after.value8 / before.value8 - 1) < 1e-7
    assert (after.cuts, after.days) == (0, 6)


def test_window__a_panel_replaced_one_by_one_at_twice_the_price__is_cut_after_three_midnights():
    names = "abcdefghij"
    dear = dict(zip("fghij", (4.0, 4.1, 4.2, 4.3, 4.4), strict=True))
    quotes = market(12, {p: PRICES[p] for p in "abcde"})
    for day in range(12, 26):
        gone = min(day - 11, 5)  # each day one of the old ones is replaced by one at twice as much
        quotes += evening({p: (PRICES | dear)[p] for p in names[gone : gone + 5]}, day)
    chain = WindowChain(History.of(quotes), METHOD, PANEL)
    for hour in range(noon(12), noon(25), HOUR_S):
        found, prices = chain.value(hour), chain.fixing(hour).prices.values()
        if isinstance(found, IndexValue) and found.reportable:
            assert min(prices) <= found.value8 <= max(prices)
            assert abs(found.distance_ppm) <= METHOD.window.max_distance_ppm
    found = [chain.value(noon(day)) for day in range(12, 26)]
    halted = [each.state for each in found].index(State.HALTED)
    assert State.SPLICING in [each.state for each in found[halted : halted + 5]]
    assert found[-1].reportable


def test_window__old_lines_lie_until_the_level_is_out_of_bounds__is_halted_and_never_cut():
    lie = {p: usd * 0.62 for p, usd in PRICES.items() if p in "cdefg"}
    quotes = market(12) + [q for day in range(12, 16) for q in evening(PRICES | lie, day)]
    tight = replace(METHOD, window=replace(METHOD.window, max_distance_ppm=30_000))
    chain = WindowChain(History.of(quotes), tight, PANEL)
    found = [chain.value(noon(day)) for day in range(12, 16)]
    assert {each.cuts for each in found} == {0}
    assert State.HALTED in {each.state for each in found}


def test_window__a_level_far_from_the_median__is_halted():
    tight = replace(METHOD, window=replace(METHOD.window, max_distance_ppm=1))
    quotes = market(14)
    found = value(quotes, noon(13), tight)
    assert (found.state, found.reportable) == (State.HALTED, False)
    assert found.doubts == (Doubt.FAR_FROM_MEDIAN,)
    assert value(quotes, noon(13)).state is State.LIVE


def test_window__a_level_outside_of_every_price__is_halted():
    # The dear ones left: what is left are three that were always cheap, and became cheaper.
    quotes = market(14) + evening({"a": 1.6, "b": 1.62, "c": 1.64}, 14)
    quotes += evening({"a": 1.6, "b": 1.62, "c": 1.64}, 15)
    wide = replace(METHOD, window=replace(METHOD.window, max_distance_ppm=900_000))
    found = value(quotes, noon(15), wide)
    assert not 160_000_000 <= found.value8 <= 164_000_000
    assert (found.state, found.doubts[0]) == (State.HALTED, Doubt.OUTSIDE_PRICES)


def test_window__four_providers__is_thin_and_two_are_absent():
    four = market(14, {p: PRICES[p] for p in "abcd"})
    assert value(four, noon(13)).state is State.THIN
    assert value(four, noon(13)).doubts == (Doubt.FEW_PROVIDERS, Doubt.FEW_ESTABLISHED)
    two = market(14, {p: PRICES[p] for p in "ab"})
    assert value(two, noon(13)) == NoValue(Absence.TOO_FEW_PROVIDERS, 2)
    assert value(two, noon(13)).state == ABSENT


def test_window__confidence__covers_the_distance_to_the_median():
    found = value(market(14), noon(13))
    assert found.confidence8 >= abs(found.value8 - found.median8) > 0


def test_chain__a_method_without_a_window__is_refused():
    with pytest.raises(BadMethod):
        WindowChain(History.of([]), METHOD_1, PANEL)


def test_chain__asked_in_any_order__gives_the_same_values(sample, panels):
    method, panel = recorded_window_method(7), panels["panel-1"]
    hours = [1_773_144_000 + hour * 5 * HOUR_S for hour in range(12)]
    chain = chain_of(sample, method, panel)
    backwards = {hour: chain.value(hour) for hour in reversed(hours)}
    assert backwards == {hour: spot_index(sample, method, panel, hour) for hour in hours}


@pytest.mark.parametrize("part_days", [1, 7])
def test_chain__a_history_in_parts__gives_the_same_values(panels, part_days):
    method, panel = recorded_window_method(7), panels["panel-2"]
    hours = [1_772_409_600 + hour * 7 * HOUR_S for hour in range(70)]
    whole, parts = (
        list(
            index_history(
                Scan(SAMPLE, load_venues()),
                method,
                panel,
                hours,
                out_of_core=out_of_core,
                part_days=part_days,
            )
        )
        for out_of_core in (False, True)
    )
    assert whole == parts
    assert any(isinstance(each, IndexValue) for _, each in whole)


@pytest.fixture(scope="module")
def determined(sample, panels):
    return determine(chain_of(sample, recorded_window_method(7), panels["panel-1"]), 1_773_144_000)


def test_evidence__of_a_window__is_redone_from_itself_and_from_quotes(sample, determined):
    evidence, method = determined.evidence(), determined.method
    assert evidence.root == determined.root
    for found in (check(evidence, method), replay(evidence, method, sample)):
        assert isinstance(found, Match)
        assert found.value == determined.value.to_json()


@pytest.mark.parametrize("place", [0, -1])
def test_evidence__a_price_in_a_midnight_changed__is_found(sample, determined, place):
    evidence, method = determined.evidence(), determined.method
    links = list(evidence.links)
    stated = read_json(links[place])
    for price in stated["prices"][:20]:
        price[-1] = str(int(price[-1]) * 2)
    links[place] = canonical_json(stated)
    forged = replace(evidence, links=tuple(links))
    assert isinstance(check(forged, method), FirstDifference)
    found = replay(forged, method, sample)
    assert isinstance(found, FirstDifference)
    assert found.kind is DifferenceKind.LINK


def test_evidence__a_midnight_left_out__is_found(determined):
    evidence, method = determined.evidence(), determined.method
    links = evidence.links[:2] + evidence.links[3:]
    found = check(replace(evidence, links=links), method)
    assert isinstance(found, FirstDifference)
    assert found.kind is DifferenceKind.LINK


@given(WORLDS, st.sets(st.integers(0, WARM_UP_DAYS + 5)))
@settings(deadline=None)
def test_value__regions_that_name_no_place__are_the_lines_of_an_empty_one(worlds, spelled):
    quotes = [
        (day, quote)
        for day, prices in enumerate(worlds)
        for quote in listing(prices, FIRST + day * DAY_S)
    ]
    plain = [replace(quote, region="") for _, quote in quotes]
    mixed = [replace(quote, region="global" if day in spelled else "") for day, quote in quotes]
    found, wanted = (
        determine(chain_of(History.of(each), METHOD, PANEL), noon(len(worlds) - 1))
        for each in (mixed, plain)
    )
    assert (found.value, found.root) == (wanted.value, wanted.root)


def test_value__a_region_that_is_named__is_another_line():
    days = WARM_UP_DAYS + 1
    quotes = [
        replace(quote, region="global" if day < days - 1 else "us")
        for day in range(days)
        for quote in evening(PRICES, day)
    ]
    value = chain_of(History.of(quotes), METHOD, PANEL).value(noon(days - 1))
    assert isinstance(value, NoValue)
    assert value.reason is Absence.BREAK
