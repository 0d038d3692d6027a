"""Histories in files: whole, or one span of time after the other.

A file is a recording (CSV, gzipped or plain, in the columns of the sample that ships) or Parquet
with the fields of Quote. Polars reads Parquet in pieces and keeps only the rows of the span; a
recording is read whole, once, since only the whole file says whether too many of its lines are
unreadable. So a history beyond memory is kept as Parquet.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from oracle.quotes.columns import Columns
from oracle.sources.errors import SourceDown, SourceMalformed
from oracle.sources.frames import stored_columns, stored_frame
from oracle.sources.recorded import Recorded, load_recording
from oracle.sources.refused import RefusedPart
from oracle.sources.venue import Venues

_SEEN: Final = "observed_at"
_ROW_GROUP: Final = 100_000


@dataclass(frozen=True)
class Scan:
    """A history in a file, and the venue table that says what its providers are."""

    path: Path
    venues: Venues

    @property
    def refused(self) -> tuple[RefusedPart, ...]:
        """Lines that could not be read. Raises SourceDown, SourceMalformed."""
        return () if self._parquet else self._recorded.refused

    def begins(self) -> int | None:
        """When the earliest quote was observed, unix seconds; None when there is none."""
        found = self.span()
        return None if found is None else found[0]

    def span(self) -> tuple[int, int] | None:
        """When the earliest and the latest quote were observed; None when there is none."""
        if not self._parquet:
            times = self._recorded.columns.observed_at
            return (int(times.min()), int(times.max())) if len(times) else None
        seen = pl.col(_SEEN)
        found = self._collect(self._lazy().select(seen.min().alias("a"), seen.max().alias("b")))
        first, last = found.row(0)
        return None if first is None or last is None else (first, last)

    def read(self) -> Columns:
        """All quotes, as they stand. Raises SourceDown, SourceMalformed."""
        return self._stored(self._lazy()) if self._parquet else self._recorded.columns

    def between(self, after: int, until: int) -> Columns:
        """Quotes observed later than `after` and not later than `until`, unix seconds.

        Raises SourceDown, SourceMalformed.
        """
        if self._parquet:
            seen = pl.col(_SEEN)
            return self._stored(self._lazy().filter((seen > after) & (seen <= until)))
        columns = self._recorded.columns
        times = columns.observed_at
        return columns.take(np.flatnonzero((times > after) & (times <= until)))

    @property
    def _parquet(self) -> bool:
        return self.path.suffix == ".parquet"

    @cached_property
    def _recorded(self) -> Recorded:
        return load_recording(self.path, self.venues)

    def _lazy(self) -> pl.LazyFrame:
        return pl.scan_parquet(self.path)

    def _collect(self, lazy: pl.LazyFrame) -> pl.DataFrame:
        try:
            return lazy.collect(engine="streaming")
        except OSError as error:
            raise SourceDown(self.path.name, error.strerror or str(error)) from error
        except pl.exceptions.PolarsError as error:
            raise SourceMalformed(self.path.name, "its rows", str(error)) from error

    def _stored(self, lazy: pl.LazyFrame) -> Columns:
        try:
            return stored_columns(self._collect(lazy))
        except (ValueError, pl.exceptions.PolarsError) as error:
            raise SourceMalformed(self.path.name, "its rows", str(error)) from error


def write_parquet(columns: Columns, path: Path) -> None:
    """Quotes as Parquet, in canonical order, in groups of rows that a span of time can skip.

    Raises Unstorable for a price beyond 62 bits.
    """
    stored_frame(columns).write_parquet(path, row_group_size=_ROW_GROUP)
