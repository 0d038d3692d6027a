"""Histories in files, read by Polars: whole, or one span of time after the other.

A file is a recording (CSV, gzipped or plain, in the columns of the sample that ships) or Parquet
with the fields of Quote. Polars reads Parquet and plain CSV in pieces and keeps only the rows of
the span; the text of a gzipped file is unpacked whole, so a history beyond memory is kept as
Parquet.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from oracle.quotes.columns import Columns
from oracle.sources.errors import SourceDown, SourceMalformed
from oracle.sources.frames import recorded_columns, stored_columns, stored_frame
from oracle.sources.recorded import COLUMNS, instant, instant_text, recorded_rows
from oracle.sources.venue import Venues

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
        found = self.span()
        return None if found is None else found[0]

    def span(self) -> tuple[int, int] | None:
        """When the earliest and the latest quote were observed; None when there is none."""
        seen = pl.col(_SEEN)
        found = self._collect(self._lazy().select(seen.min().alias("a"), seen.max().alias("b")))
        first, last = found.row(0)
        if first is None or last is None:
            return None
        return (instant(first), instant(last)) if isinstance(first, str) else (first, last)

    def read(self) -> Columns:
        """All quotes, as they stand. Raises SourceDown, SourceMalformed."""
        return self._columns(self._lazy())

    def between(self, after: int, until: int) -> Columns:
        """Quotes observed later than `after` and not later than `until`, unix seconds.

        Raises SourceDown, SourceMalformed.
        """
        seen = pl.col(_SEEN)
        # Of times in one notation the text has their order, so only rows that stay are parsed.
        low, high = (after, until) if self._parquet else map(instant_text, (after, until))
        return self._columns(self._lazy().filter((seen > low) & (seen <= high)))

    def _lazy(self) -> pl.LazyFrame:
        if self._parquet:
            return pl.scan_parquet(self.path)
        text = pl.scan_csv(self.path, infer_schema=False, row_index_name="line", row_index_offset=2)
        return text.select("line", *COLUMNS).fill_null("")

    def _collect(self, lazy: pl.LazyFrame) -> pl.DataFrame:
        try:
            return lazy.collect(engine="streaming")
        except OSError as error:
            raise SourceDown(self.path.name, error.strerror or str(error)) from error
        except pl.exceptions.PolarsError as error:
            raise SourceMalformed(self.path.name, "its rows", str(error)) from error

    def _columns(self, lazy: pl.LazyFrame) -> Columns:
        name, frame = self.path.name, self._collect(lazy)
        if not self._parquet:
            return recorded_columns(recorded_rows(name, frame), name, self.venues)
        try:
            return stored_columns(frame)
        except (ValueError, pl.exceptions.PolarsError) as error:
            raise SourceMalformed(name, "its rows", str(error)) from error


def write_parquet(columns: Columns, path: Path) -> None:
    """Quotes as Parquet, in canonical order, in groups of rows that a span of time can skip.

    Raises Unstorable for a price beyond 62 bits.
    """
    stored_frame(columns).write_parquet(path, row_group_size=_ROW_GROUP)
