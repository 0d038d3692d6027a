"""What a payment token is worth in compute, and never more surely than its prices are."""

import json
import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.index.level import Absence, IndexValue, NoValue, State
from oracle.index.method import METHOD
from oracle.index.payment_token import (
    BadPayment,
    Conversion,
    NoConversion,
    PaymentMethod,
    TokenAbsence,
    TokenReason,
    UnitPrice,
    convert,
    screen_tokens,
)
from oracle.quotes.token_quote import TokenQuote
from oracle.sources.venue import Terms

DOCUMENT = json.loads(METHOD.read_text(encoding="utf-8"))["payment"]
RULES = PaymentMethod.of(DOCUMENT)
NOW = 20_000 * 86_400
USD = 10**8
SCU = UnitPrice(280_000_000, 14_000_000, State.LIVE)


def bar(venue="bybit", close8=60_000_000, **changes):
    plain = TokenQuote(NOW, venue, "AKT", close8, close8 - 1, close8 + 1, Terms.UNSTATED)
    return replace(plain, **changes)


def converted(bars, unit=SCU, as_of=NOW, token="AKT"):
    return convert(token, screen_tokens(bars, RULES, as_of), unit, RULES, as_of)


BARS = st.builds(
    bar,
    venue=st.sampled_from("abcde"),
    close8=st.integers(-5, 10**12),
    closed_at=st.integers(NOW - 200_000, NOW + 5_000),
    token=st.sampled_from(("AKT", "TAO", "NONE")),
    terms=st.sampled_from((Terms.OPEN, Terms.UNSTATED, Terms.RESTRICTED)),
)


def test_conversion__by_hand__is_price_over_price_with_added_relative_errors():
    found = converted([bar(low8=54_000_000, high8=66_000_000)])
    # 0.60 / 2.80; half the range is 10 % of the price, the index is known to 5 %.
    assert found.scu18 == 214_285_714_285_714_286
    assert found.mark18 == 107_142_857_142_857_142
    assert found.confidence18 == 32_142_857_142_857_143
    assert (found.venues, found.age_s, found.state) == (("bybit",), 0, State.THIN)


def test_conversion__three_venues__is_live_at_their_lower_median():
    found = converted([bar("a", 60_000_000), bar("b", 61_000_000), bar("c", 62_000_000)])
    assert (found.price8, found.state) == (61_000_000, State.LIVE)


@pytest.mark.parametrize("venues", [1, 2])
def test_conversion__fewer_than_three_venues__is_thin(venues):
    assert converted([bar(venue) for venue in "abc"[:venues]]).state is State.THIN


def test_conversion__index_is_thin__is_thin_with_any_number_of_venues():
    assert converted([bar(v) for v in "abcde"], replace(SCU, state=State.THIN)).state is State.THIN


def test_conversion__no_venue__is_absent():
    assert converted([]) == NoConversion("AKT", TokenAbsence.TOO_FEW_VENUES, 0)


@pytest.mark.parametrize(
    "value",
    [
        NoValue(Absence.TOO_FEW_PROVIDERS, 2),
        IndexValue(280_000_000, 1, 1, 5, (), State.HALTED, 3, 1),
    ],
)
def test_conversion__index_absent_or_halted__is_absent(value):
    assert UnitPrice.of(value) is None
    assert converted([bar()], None) == NoConversion("AKT", TokenAbsence.NO_INDEX, 1)


def test_unit_price__of_a_value__keeps_its_confidence_and_state():
    value = IndexValue(280_000_000, 14_000_000, 1, 5, (), State.LIVE, 3, 0)
    assert UnitPrice.of(value) == SCU


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"terms": Terms.RESTRICTED}, TokenReason.RESTRICTED_TERMS),
        ({"closed_at": NOW + 1}, TokenReason.FUTURE),
        ({"closed_at": NOW - RULES.max_age_s - 1}, TokenReason.STALE),
        ({"close8": 0, "low8": 0}, TokenReason.ZERO_OR_NEGATIVE),
        ({"low8": -1}, TokenReason.ZERO_OR_NEGATIVE),
        ({"high8": 59_999_999}, TokenReason.IMPOSSIBLE_BAR),
        ({"low8": 60_000_001}, TokenReason.IMPOSSIBLE_BAR),
        ({"token": "NOS"}, TokenReason.UNLISTED),
    ],
)
def test_bar__with_a_fault__is_refused_for_it(change, reason):
    screened = screen_tokens([replace(bar(), **change)], RULES, NOW)
    assert (screened.accepted, screened.reasons) == ((), {reason: 1})


