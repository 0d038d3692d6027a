from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.index.panel import Panel
from oracle.index.screen import Accepted, Reason, Rejected, screen
from oracle.quotes.classes import Firmness
from oracle.quotes.quote import Tier
from oracle.sources.venue import Cadence, Terms
from tests.support.quote_builders import DAY, HOUR, METHOD_1, NOON, PANEL, QUOTES, USD, quote


def reasons(*quotes, panel=PANEL):
    screened = screen(quotes, METHOD_1, panel, NOON)
    return {rejected.quote: rejected.reason for rejected in screened.rejected}


FAULTS = {
    "restricted venue": (Reason.RESTRICTED_TERMS, {"terms": Terms.RESTRICTED}),
    "after the instant": (Reason.FUTURE, {"observed_at": NOON + 1}),
    "daily list of 36 h and a second": (Reason.STALE, {"observed_at": NOON - 36 * HOUR - 1}),
    "direct feed of 6 h and a second": (
        Reason.STALE,
        {"observed_at": NOON - 6 * HOUR - 1, "cadence": Cadence.DIRECT},
    ),
    "free": (Reason.ZERO_OR_NEGATIVE, {"price8": 0}),
    "negative": (Reason.ZERO_OR_NEGATIVE, {"price8": -1}),
    "model without a factor": (Reason.UNKNOWN_HARDWARE, {"gpu_model": "L40S"}),
    "form factor without a factor": (Reason.UNKNOWN_HARDWARE, {"variant": "PCIe"}),
    "memory without a factor": (Reason.UNKNOWN_HARDWARE, {"gpu_memory_gb": 94}),
    "spot": (Reason.WRONG_TIER, {"tier": Tier.SPOT}),
    "reserved": (Reason.WRONG_TIER, {"tier": Tier.RESERVED}),
    "hyperscaler": (Reason.WRONG_TIER, {"firmness": Firmness.HYPERSCALER}),
    "provider off the panel": (Reason.NOT_ON_PANEL, {"provider": "stranger"}),
    "placeholder price": (Reason.PLACEHOLDER, {"price8": USD // 2}),
    "placeholder flag": (Reason.PLACEHOLDER, {"flags": ("runpod_placeholder_0.50",)}),
    "a cent too cheap": (Reason.OUT_OF_BAND, {"price8": 79 * USD // 100}),
    "a cent too dear": (Reason.OUT_OF_BAND, {"price8": 12 * USD + USD // 100}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_screen__one_fault__gives_its_reason(fault):
    reason, change = FAULTS[fault]
    faulty = quote(**change)
    assert reasons(faulty) == {faulty: reason}


@pytest.mark.parametrize(
    "change",
    [
        {"observed_at": NOON},
        {"observed_at": NOON - 36 * HOUR},
        {"observed_at": NOON - 6 * HOUR, "cadence": Cadence.DIRECT},
        {"price8": 80 * USD // 100},
        {"price8": 12 * USD},
        {"firmness": Firmness.DECENTRALISED},
    ],
)
def test_screen__on_the_edge__accepts(change):
    assert reasons(quote(**change)) == {}


def test_screen__seen_after_the_cut_off__is_the_future():
    late = quote(observed_at=NOON - 59)
    assert reasons(late, panel=Panel("slow", PANEL.providers, 60)) == {late: Reason.FUTURE}


def test_screen__several_faults__names_the_first_of_the_table():
    worst = quote(price8=0, tier=Tier.SPOT, gpu_model="L40S", terms=Terms.RESTRICTED)
    assert reasons(worst) == {worst: Reason.RESTRICTED_TERMS}
    assert reasons(open_ := replace(worst, terms=Terms.OPEN)) == {open_: Reason.ZERO_OR_NEGATIVE}


def test_screen__older_quote_of_a_line__is_superseded():
    old, new = quote(observed_at=NOON - DAY, price8=USD), quote(price8=3 * USD)
    assert reasons(new, old) == {old: Reason.SUPERSEDED}


def test_screen__other_size_or_region__is_another_line():
    assert reasons(quote(), quote(gpu_count=1), quote(region="eu")) == {}


def test_screen__same_line_through_another_source__is_a_duplicate():
    listed = quote(source="list")
    direct = quote(source="api", cadence=Cadence.DIRECT, observed_at=NOON - 5 * HOUR)
    assert reasons(listed, direct) == {listed: Reason.DUPLICATE_SOURCE}


def test_screen__two_prices_at_one_second__takes_the_lower():
    cheap, dear = quote(price8=2 * USD), quote(price8=3 * USD)
    assert reasons(dear, cheap) == {dear: Reason.SUPERSEDED}


def test_screen__faulty_newer_quote__leaves_the_older_one_standing():
    old, free = quote(observed_at=NOON - DAY), quote(price8=0)
    assert reasons(old, free) == {free: Reason.ZERO_OR_NEGATIVE}


def test_screen__far_from_the_middle_of_providers__is_an_outlier():
    usual = [quote(p, price8) for p, price8 in zip("abcde", (290, 295, 300, 305, 310), strict=True)]
    usual = [replace(each, price8=each.price8 * USD // 100) for each in usual]
    half, twice = quote("f", 190 * USD // 100), quote("g", 460 * USD // 100)
    assert reasons(*usual, half, twice) == {half: Reason.OUTLIER, twice: Reason.OUTLIER}


def test_screen__standing_prices_without_spread__tolerates_the_floor():
    same = [quote(provider, 3 * USD) for provider in "abcde"]
    near, far = quote("f", 4 * USD), quote("g", 451 * USD // 100)
    assert reasons(*same, near, far) == {far: Reason.OUTLIER}


def test_screen__fewer_than_five_providers__refuses_no_outlier():
    few = [quote(provider, 3 * USD) for provider in "abc"]
    assert reasons(*few, quote("d", 11 * USD)) == {}


def test_screen__one_provider_with_many_rows__cannot_make_the_others_outliers():
    honest = [quote(provider, 3 * USD) for provider in "abcde"]
    flood = [quote("f", 9 * USD, gpu_count=count) for count in range(50)]
    assert set(reasons(*honest, *flood).values()) == {Reason.OUTLIER}
    assert not reasons(*honest, *flood).keys() & set(honest)


@given(st.lists(QUOTES, max_size=30))
def test_screen__any_quotes__answers_each_exactly_once(quotes):
    screened = screen(quotes, METHOD_1, PANEL, NOON)
    answered = [each.quote for each in (*screened.accepted, *screened.rejected)]
    assert sorted(answered) == sorted(quotes)


@given(st.lists(QUOTES, max_size=30), st.randoms(use_true_random=False))
def test_screen__another_order_of_rows__says_the_same(quotes, random):
    shuffled = list(quotes)
    random.shuffle(shuffled)
    assert screen(shuffled, METHOD_1, PANEL, NOON) == screen(quotes, METHOD_1, PANEL, NOON)


@given(st.lists(QUOTES, max_size=30))
def test_screen__any_quotes__accepts_one_per_line(quotes):
    lines = [each.line for each in screen(quotes, METHOD_1, PANEL, NOON).accepted]
    assert len(lines) == len(set(lines))


@given(st.lists(QUOTES, max_size=30))
def test_screen__what_it_accepted__is_accepted_again(quotes):
    first = screen(quotes, METHOD_1, PANEL, NOON)
    again = screen([each.quote for each in first.accepted], METHOD_1, PANEL, NOON)
    # Outliers are judged against what stands, so taking them away may make new ones.
    assert {type(each) for each in again.accepted} <= {Accepted}
    assert all(isinstance(e, Rejected) and e.reason is Reason.OUTLIER for e in again.rejected)
