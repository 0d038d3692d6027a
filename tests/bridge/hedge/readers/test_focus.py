"""FOCUS: costs once, quantities in their unit, and both ways of reading agree."""

from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.hedge.readers.csv_rows import decode_text
from bridge.hedge.readers.errors import MissingColumns
from bridge.hedge.readers.focus import read_focus_frame
from bridge.hedge.readers.focus_text import read_focus_text
from bridge.hedge.readers.focus_units import Consumption, consumption_of
from bridge.hedge.readers.usage import Flaw, Measure
from tests.support.workloads import WORKLOADS, read, totals

HEADER = (
    "ChargeCategory,ChargePeriodStart,ChargePeriodEnd,EffectiveCost,BillingCurrency,"
    "ConsumedQuantity,ConsumedUnit,ChargeDescription,SubAccountName,Note\n"
)


def row(**fields):
    stated = {
        "ChargeCategory": "Usage",
        "ChargePeriodStart": "2026-03-03T00:00:00Z",
        "ChargePeriodEnd": "2026-03-03T01:00:00Z",
        "EffectiveCost": "1.5",
        "BillingCurrency": "USD",
        "ConsumedQuantity": "2",
        "ConsumedUnit": "Hours",
        "ChargeDescription": "p5.48xlarge",
        "SubAccountName": "chat",
        "Note": "x",
    } | fields
    return ",".join(f'"{stated[name]}"' for name in HEADER.strip().split(",")) + "\n"


def both_ways(text):
    """The reading by rows, checked to be the reading by frame."""
    frame = pl.read_csv(text.encode(), infer_schema=False).lazy()
    by_frame, by_row = read_focus_frame(frame), read_focus_text(text)
    assert totals(by_frame.usages) == totals(by_row.usages)
    assert sorted(r.reason.value for r in by_frame.refused) == sorted(
        r.reason.value for r in by_row.refused
    )
    assert sorted(by_frame.notes) == sorted(by_row.notes)
    return by_row


def test_focus_1_0__hours_tokens_credits_purchases_and_tax__each_count_as_stated():
    reading = both_ways((WORKLOADS / "focus_1_0.csv").read_text())
    assert totals(reading.usages) == {
        # 1.5 hours of an instance with 8 GPUs
        ("gpu_hours", "", "search", "", "H100-SXM-80"): 12,
        ("prompt_tokens", "", "chat", "", ""): 250_000,
        ("completion_tokens", "", "chat", "", ""): 1_500_000,
        ("spend", "USD", "chat", "", ""): Fraction(7, 2),
        # 11.50 + 5.75, less a rounding; the credit by its effective cost, not by -2.61
        ("spend", "USD", "search", "", ""): Fraction("17.2499996"),
        ("credits", "USD", "search", "", ""): -3,
        ("spend", "EUR", "chat", "", ""): Fraction("7.25"),
    }
    assert reading.refused == ()
    assert len(reading.notes) == 3


def test_focus_1_2__us_dates_with_a_byte_order_mark__are_proven_by_the_billing_month():
    reading = read(WORKLOADS / "focus_us_dates.csv")
    assert totals(reading.usages) == {("spend", "USD", "", "", ""): 49}
    # The last line has no end, and its last field is one that decides what was consumed.
    assert [refusal.reason for refusal in reading.refused] == [Flaw.CUT_OFF]
    text = decode_text((WORKLOADS / "focus_us_dates.csv").read_bytes()) + "\r\n"
    assert totals(both_ways(text).usages) == {("spend", "USD", "", "", ""): 50}


def test_focus__dates_of_day_and_month__are_refused_as_ambiguous():
    names = "BillingPeriodStart,BillingPeriodEnd," + HEADER
    european = "1/4/26,1/5/26," + row(ChargePeriodStart="1/4/26", ChargePeriodEnd="1/5/26")
    reading = both_ways(names + european)
    assert [refusal.reason for refusal in reading.refused] == [Flaw.AMBIGUOUS_DATE]


def test_focus__file_appended_to_itself__counts_once():
    rows = row() + row(EffectiveCost="2.5")
    reading = both_ways(HEADER + rows + rows)
    assert totals(reading.usages)["spend", "USD", "chat", "", ""] == 4
    assert [refusal.reason for refusal in reading.refused] == [Flaw.DUPLICATE] * 2


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"EffectiveCost": "NULL"}, Flaw.MISSING),
        ({"EffectiveCost": "NaN"}, Flaw.NOT_A_NUMBER),
        ({"EffectiveCost": "1,5"}, Flaw.MALFORMED),
        ({"ConsumedQuantity": "Inf"}, Flaw.NOT_A_NUMBER),
        ({"BillingCurrency": "usd"}, Flaw.UNKNOWN_UNIT),
        ({"BillingCurrency": ""}, Flaw.UNKNOWN_UNIT),
        ({"ChargeCategory": "Refund"}, Flaw.UNKNOWN_WORD),
        ({"ChargePeriodEnd": "2026-03-03T00:00:00Z"}, Flaw.BACKWARDS),
        ({"ChargePeriodEnd": "2026-02-30T00:00:00Z"}, Flaw.BAD_TIME),
        ({"ChargePeriodStart": "NULL"}, Flaw.MISSING),
    ],
)
def test_focus__a_bad_row__is_refused_and_the_good_row_counts(fields, reason):
    reading = both_ways(HEADER + row(Note="good") + row(**fields))
    assert [refusal.reason for refusal in reading.refused] == [reason]
    assert totals(reading.usages)["spend", "USD", "chat", "", ""] == Fraction("1.5")


