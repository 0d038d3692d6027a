from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pargrade.units import (
    CONTRACT_LOTS,
    LOT,
    SCU,
    SETTLEMENT_STEP,
    TICK,
    BadAmount,
    Lots,
    Price,
    Rounding,
    Scu,
    TooPrecise,
    UnitMismatch,
    divide,
    format_amount,
    parse_amount,
)

RAW = st.integers(-(10**40), 10**40)
DECIMALS = st.integers(0, 30)


@given(RAW, DECIMALS, st.integers(0, 40))
def test_format_then_parse__any_amount_and_decimals__gives_the_amount_back(raw, decimals, places):
    assert parse_amount(format_amount(raw, decimals, places), decimals) == raw


@given(RAW, DECIMALS)
def test_format__any_amount__states_its_exact_value(raw, decimals):
    assert Fraction(format_amount(raw, decimals)) == Fraction(raw, 10**decimals)


@given(st.integers(-(10**20), 10**20), st.integers(0, 20), st.integers(0, 12))
def test_parse__too_many_digits__rounds_only_as_named(raw, places, decimals):
    text = format_amount(raw, places)
    scaled = Fraction(raw, 10**places) * 10**decimals
    assert parse_amount(text, decimals, Rounding.FLOOR) == floor(scaled)
    assert parse_amount(text, decimals, Rounding.CEIL) == ceil(scaled)
    assert parse_amount(text, decimals, Rounding.HALF_EVEN) == round(scaled)
    if scaled.denominator == 1:
        assert parse_amount(text, decimals) == scaled
    else:
        with pytest.raises(TooPrecise) as refused:
            parse_amount(text, decimals)
        assert (refused.value.text, refused.value.decimals) == (text, decimals)


@given(RAW, st.integers(1, 10**30))
def test_divide__each_rounding__agrees_with_exact_fractions(numerator, denominator):
    exact = Fraction(numerator, denominator)
    assert divide(numerator, denominator, Rounding.FLOOR) == floor(exact)
    assert divide(numerator, denominator, Rounding.CEIL) == ceil(exact)
    assert divide(numerator, denominator, Rounding.HALF_EVEN) == round(exact)


@pytest.mark.parametrize(
    ("numerator", "even"), [(1, 0), (3, 2), (5, 2), (7, 4), (-1, 0), (-3, -2), (-5, -2)]
)
def test_divide__exact_half__goes_to_the_even_neighbour(numerator, even):
    assert divide(numerator, 2, Rounding.HALF_EVEN) == even


@pytest.mark.parametrize(
    "text",
    ["", "1e3", "1,5", " 1", "1 ", "+1", ".5", "5.", "0x10", "1_0", "NaN", "--1", "1\n", "١"],
)
def test_parse__anything_but_plain_digits__is_refused_with_the_text(text):
    with pytest.raises(BadAmount) as refused:
        Price.parse(text)
    assert refused.value.text == text
    assert refused.value.hint


def test_parse__a_price_no_float_can_hold__is_exact():
    assert Price.parse("2.29999999") == 229_999_999
    assert Price.parse("2.310") == 231_000_000
    assert Scu.parse("123456789.123456789012345678") == 123456789123456789012345678
    assert Decimal(Scu(123456789123456789012345678).text()) == Decimal(
        "123456789.123456789012345678"
    )


def test_text__a_price__shows_at_least_cents():
    assert Price(231_000_000).text() == "2.31"
    assert Price(230_000_000).text() == "2.30"
    assert Price(231_234_500).text() == "2.312345"
    assert Lots(73_000).text() == "73000"


def test_str__any_amount__is_its_base_units():
    assert str(Price.parse("2.31")) == f"{Price.parse('2.31')}" == "231000000"
    assert repr(Price.parse("2.31")) == "Price('2.31')"


def test_arithmetic__same_kind_or_plain_integer__keeps_the_kind():
    total = Price(5) + Price(7) - 2
    assert (total, type(total)) == (10, Price)
    assert (-Lots(3), type(-Lots(3))) == (-3, Lots)


@pytest.mark.parametrize(
    "operation",
    [
        lambda: Price(1) + Lots(1),
        lambda: Scu(1) - Price(1),
        lambda: Price(1) < Lots(2),
        lambda: Price(1) <= Lots(2),
        lambda: Price(3) > Lots(2),
        lambda: Price(3) >= Lots(2),
    ],
)
def test_arithmetic__another_kind__is_refused(operation):
    with pytest.raises(UnitMismatch):
        operation()


def test_arithmetic__a_float_or_fraction__never_becomes_an_amount():
    assert Price(1) < Fraction(3, 2)
    assert not Price(2) < Fraction(3, 2)
    with pytest.raises(TypeError):
        Price(1) + 0.5
    with pytest.raises(TypeError):
        Price(1) - 0.5


def test_constants__state_the_contract():
    assert LOT * 100 == SCU
    assert CONTRACT_LOTS * LOT == 730 * SCU
    assert Price.parse("0.01") == TICK
    assert Price.parse("0.0001") == SETTLEMENT_STEP
