"""Many FOCUS rows at once: plain ones are grouped by Polars, all others go through the reference.

A row is plain when its times are ISO in UTC, its amounts plain decimals, and its words known. Plain
rows inside one UTC day are summed by day, unit, meter and subject in decimals of 18 places, which
hold every digit; so the sums equal those of `focus_row`, row by row.
"""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, NamedTuple

import polars as pl

from bridge.hedge.readers.focus_columns import CATEGORIES, OPTIONAL, REQUIRED
from bridge.hedge.readers.focus_row import Charge, subject_of
from bridge.hedge.readers.numbers import simplest
from bridge.hedge.readers.times import SECOND_NS
from bridge.hedge.readers.usage import Exact
from pargrade.clock import DAY_S

_PLACES: Final = 18
_AMOUNT: Final = pl.Decimal(38, _PLACES)
_PLAIN_AMOUNT: Final = r"^-?[0-9]{1,14}(\.[0-9]{1,18})?$"
_PLAIN_TIME: Final = r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.0+)?Z?$"
_ABSENT: Final = ["", "NULL", "null", "None"]
ROW: Final = "row_number"
PLAIN: Final = "is_plain"
_TEXTS: Final = (
    *("ConsumedUnit", "SkuMeter", "SkuId", "ChargeDescription"),
    *("ServiceName", "SubAccountName", "SubAccountId"),
)
_WORDS: Final = ("SkuMeter", "SkuId", "ChargeDescription")
_COUNTED_UNIT: Final = (
    r"(?i)token|request|hour|hr|unit|gpu|^[ 0-9,^kmbh]*$|thousand|million|billion"
)
_KEYS: Final = ("start_s", "end_s", "category", "BillingCurrency", *_TEXTS, "has_quantity", "sign")


class Group(NamedTuple):
    """A charge that stands for many, and how many."""

    charge: Charge
    rows: int


def prepared(frame: pl.LazyFrame, schema: pl.Schema) -> pl.LazyFrame:
    """The used columns as text, with a row number and whether the row is plain.

    A column that the file lacks is absent in every row.
    """
    names = (*REQUIRED, *OPTIONAL)
    texts = [_as_text(name, schema.get(name)).alias(name) for name in names]
    return (
        frame.select(*texts)
        .with_row_index(ROW, offset=1)
        .with_columns(
            _seconds("ChargePeriodStart").alias("from_s"), _seconds("ChargePeriodEnd").alias("to_s")
        )
        .with_columns(_is_plain().alias(PLAIN))
    )


def _as_text(name: str, kind: pl.DataType | None) -> pl.Expr:
    if kind is None:
        return pl.lit(None, pl.String)
    if isinstance(kind, pl.Datetime):
        moment = pl.col(name)
        moment = moment.dt.convert_time_zone("UTC") if kind.time_zone else moment
        return moment.dt.strftime("%Y-%m-%d %H:%M:%S%.9f")
    return pl.col(name).cast(pl.String)


def odd_rows(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Rows for the reference, as texts."""
    return frame.filter(~pl.col(PLAIN))


def grouped(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Sums of the plain rows, in ascending order of what they share."""
    keyed = frame.filter(pl.col(PLAIN)).with_columns(
        *_spans(),
        _category().alias("category"),
        *(_present(name).alias(name) for name in _TEXTS if name not in _WORDS),
        *(_decisive(name).alias(name) for name in _WORDS),
        _is_present("ConsumedQuantity").alias("has_quantity"),
        pl.col("EffectiveCost").cast(_AMOUNT).alias("cost"),
        pl.when(_is_present("ConsumedQuantity"))
        .then(pl.col("ConsumedQuantity"))
        .otherwise(pl.lit("0"))
        .cast(_AMOUNT)
        .alias("quantity"),
    )
    signed = keyed.with_columns(
        ((pl.col("cost") < 0) | (pl.col("quantity") < 0)).alias("negative"),
        (pl.col("cost") == 0).alias("free"),
    ).with_columns(
        (pl.col("negative").cast(pl.Int8) + 2 * pl.col("free").cast(pl.Int8)).alias("sign")
    )
    sums = signed.group_by(*_KEYS).agg(
        pl.col("cost").sum(), pl.col("quantity").sum(), pl.len().alias("rows")
    )
    # Threads hand groups out in an order of their own.
    return sums.sort(*_KEYS)


def groups_of(rows: Iterator[dict[str, Any]]) -> Iterator[Group]:
    """The sums as charges."""
    for row in rows:
        words = (row[name] for name in _WORDS)
        charge = Charge(
            row["start_s"] * SECOND_NS,
            row["end_s"] * SECOND_NS,
            row["category"],
            _exact(row["cost"]),
            row["BillingCurrency"],
            _exact(row["quantity"]) if row["has_quantity"] else None,
            (row["ConsumedUnit"] or "").strip(),
            " ".join(word.strip() for word in words if word),
            subject_of(row),
        )
        yield Group(charge, row["rows"])


def _exact(value: Decimal) -> Exact:
    return simplest(Fraction(value))


def _is_present(name: str) -> pl.Expr:
    return pl.col(name).is_not_null() & ~pl.col(name).is_in(_ABSENT)


def _present(name: str) -> pl.Expr:
    return pl.when(_is_present(name)).then(pl.col(name)).otherwise(pl.lit(None, pl.String))


def _decisive(name: str) -> pl.Expr:
    """A word that tells what was consumed; dropped where the unit leaves nothing to tell."""
    counted = pl.col("ConsumedUnit").str.contains(_COUNTED_UNIT).fill_null(value=False)
    return (
        pl.when(counted & _is_present(name)).then(pl.col(name)).otherwise(pl.lit(None, pl.String))
    )


def _category() -> pl.Expr:
    return pl.col("ChargeCategory").str.to_lowercase()


def _seconds(name: str) -> pl.Expr:
    """Seconds of a plain time; null for every other."""
    text = pl.col(name)
    is_plain = text.str.contains(_PLAIN_TIME)
    parsed = text.str.slice(0, 19).str.replace("T", " ", literal=True)
    moment = parsed.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False).dt.epoch("s")
    return pl.when(is_plain).then(moment)


def _is_plain() -> pl.Expr:
    start, end = pl.col("from_s"), pl.col("to_s")
    tests = (
        start.is_not_null(),
        end.is_not_null(),
        end > start,
        pl.col("EffectiveCost").str.contains(_PLAIN_AMOUNT),
        ~_is_present("ConsumedQuantity") | pl.col("ConsumedQuantity").str.contains(_PLAIN_AMOUNT),
        pl.col("BillingCurrency").str.contains("^[A-Z]{3}$"),
        _category().is_in(sorted(CATEGORIES)),
    )
    return pl.all_horizontal(test.fill_null(value=False) for test in tests)


def _spans() -> tuple[pl.Expr, pl.Expr]:
    """Start and end in seconds; a period inside one day becomes that day."""
    start, end = pl.col("from_s"), pl.col("to_s")
    midnight = start // DAY_S * DAY_S
    inside = end <= midnight + DAY_S
    return (
        pl.when(inside).then(midnight).otherwise(start).alias("start_s"),
        pl.when(inside).then(midnight + DAY_S).otherwise(end).alias("end_s"),
    )