def test_bar__at_the_oldest_age__still_counts():
    oldest = bar(closed_at=NOW - RULES.max_age_s)
    assert converted([oldest]).age_s == RULES.max_age_s


def test_bar__an_older_one_of_its_venue__is_superseded():
    older = bar(closed_at=NOW - 3_600, close8=1)
    screened = screen_tokens([older, bar()], RULES, NOW)
    assert screened.accepted == (bar(),)
    assert screened.rejected == ((older, TokenReason.ZERO_OR_NEGATIVE),)
    older = bar(closed_at=NOW - 3_600)
    assert screen_tokens([older, bar()], RULES, NOW).reasons == {TokenReason.SUPERSEDED: 1}


def test_bar__far_from_two_others__is_an_outlier_and_of_two_neither_is():
    far = bar("c", 66_000_060)
    assert screen_tokens([bar("a"), bar("b"), far], RULES, NOW).rejected == (
        (far, TokenReason.OUTLIER),
    )
    assert screen_tokens([bar("a"), bar("b"), bar("c", 66_000_000)], RULES, NOW).reasons == {}
    assert screen_tokens([bar("a"), far], RULES, NOW).reasons == {}


@given(st.lists(BARS, max_size=12), st.randoms(use_true_random=False))
def test_screen__any_bars_in_any_order__gives_every_bar_one_answer(bars, random):
    shuffled = list(bars)
    random.shuffle(shuffled)
    first, other = (screen_tokens(each, RULES, NOW) for each in (bars, shuffled))
    assert first == other
    assert sorted(first.accepted + tuple(b for b, _ in first.rejected)) == sorted(bars)
    assert len({(b.token, b.venue) for b in first.accepted}) == len(first.accepted)


@given(st.lists(BARS, max_size=12), st.integers(1, 10**12), st.integers(0, 10**10))
def test_conversion__any_bars__lies_within_what_was_accepted_and_is_marked_below(bars, scu8, off):
    unit = UnitPrice(scu8, off, State.LIVE)
    screened = screen_tokens(bars, RULES, NOW)
    for token in RULES.tokens:
        found = convert(token, screened, unit, RULES, NOW)
        own = [each for each in screened.accepted if each.token == token]
        assert isinstance(found, Conversion) == bool(own)
        if own:
            exact = Fraction(found.price8 * 10**18, scu8)
            assert min(b.close8 for b in own) <= found.price8 <= max(b.close8 for b in own)
            assert abs(found.scu18 - exact) <= Fraction(1, 2)
            assert 0 <= exact * RULES.haircut_ppm / 10**6 - found.mark18 < 1
            # The market alone could be anywhere in the bars.
            low, high = min(b.low8 for b in own), max(b.high8 for b in own)
            assert found.confidence18 >= Fraction((high - low) * 10**18, 2 * scu8)


@given(st.integers(1, 10**9), st.integers(0, 10**9))
def test_conversion__surer_index__is_never_less_sure(confidence8, more8):
    sure, unsure = (
        converted([bar()], replace(SCU, confidence8=each))
        for each in (confidence8, confidence8 + more8)
    )
    assert sure.confidence18 <= unsure.confidence18


@pytest.mark.parametrize(
    "change",
    [{"min_venues": 0}, {"min_venues": 4}, {"haircut_ppm": 0}, {"haircut_ppm": 10**6}],
)
def test_payment_method__impossible_constant__is_refused(change):
    with pytest.raises(BadPayment):
        PaymentMethod.of(DOCUMENT | change)


@pytest.mark.skipif(
    "PARGRADE_HISTORY" not in os.environ,
    reason="PARGRADE_HISTORY is not set: 1 haircut not derived",
)
def test_methodology__haircut__covers_the_falls_it_says_it_covers():
    import polars as pl

    days = pl.read_csv(Path(os.environ["PARGRADE_HISTORY"]) / "token_usd_daily.csv").filter(
        pl.col("venue").str.starts_with("bybit"), pl.col("token").is_in(RULES.tokens)
    )
    moved = pl.col("close") / pl.col("close").shift(14).over("token") - 1
    falls = days.sort("token", "date").with_columns(moved.alias("moved"))
    assert round(falls["moved"].quantile(0.01), 2) == -0.41
    worst = dict(falls.group_by("token").agg(pl.col("moved").quantile(0.01)).rows())
    kept = RULES.haircut_ppm / 10**6
    assert [token for token, fall in worst.items() if 1 + fall < kept] == ["IO"]
    assert round(worst["IO"], 2) == -0.51
