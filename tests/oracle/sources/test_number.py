"""Numbers are read digit by digit, exactly, and what is none or too large is refused unread."""

from decimal import Context, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.sources.number import EXACT, LONGEST, BadNumber, scaled
from pargrade.units import Rounding, divide

EXPONENTS = st.one_of(
    st.just(""),
    st.builds(
        "{}{}{}".format,
        st.sampled_from("eE"),
        st.sampled_from(("", "+", "-")),
        st.integers(0, 40).map(str) | st.integers(0, 9).map("0{}".format),
    ),
)
NUMBERS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(("", "-")),
    st.integers(0, 10**12).map(str),
    st.from_regex(r"(\.[0-9]{1,12})?", fullmatch=True),
    EXPONENTS,
)


def exactly(text):
    return Fraction(Context(prec=200).create_decimal(text))


@given(NUMBERS)
def test_number__any_of_json__is_exact_with_all_its_decimals(text):
    assert scaled(text, EXACT) == exactly(text) * 10**EXACT


@given(NUMBERS, st.integers(0, 18), st.sampled_from(Rounding))
def test_number__with_fewer_decimals__is_rounded_once_as_asked(text, decimals, rounding):
    value = exactly(text) * 10**decimals
    assert scaled(text, decimals, rounding) == divide(value.numerator, value.denominator, rounding)


@given(NUMBERS, st.integers(0, 18))
def test_number__digits_that_do_not_fit_and_no_rounding__is_refused(text, decimals):
    value = exactly(text) * 10**decimals
    if value.denominator == 1:
        assert scaled(text, decimals) == value
    else:
        with pytest.raises(BadNumber, match="decimals"):
            scaled(text, decimals)


@pytest.mark.parametrize(
    ("text", "price8"),
    [
        ("1e0", 10**8),
        ("1E+2", 10**10),
        ("12.5e-1", 125_000_000),
        ("3.000000e+00", 3 * 10**8),
        ("5e-05", 5_000),
        ("5e-8", 5),
        ("-2.5e0", -250_000_000),
        ("0e40", 0),
        ("0.00", 0),
        ("007.5", 750_000_000),
        ("100e-2", 10**8),
    ],
)
def test_number__with_an_exponent__is_the_integer_it_states(text, price8):
    assert scaled(text, 8) == price8


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "+1", "1 ", " 1", "1.", ".5", "1e", "1e+", "e5", "1e1.5", "--1", "-", "1_000"),
        *("1,5", "0x10", "NaN", "nan", "Infinity", "-Infinity", "inf", "one", "1\n", "\u0661", "²"),
        *("1e41", "1e-41", "1e400", "1e999999999", "1e-999999999", "0e99", "1e" + "9" * 30),
        *("1" * (LONGEST + 1), "0." + "0" * LONGEST, "1e" + "0" * 10**6 + "1", "9" * 10**6),
    ],
)
def test_number__that_is_none_or_beyond_what_is_read__is_refused(text):
    with pytest.raises(BadNumber) as failure:
        scaled(text, 8)
    assert len(str(failure.value)) < 150


@given(st.text(st.sampled_from("0123456789.eE+-"), max_size=60))
def test_number__any_text__is_refused_or_of_bounded_size(text):
    try:
        found = scaled(text, EXACT)
    except BadNumber:
        return
    assert found == Decimal(text) * 10**EXACT if abs(found) < 10**27 else True
    assert found.bit_length() <= (LONGEST + EXACT + 40) * 4
