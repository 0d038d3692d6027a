"""Quotes recorded earlier, in the columns of the sample that ships. One line, one quote."""

import csv
import gzip
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import polars as pl

from oracle.quotes.quote import Quote, Tier
from oracle.sources.errors import SourceDown, SourceMalformed
from oracle.sources.frames import recorded_columns
from oracle.sources.venue import Venues
from pargrade.clock import DAY_S
from pargrade.units import Price

COLUMNS: Final = (
    "observed_at",
    "provider",
    "gpu_model",
    "variant",
    "gpu_memory_gb",
    "gpu_count",
    "price_usd_per_gpu_hour",
    "price_min",
    "lease_type",
    "region",
    "n_offers",
    "source",
    "flags",
)
FURTHER: Final = ("price_max", "term_months", "availability")
"""Columns that a history may have besides. No index reads them; whoever studies it may."""

_PRICES: Final = ("price_usd_per_gpu_hour", "price_min", "price_max")
_COUNTS: Final = ("gpu_memory_gb", "gpu_count", "n_offers", "term_months")
_WORDS: Final = ("provider", "gpu_model", "source")
# What an integer of 64 bits holds with room to spare, and no digit beyond the eighth decimal.
_PRICE: Final = r"^-?[0-9]{1,9}(\.[0-9]{1,8}0*)?$"
_COUNT: Final = r"^[0-9]{0,9}$"
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
_TIME_SHAPE: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"


def load_recorded(path: Path, venues: Venues) -> tuple[Quote, ...]:
    """Every quote of a recording, gzipped or plain, in the order of the file.

    Raises SourceDown when the file cannot be read; SourceMalformed, naming the line, for a missing
    column, a field that does not parse, and a provider that the venue table does not list.
    """
    return tuple(recorded_columns(read_recorded(path), path.name, venues).quotes())


def parse_recorded(name: str, text: str, venues: Venues) -> tuple[Quote, ...]:
    """The quotes in a recording's text; see load_recorded."""
    return tuple(recorded_columns(recorded_frame(name, text), name, venues).quotes())


