"""Quotes of months that are over, as Parquet: written once, whole or not at all, and never changed.

    quotes/month=2026-03/visits-17-942.parquet     the quotes of these visits, in canonical order

Which files there are and what is in them is stated by the table `cold` of the store; a file that
it does not name was never finished, and is not read. A file that is not the one that was written is
damage, since the quotes of its visits are nowhere else.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np

from oracle.quotes.columns import Columns
from pargrade.database import DatabaseDamaged

FOLDER: Final = "quotes"


@dataclass(frozen=True, slots=True)
class ColdPart:
    """One file, as the table states it."""

    name: str
    """Path below FOLDER."""
    first: int
    last: int
    """Ids of the visits in it, both ends included."""
    quotes: int
    seen_from: int
    seen_until: int
    """When its first and its last quote were observed, unix seconds."""
    sha256: str


class ColdStore:
    """The files below a node's data folder."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER

    def write(self, name: str, visits: Sequence[int], columns: Columns) -> ColdPart:
        """Writes quotes and the visit of each, on disk for certain when this returns.

        Raises OSError.
        """
        import polars as pl

        from oracle.sources.frames import stored_frame

        order = columns.order()
        of_row = np.array(visits, np.int64)[order]
        frame = stored_frame(columns.take(order, ordered=True))
        final = self._folder / name
        fresh = final.with_name(f".new-{final.name}")
        final.parent.mkdir(parents=True, exist_ok=True)
        frame.with_columns(pl.Series("visit", of_row)).write_parquet(fresh)
        content = sha256(fresh.read_bytes()).hexdigest()
        _sync(fresh)
        fresh.replace(final)
        for folder in (final.parent, self._folder, self._folder.parent):
            _sync(folder)
        return ColdPart(
            name=name,
            first=min(visits),
            last=max(visits),
            quotes=len(columns),
            seen_from=int(columns.observed_at.min()),
            seen_until=int(columns.observed_at.max()),
            sha256=content,
        )

    def read(self, part: ColdPart, after: int, since: int) -> Columns:
        """The quotes of visits later than `after`, observed later than `since`, unix seconds.

        Raises DatabaseDamaged when the file is missing or another one.
        """
        import polars as pl

        from oracle.sources.frames import stored_columns

        path = self._folder / part.name
        try:
            content = path.read_bytes()
        except OSError as failure:
            raise DatabaseDamaged(str(path), failure.strerror or str(failure)) from None
        if sha256(content).hexdigest() != part.sha256:
            raise DatabaseDamaged(str(path), "it is not the file that was written")
        frame = pl.read_parquet(content)
        kept = frame.filter((pl.col("visit") > after) & (pl.col("observed_at") > since))
        return stored_columns(kept)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
