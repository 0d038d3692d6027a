"""How firm prices are, how long lists are carried, and what weight follows from both."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.audit.recheck import check
from oracle.audit.replay import Match
from oracle.index.chain import chain_of, spot_index
from oracle.index.determination import determine
from oracle.index.level import Absence, NoValue, State
from oracle.index.method import BadMethod
from oracle.index.screen import screen
from oracle.index.window.rule import BadWindowRule, WindowRule
from oracle.index.window.standing import (
    LineFirmness,
    firmness_of,
    firmnesses_of,
    panel_in_force,
    weigh_pairs,
)
from oracle.index.window.value import Doubt
from oracle.quotes.classes import Availability, Cadence
from oracle.quotes.history import History
from oracle.quotes.quote import Line
from pargrade.clock import DAY_S, HOUR_S
from tests.support.quote_builders import (
    METHOD_1,
    MODELS,
    NOON,
    PANEL,
    USD,
    listing,
    quote,
    window_method,
)

DAYS = 10
METHOD = window_method(DAYS)
RULE = METHOD.window
EVENING = NOON - 15 * HOUR_S
PRICES = {p: 2 * USD + place * USD // 10 for place, p in enumerate("abcdefg")}
HARDWARE = [f"{model}-SXM-{memory}" for model, (_, _, memory) in MODELS.items()]


def market(days, prices=PRICES, **changes):
    """Lists of an evening each; noon of day n is 15 hours after the evening of day n."""
    return [
        each for day in range(days) for each in listing(prices, EVENING + day * DAY_S, **changes)
    ]


def noon(day):
    return EVENING + day * DAY_S + 15 * HOUR_S


def value(quotes, as_of, method=METHOD):
    return spot_index(History.of(quotes), method, PANEL, as_of)


@given(st.sampled_from([a for a in Availability if a.value != "carried"]), st.integers(1, 9))
def test_firmness__of_a_price_that_is_carried__falls_every_day_and_never_beats_a_list(stated, days):
    carried = firmness_of(stated, days, RULE)
    assert carried.tier is Availability.CARRIED
    assert carried.weight_ppm < RULE.listed_ppm
    later = firmness_of(stated, days + 1, RULE).weight_ppm
    assert later < carried.weight_ppm or later == 0
    assert (carried.weight_ppm > 0) == (days < RULE.carry_days)


def test_firmness__executed_bookable_listed_sold_out__weigh_in_this_order():
    order = ("executed", "bookable", "listed", "sold_out")
    weights = [firmness_of(Availability(word), 0, RULE).weight_ppm for word in order]
    assert weights == sorted(weights, reverse=True)
    assert len(set(weights)) == len(order)


FIRM = st.dictionaries(
    st.builds(
        Line,
        st.sampled_from("abcdef"),
        st.sampled_from(HARDWARE),
        st.sampled_from((1, 8)),
        st.just(""),
    ),
    st.builds(LineFirmness, st.just(Availability.LISTED), st.integers(71_428, 1_000_000)),
    min_size=3,
).filter(lambda firm: len({line.provider for line in firm}) >= 3)


@given(FIRM)
def test_weights__of_any_lists__no_provider_is_over_the_cap_nor_gains_by_a_longer_list(firm):
    weights = weigh_pairs(firm, METHOD)
    sums = Counter()
    for (provider, _), weight in weights.items():
        sums[provider] += weight
    assert all(each * METHOD.provider_cap_parts <= sums.total() for each in sums.values())
    firmest = dict.fromkeys(firm, LineFirmness(Availability.LISTED, 500_000))
    whole = Counter()
    for (provider, _), weight in weigh_pairs(firmest, METHOD).items():
        whole[provider] += weight
    par_only = [
        provider
        for provider in whole
        if {line.hardware for line in firm if line.provider == provider} == {HARDWARE[0]}
    ]
    # Rounding takes less than a millionth of a weight from each kind of hardware.
    for par in par_only:
        assert all(whole[each] * (10**6 - 10) <= whole[par] * 10**6 for each in whole)


def test_weights__one_bookable_among_lists__moves_the_level_more_than_a_list():
    quotes = market(14) + listing(PRICES | {"g": PRICES["g"] * 11 // 10}, EVENING + 14 * DAY_S)
    firmer = [
        replace(each, flags=("bookable",)) if each.provider == "g" else each for each in quotes
    ]
    plain, more = value(quotes, noon(14)), value(firmer, noon(14))
    assert more.value8 > plain.value8
    assert dict(plain.availability_ppm) == {Availability.LISTED: 10**6}
    assert set(more.availability_ppm) == {Availability.BOOKABLE, Availability.LISTED}
    assert more.availability_ppm[Availability.BOOKABLE] == 200_000  # 0.75 of 0.75 + 6 · 0.5


@settings(max_examples=20)
@given(st.lists(st.sampled_from(("executed", "bookable", "sold_out", "")), min_size=7, max_size=7))
def test_value__of_any_tiers__states_shares_that_add_up_and_is_redone_from_its_evidence(words):
    stated = dict(zip(PRICES, words, strict=True))
    quotes = [
        replace(each, flags=(stated[each.provider],) if stated[each.provider] else ())
        for each in market(14)
    ]
    found = determine(chain_of(History.of(quotes), METHOD, PANEL), noon(13))
    assert sum(found.value.availability_ppm.values()) == 10**6
    kinds = {word or "listed" for word in words}
    assert found.value.to_json()["availability_ppm"].keys() == kinds
    assert isinstance(check(found.evidence(), METHOD), Match)


def test_lists__not_read_any_more__are_carried_for_seven_days_while_one_is_still_read():
    quotes = market(14) + [
        each for day in range(14, 24) for each in listing({"a": PRICES["a"]}, EVENING + day * DAY_S)
    ]
    before = value(quotes, noon(13))
    shares = []
    for day in range(15, 20):
        found = value(quotes, noon(day))
        # Effects weigh by presence, and only one provider is present on these days.
        assert abs(found.value8 / before.value8 - 1) < 0.03
        assert (found.state, found.current, found.providers) == (State.THIN, 1, 7)
        assert Doubt.FEW_PROVIDERS in found.doubts
        shares.append(found.availability_ppm[Availability.CARRIED])
    # Two thirds is all that others have beside a provider at its cap.
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > shares[-1]
    assert value(quotes, noon(20)) == NoValue(Absence.TOO_FEW_PROVIDERS, 1)


def test_lists__nobody_is_read_any_more__there_is_no_value_though_lists_are_carried():
    found = value(market(14), noon(16))
    assert found == NoValue(Absence.TOO_FEW_PROVIDERS, 7)


def test_lists__a_line_withdrawn_from_a_list_that_is_read__is_not_carried():
    both = [*market(12), *market(12, {"a": 3 * USD}, gpu_count=1)]
    quotes = both + listing(PRICES, EVENING + 13 * DAY_S)
    fixing = chain_of(History.of(quotes), METHOD, PANEL).fixing(noon(13))
    assert {line.gpu_count for line in fixing.prices if line.provider == "a"} == {8}
    unread = both + listing({p: PRICES[p] for p in "bcdefg"}, EVENING + 13 * DAY_S)
    fixing = chain_of(History.of(unread), METHOD, PANEL).fixing(noon(13))
    assert {line.gpu_count for line in fixing.prices if line.provider == "a"} == {1, 8}


def test_lists__carried_from_two_sources__the_latest_counts_and_not_the_direct_one():
    old = quote(price8=2 * USD, observed_at=NOON - 3 * DAY_S, cadence=Cadence.DIRECT, source="api")
    new = quote(price8=3 * USD, observed_at=NOON - 2 * DAY_S - HOUR_S)
    found = screen([old, new], METHOD, PANEL, NOON)
    assert [(each.quote.price8, each.quote.source) for each in found.accepted] == [
        (new.price8, new.source)
    ]


def test_lists__five_current_at_twice_the_price__are_not_outliers_to_what_is_carried():
    quotes = listing(dict.fromkeys("abcdefg"[:5], 2 * USD), NOON - 3 * DAY_S)
    fresh = listing(dict.fromkeys("fghij", 4 * USD), NOON - HOUR_S)
    found = screen(quotes + fresh, METHOD, PANEL, NOON)
    assert {each.quote.provider for each in found.accepted} == set("fghij")


def test_screen__a_method_without_a_window__carries_nothing():
    old = listing(PRICES, NOON - 2 * DAY_S + HOUR_S)
    assert not screen(old, METHOD_1, PANEL, NOON).accepted
    found = screen(old, METHOD, PANEL, NOON)
    firm = firmnesses_of(found, METHOD, NOON)
    assert {each.tier for each in firm.values()} == {Availability.CARRIED}
    assert panel_in_force(firm, METHOD) == set(firm)
    with pytest.raises(BadMethod):
        firmnesses_of(found, METHOD_1, NOON)


@pytest.mark.parametrize(
    "wrong",
    [
        {"carry_days": 10},
        {"listed_ppm": 800_000},
        {"executed_ppm": 1_000_001},
        {"sold_out_ppm": 0},
        {"unplaced_regions": [""]},
        {"unplaced_regions": ["x", "global"]},
    ],
)
def test_rule__weights_out_of_order_or_an_endless_carry_or_no_words__is_refused(wrong):
    stated = {name: getattr(RULE, name) for name in WindowRule.__slots__}
    WindowRule.from_json(stated, 3)
    with pytest.raises(BadWindowRule):
        WindowRule.from_json(stated | wrong, 3)