def read_recorded(path: Path) -> pl.DataFrame:
    """A recording as a frame, a row per line; see recorded_frame, and load_recorded for errors."""
    try:
        packed = path.read_bytes()
    except OSError as error:
        raise SourceDown(path.name, error.strerror or str(error)) from error
    try:
        plain = gzip.decompress(packed) if packed[:2] == b"\x1f\x8b" else packed
        text = plain.decode("utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise SourceMalformed(path.name, "the whole file", str(error)) from error
    return recorded_frame(path.name, text)


def recorded_frame(name: str, text: str) -> pl.DataFrame:
    """A recording's text as a frame; see recorded_rows."""
    return recorded_rows(name, _raw(name, text))


def recorded_rows(name: str, raw: pl.DataFrame) -> pl.DataFrame:
    """Rows of a recording, as text and with the `line` of each, with their columns typed.

    Times are unix seconds and prices integers of 8 decimals. A count that is not recorded is 0, one
    offer where their number is not recorded, a price_max that is not recorded null. Raises
    SourceMalformed, naming the line, for a field that does not parse.
    """
    raw = raw.with_columns(
        pl.lit("").alias(column) for column in FURTHER if column not in raw.columns
    )
    _require(name, raw)
    return raw.select(
        "line",
        pl.col("observed_at").str.to_datetime(_TIME).dt.epoch("s"),
        "provider",
        "gpu_model",
        "variant",
        *(_count(column, 1 if column == "n_offers" else 0) for column in _COUNTS),
        *(_price8(column) for column in _PRICES),
        "lease_type",
        "region",
        "availability",
        "source",
        "flags",
    )


def _raw(name: str, text: str) -> pl.DataFrame:
    header = text.partition("\n")[0].rstrip("\r").split(",")
    missing = set(COLUMNS) - set(header)
    if missing:
        raise SourceMalformed(name, "line 1", f"no column {', '.join(sorted(missing))}")
    _require_whole_lines(name, text, len(header))
    try:
        table = pl.read_csv(
            text.encode(), infer_schema=False, row_index_name="line", row_index_offset=2
        )
        return table.fill_null("")
    except pl.exceptions.PolarsError as error:
        raise SourceMalformed(name, "the whole file", str(error)) from error


def _require_whole_lines(name: str, text: str, columns: int) -> None:
    """The table reader fills what is missing at the end of a line; half a line is no quote."""
    for number, line in enumerate(text.split("\n"), start=1):
        # Lines with quotes are few enough to read them twice.
        fields = len(next(csv.reader([line]))) if '"' in line else line.count(",") + 1
        if fields != columns and line.rstrip("\r"):
            raise SourceMalformed(name, f"line {number}", "not as many fields as columns")


def _require(name: str, raw: pl.DataFrame) -> None:
    """Find the first line with a field that does not parse."""
    time = pl.col("observed_at")
    sound = {
        "observed_at": time.str.contains(_TIME_SHAPE)
        & time.str.to_datetime(_TIME, strict=False).is_not_null(),
        "lease_type": pl.col("lease_type").is_in([tier.value for tier in Tier]),
        **{column: pl.col(column).str.contains(_COUNT) for column in _COUNTS},
        **{column: pl.col(column).str.contains(_PRICE) for column in _PRICES},
        **{column: pl.col(column) != "" for column in _WORDS},
    }
    sound["price_max"] = sound["price_max"] | (pl.col("price_max") == "")
    flawed = raw.select("line", *(~rule.alias(column) for column, rule in sound.items()))
    found = flawed.filter(pl.any_horizontal(*sound)).head(1)
    if found.is_empty():
        return
    line = found["line"].item()
    column = next(column for column in sound if found[column].item())
    value = raw.filter(line=line)[column].item()
    raise SourceMalformed(name, f"line {line}", f"{column} is {value[:60]!r}")


def _count(column: str, otherwise: int) -> pl.Expr:
    text = pl.col(column)
    return (
        pl.when(text == "")
        .then(pl.lit(str(otherwise)))
        .otherwise(text)
        .cast(pl.Int64)
        .alias(column)
    )


def _price8(column: str) -> pl.Expr:
    """Digit by digit: no float ever stands between the text and the integer."""
    text = pl.col(column)
    whole = text.str.extract(r"^(-?[0-9]+)")
    part = text.str.extract(r"\.([0-9]{1,8})").fill_null("").str.pad_end(8, "0")
    return (whole + part).cast(pl.Int64).alias(column)


def append_recorded(path: Path, quotes: Iterable[Quote]) -> None:
    """Adds quotes to a recording, plain and not gzipped; makes it with its header when missing."""
    fresh = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        if fresh:
            writer.writeheader()
        writer.writerows(_row(quote) for quote in quotes)


def _row(quote: Quote) -> dict[str, object]:
    price = Price(quote.price8).text()
    return {
        "observed_at": instant_text(quote.observed_at),
        "provider": quote.provider,
        "gpu_model": quote.gpu_model,
        "variant": quote.variant,
        "gpu_memory_gb": quote.gpu_memory_gb,
        "gpu_count": quote.gpu_count,
        "price_usd_per_gpu_hour": price,
        "price_min": price,
        "lease_type": quote.tier.value,
        "region": quote.region,
        "n_offers": quote.n_offers,
        "source": quote.source,
        "flags": "|".join(quote.flags),
    }


def instant(text: str) -> int:
    """Unix seconds of an ISO 8601 time in UTC, such as 2026-03-01T21:00:04Z."""
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    # Integer arithmetic: datetime.timestamp() is a float.
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return since.days * DAY_S + since.seconds


def instant_text(seconds: int) -> str:
    """The time of unix seconds in ISO 8601; see instant."""
    return f"{datetime.fromtimestamp(seconds, UTC):{_TIME}}"
