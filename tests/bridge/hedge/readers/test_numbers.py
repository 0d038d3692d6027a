"""Numbers and times of other people's files: exact, or refused by name."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.hedge.readers.numbers import parse_amount, parse_count, parse_number
from bridge.hedge.readers.times import parse_epoch, parse_time, parse_us_date
from bridge.hedge.readers.usage import Flaw, Refused

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20))
def test_number__any_decimal_text__is_exact(value):
    if abs(value.adjusted()) < 35 and len(str(value)) <= 60:
        assert parse_number(str(value)) == Fraction(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4.2421665e+07", 42_421_665),
        ("0.00 ", 0),
        (".5", Fraction(1, 2)),
        ("5.", 5),
        ("+3", 3),
        ("-2.61370000000", Fraction(-26137, 10_000)),
        ("9223372036854775794", 9_223_372_036_854_775_794),
    ],
)
def test_number__as_exporters_write_it__is_exact(text, value):
    assert parse_number(text) == value
    assert isinstance(parse_number(text), int | Fraction)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Flaw.MISSING),
        ("NULL", Flaw.MISSING),
        (" null ", Flaw.MISSING),
        ("NaN", Flaw.NOT_A_NUMBER),
        ("+Inf", Flaw.NOT_A_NUMBER),
        ("1,000", Flaw.MALFORMED),
        ("1_000", Flaw.MALFORMED),
        ("0x10", Flaw.MALFORMED),
        ("١٢", Flaw.MALFORMED),
        ("1 2", Flaw.MALFORMED),
        (".", Flaw.MALFORMED),
        ("1e99", Flaw.ABSURD),
        ("9" * 30, Flaw.ABSURD),
        ("1" * 70, Flaw.MALFORMED),
    ],
)
def test_number__that_is_none__is_refused_by_name(text, reason):
    with pytest.raises(Refused) as refused:
        parse_number(text)
    assert refused.value.reason is reason


def test_amount__below_zero__is_refused():
    with pytest.raises(Refused, match="negative"):
        parse_amount("-1")
    with pytest.raises(Refused, match="not whole"):
        parse_count("1.5")


@given(
    st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30)),
    st.integers(-12 * 60, 14 * 60),
)
def test_time__in_any_zone__is_the_same_moment(moment, offset):
    utc = moment.replace(tzinfo=UTC)
    exact = ((utc - EPOCH) // timedelta(microseconds=1)) * 1000
    sign = "-" if offset < 0 else "+"
    zone = f"{sign}{abs(offset) // 60:02d}:{abs(offset) % 60:02d}"
    local = (moment + timedelta(minutes=offset)).isoformat(sep=" ", timespec="microseconds")
    assert parse_time(local + zone) == exact
    assert parse_time(utc.isoformat()) == exact
    assert parse_time(moment.isoformat() + "Z") == exact
    assert parse_time(moment.isoformat(sep=" ")) == exact


def test_time__with_seven_digits__keeps_all_of_them():
    assert parse_time("2023-11-16 18:17:03.9799601") % 10**9 == 979_960_100


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("4/1/25", Flaw.AMBIGUOUS_DATE),
        ("2026-02-30", Flaw.BAD_TIME),
        ("2026-04-01 24:00:00", Flaw.BAD_TIME),
        ("2026-04-01T00:00:60Z", Flaw.BAD_TIME),
        ("2026-04-01 10:00:00 PST", Flaw.BAD_TIME),
        ("2026-04-01T10:00:00+25:00", Flaw.BAD_TIME),
        ("1999-12-31", Flaw.BAD_TIME),
        ("1772582400", Flaw.BAD_TIME),
        ("NULL", Flaw.MISSING),
    ],
)
def test_time__that_is_none__is_refused_by_name(text, reason):
    with pytest.raises(Refused) as refused:
        parse_time(text)
    assert refused.value.reason is reason


def test_epoch__in_milliseconds_taken_for_seconds__is_refused():
    assert parse_epoch("1772582400.781") == 1_772_582_400_781_000_000
    with pytest.raises(Refused, match="2000 and 2100"):
        parse_epoch("1772582400781")
    with pytest.raises(Refused, match="finer"):
        parse_epoch("1772582400.0000000001")


def test_us_date__two_digit_year__is_this_century():
    assert parse_us_date("4/1/25") == parse_time("2025-04-01")
    with pytest.raises(Refused):
        parse_us_date("13/1/25")


def test_number__of_a_decimal_and_its_text__agree_to_the_last_digit():
    text = "0.123456789012345678901234567"
    assert parse_number(text) == Fraction(Decimal(text))
