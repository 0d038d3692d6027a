"""Histories in files, read by Polars: whole, or one span of time after the other.

A file is a recording (CSV, gzipped or plain, in the columns of the sample that ships) or Parquet
with the fields of Quote. Polars reads Parquet and plain CSV in pieces and keeps only the rows of
the span; the text of a gzipped file is unpacked whole, so a history beyond memory is kept as
Parquet.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from oracle.columns import FIELDS, PLAIN, Coded, Columns, without_giants
from oracle.quote import STORABLE, Tier, Unstorable
from oracle.sources.errors import SourceDown, SourceMalformed
from oracle.sources.recorded import COLUMNS
from oracle.venue import Cadence, Firmness, Terms, UnknownVenue, Venues
from pargrade.units import BadAmount, Price, TooPrecise

_SEEN: Final = "observed_at"
_ROW_GROUP: Final = 100_000


@dataclass(frozen=True, slots=True)
class Scan:
    """A history in a file, and the venue table that says what its providers are."""

    path: Path
    venues: Venues

    @property
    def _parquet(self) -> bool:
        return self.path.suffix == ".parquet"

    def begins(self) -> int | None:
        """When the earliest quote was observed, unix seconds; None when there is none."""
        return self._collect(self._lazy().select(pl.col(_SEEN).min())).item()  # type: ignore[no-any-return]

    def read(self) -> Columns:
        """All quotes, as they stand. Raises SourceDown, SourceMalformed."""
        return self._columns(self._lazy())

    def between(self, after: int, until: int) -> Columns:
        """Quotes observed later than `after` and not later than `until`, unix seconds.

        Raises SourceDown, SourceMalformed.
        """
        seen = pl.col(_SEEN)
        return self._columns(self._lazy().filter((seen > after) & (seen <= until)))

    def _lazy(self) -> pl.LazyFrame:
        if self._parquet:
            return pl.scan_parquet(self.path)
        text = pl.scan_csv(self.path, infer_schema=False)
        moment = pl.col(_SEEN).str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us", strict=True)
        return text.select(COLUMNS).fill_null("").with_columns(moment.dt.epoch("s"))

    def _collect(self, lazy: pl.LazyFrame) -> pl.DataFrame:
        try:
            return lazy.collect(engine="streaming")
        except OSError as error:
            raise SourceDown(self.path.name, error.strerror or str(error)) from error
        except pl.exceptions.PolarsError as error:
            raise SourceMalformed(self.path.name, "its rows", str(error)) from error

    def _columns(self, lazy: pl.LazyFrame) -> Columns:
        frame = self._collect(lazy)
        try:
            return _stored(frame) if self._parquet else _recorded(frame, self.venues)
        except (ValueError, TypeError, BadAmount, TooPrecise, UnknownVenue) as error:
            raise SourceMalformed(self.path.name, "its rows", str(error)) from error


def write_parquet(columns: Columns, path: Path) -> None:
    """Quotes as Parquet, in canonical order, in groups of rows that a span of time can skip.

    Flags are joined by `|` as in a recording. Raises Unstorable for a price beyond 62 bits.
    """
    if columns.giants:
        raise Unstorable(columns.giants[-1])
    ordered = columns.in_order()
    values: dict[str, pl.Series] = {}
    for name in FIELDS:
        column = getattr(ordered, name)
        if isinstance(column, Coded):
            words = ["|".join(w) if isinstance(w, tuple) else w for w in column.words]
            kind = pl.Int64 if words and isinstance(words[0], int) else pl.String
            values[name] = pl.Series(words, dtype=kind).gather(column.codes)
        else:
            values[name] = pl.Series(column)
    pl.DataFrame(values).write_parquet(path, row_group_size=_ROW_GROUP)


def _stored(frame: pl.DataFrame) -> Columns:
    kinds: dict[str, Callable[[Any], Any]] = {
        "tier": Tier,
        "cadence": Cadence,
        "firmness": Firmness,
        "terms": Terms,
        "flags": _flags,
    }
    columns: dict[str, Any] = {}
    for name in FIELDS:
        series = frame[name]
        if series.null_count():
            raise ValueError(f"{name} is missing in a row")
        if name not in PLAIN:
            columns[name] = _coded(series, kinds.get(name, lambda word: word))
            continue
        columns[name] = series.cast(pl.Int64).to_numpy()
        for extreme in (series.min(), series.max()):
            if isinstance(extreme, int) and not -STORABLE < extreme < STORABLE:
                raise Unstorable(extreme)
    return Columns(**columns)


def _recorded(frame: pl.DataFrame, venues: Venues) -> Columns:
    provider = _coded(frame["provider"], lambda slug: venues[slug].slug)
    offers = _coded(frame["n_offers"], lambda text: int(text or 1))
    prices = _coded(frame["price_min"], lambda text: int(Price.parse(text)))
    stored8, giants = without_giants(prices.words)
    if any(abs(count) >= STORABLE for count in offers.words):
        raise Unstorable(max(offers.words, key=abs))
    return Columns(
        observed_at=frame[_SEEN].to_numpy(),
        provider=provider,
        gpu_model=_coded(frame["gpu_model"], str),
        variant=_coded(frame["variant"], str),
        gpu_memory_gb=_coded(frame["gpu_memory_gb"], lambda text: int(text or 0)),
        gpu_count=_coded(frame["gpu_count"], lambda text: int(text or 0)),
        price8=Coded(prices.codes, tuple(stored8)).plain(),
        tier=_coded(frame["lease_type"], Tier),
        region=_coded(frame["region"], str),
        source=_coded(frame["source"], str),
        cadence=provider.mapped(lambda slug: venues[slug].cadence),
        firmness=provider.mapped(lambda slug: venues[slug].firmness),
        terms=provider.mapped(lambda slug: venues[slug].terms),
        n_offers=offers.plain(),
        flags=_coded(frame["flags"], _flags),
        giants=giants,
    )


def _flags(text: str) -> tuple[str, ...]:
    return tuple(sorted(filter(None, text.split("|"))))


def _coded(series: pl.Series, parse: Callable[[Any], Any]) -> Coded:
    """A column of values that are parsed once each."""
    stated = series.unique().to_list()
    places = {value: place for place, value in enumerate(stated)}
    codes = (
        series.replace_strict(places, return_dtype=pl.Int32) if stated else series.cast(pl.Int32)
    )
    return Coded(codes.to_numpy(), tuple(stated)).mapped(parse)
