"""How a recording was read before: by rules over a frame, then as quotes, then as columns again.

A yardstick for `scripts/bench index`, kept as it was; nothing else uses it. It refuses a whole file
for one bad line, and knows neither exponents nor quoted headers.
"""

import csv
import gzip
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from oracle.quotes.columns import Coded, Columns
from oracle.quotes.history import History
from oracle.quotes.quote import Quote, Tier
from oracle.sources.errors import SourceMalformed
from oracle.sources.recorded import COLUMNS, FURTHER
from oracle.sources.venue import Classification, UnknownVenue, Venues

_PRICES: Final = ("price_usd_per_gpu_hour", "price_min", "price_max")
_COUNTS: Final = ("gpu_memory_gb", "gpu_count", "n_offers", "term_months")
_WORDS: Final = ("provider", "gpu_model", "source")
# What an integer of 64 bits holds with room to spare, and no digit beyond the eighth decimal.
_PRICE: Final = r"^-?[0-9]{1,9}(\.[0-9]{1,8}0*)?$"
_COUNT: Final = r"^[0-9]{0,9}$"
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
_TIME_SHAPE: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"


def history_before(path: Path, venues: Venues) -> History:
    """The history of a recording, as nodes read it: rows, columns, quotes, columns."""
    return History.of(_quotes(path, venues))


def _quotes(path: Path, venues: Venues) -> tuple[Quote, ...]:
    return tuple(_recorded_columns(_read_recorded(path), path.name, venues).quotes())


def _read_recorded(path: Path) -> pl.DataFrame:
    packed = path.read_bytes()
    plain = gzip.decompress(packed) if packed[:2] == b"\x1f\x8b" else packed
    text = plain.decode("utf-8")
    return _recorded_rows(path.name, _raw(path.name, text))


def _recorded_rows(name: str, raw: pl.DataFrame) -> pl.DataFrame:
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


def _recorded_columns(frame: pl.DataFrame, name: str, venues: Venues) -> Columns:
    """The quotes of a recording's rows, typed by `recorded_frame`.

    Raises SourceMalformed, naming the line, for a provider that the venue table does not list.
    """
    pairs = frame.select("provider", "source").unique(maintain_order=True).with_row_index("code")
    classes = [_class(frame, name, pair, venues) for _, *pair in pairs.iter_rows()]
    codes = frame.join(pairs, on=["provider", "source"], how="left", maintain_order="left")["code"]
    pair = Coded(codes.cast(pl.Int32).to_numpy(), tuple(range(len(classes))))
    return Columns(
        observed_at=frame["observed_at"].to_numpy(),
        provider=_coded(frame["provider"]),
        gpu_model=_coded(frame["gpu_model"]),
        variant=_coded(frame["variant"]),
        gpu_memory_gb=_coded(frame["gpu_memory_gb"]),
        gpu_count=_coded(frame["gpu_count"]),
        # The lowest offer of the line, not the median over them: on 2026-03-07 the recording went
        # from listing every offer to listing the best one, and only the lowest means the same on
        # both sides of that day.
        price8=frame["price_min"].to_numpy(),
        tier=_coded(frame["lease_type"], Tier),
        region=_coded(frame["region"]),
        source=_coded(frame["source"]),
        cadence=pair.mapped(lambda code: classes[code].cadence),
        firmness=pair.mapped(lambda code: classes[code].firmness),
        terms=pair.mapped(lambda code: classes[code].terms),
        n_offers=frame["n_offers"].to_numpy(),
        flags=_coded(frame["flags"], _flags),
    )


def _flags(text: str) -> tuple[str, ...]:
    return tuple(sorted(filter(None, text.split("|"))))


def _class(frame: pl.DataFrame, name: str, pair: Sequence[str], venues: Venues) -> Classification:
    try:
        return venues.classify(*pair)
    except UnknownVenue as error:
        first = frame.filter(provider=pair[0], source=pair[1])["line"].to_list()[0]
        raise SourceMalformed(name, f"line {first}", str(error)) from error


def _coded(series: pl.Series, parse: Callable[[Any], Any] = lambda word: word) -> Coded:
    """A column of values that are parsed once each."""
    stated = series.unique().to_list()
    if not stated:
        return Coded(np.empty(0, np.int32), ())
    places = {value: place for place, value in enumerate(stated)}
    codes = series.replace_strict(places, return_dtype=pl.Int32)
    return Coded(codes.to_numpy(), tuple(stated)).mapped(parse)