def test_focus__rows_of_another_shape__are_refused_one_by_one():
    text = HEADER + row() + "1,2,3\n" + row(Note="y").rstrip("\n") + ",more\n" + row(Note="z")
    reading = read_focus_text(text)
    assert [refusal.reason for refusal in reading.refused] == [Flaw.MALFORMED] * 2
    assert totals(reading.usages)["spend", "USD", "chat", "", ""] == 3


def test_focus__without_a_cost_column__is_refused_whole():
    with pytest.raises(MissingColumns, match="EffectiveCost"):
        read_focus_text("ChargeCategory,ChargePeriodStart,ChargePeriodEnd,BillingCurrency\n")


AMOUNTS = st.one_of(
    st.decimals(-(10**6), 10**6, places=6).map(str),
    st.decimals(0, 1, places=18).map(str),
    st.sampled_from(["4.8E-7", " 1.5 ", "NULL", "", "NaN", "+2", "1e3", "5.", "1" * 30, "x"]),
)
HOURS = st.integers(0, 60)


def hour_text(hour):
    return f"2026-03-0{1 + hour // 24} {hour % 24:02d}:00:00"


@settings(max_examples=60)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "EffectiveCost": AMOUNTS,
                "ConsumedQuantity": AMOUNTS,
                "ConsumedUnit": st.sampled_from(["Hours", "1K tokens", "1M", "Requests", "GB", ""]),
                "ChargeCategory": st.sampled_from(
                    ["Usage", "usage", "Credit", "Purchase", "Tax", "Adjustment", "Refund"]
                ),
                "ChargeDescription": st.sampled_from(["p5.48xlarge", "input tokens", "disk", ""]),
                "SubAccountName": st.sampled_from(["chat", "search", "NULL"]),
                "ChargePeriodStart": HOURS.map(
                    lambda h: f"2026-03-0{1 + h // 24} {h % 24:02d}:00:00"
                ),
                "ChargePeriodEnd": st.sampled_from(
                    ["2026-03-02T00:00:00Z", "2026-04-01 00:00:00", "2026-03-02T02:00:00+02:00"]
                ),
            }
        ),
        max_size=12,
    )
)
def test_focus__any_rows__both_ways_agree(rows):
    both_ways(HEADER + "".join(row(**fields) for fields in rows) + row(Note="last"))


@pytest.mark.parametrize(
    ("unit", "words", "consumed"),
    [
        ("Tokens", "input", Consumption(Measure.PROMPT_TOKENS, 1)),
        ("1K tokens", "Output tokens", Consumption(Measure.COMPLETION_TOKENS, 1_000)),
        ("1M", "gpt Inp Tokens", Consumption(Measure.PROMPT_TOKENS, 1_000_000)),
        ("1K", "gpt cached inp Tokens", Consumption(Measure.CACHED_TOKENS, 1_000)),
        ("1 Million Tokens", "", Consumption(Measure.TOKENS, 1_000_000)),
        ("1K", "disk operations", None),
        ("Requests", "", Consumption(Measure.REQUESTS, 1)),
        ("Hours", "BoxUsage:p5.48xlarge", Consumption(Measure.GPU_HOURS, 8, "H100-SXM-80")),
        ("Hrs", "Standard_ND96isr_H100_v5", Consumption(Measure.GPU_HOURS, 8, "H100-SXM-80")),
        ("Hours", "m5.large", None),
        ("LCU-Hours", "p5.48xlarge", None),
        ("GB", "tokens", None),
    ],
)
def test_unit__of_thousands_millions_and_hours__is_what_it_says(unit, words, consumed):
    assert consumption_of(unit, words) == consumed


def test_parquet__with_decimals_and_moments__equals_its_text(tmp_path):
    text = HEADER + row() + row(EffectiveCost="-0.25", ChargeCategory="Credit")
    frame = pl.read_csv(text.encode(), infer_schema=False).with_columns(
        pl.col("EffectiveCost").cast(pl.Decimal(18, 6)),
        pl.col("ChargePeriodStart").str.to_datetime(time_zone="UTC"),
    )
    frame.write_parquet(tmp_path / "focus.parquet")
    reading = read(tmp_path / "focus.parquet")
    assert totals(reading.usages) == totals(read_focus_text(text).usages)
