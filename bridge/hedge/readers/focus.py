"""FOCUS 1.0 to 1.2: usage of a table of any size, from a lazy frame.

A row equal to another in every column is counted once: a file appended to itself must not double a
bill. Rows of a frame are numbered from 1 below the header.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import polars as pl

from bridge.hedge.readers.collector import Collector
from bridge.hedge.readers.focus_columns import FORM, require_focus
from bridge.hedge.readers.focus_frame import (
    ROW,
    Group,
    grouped,
    groups_of,
    odd_rows,
    prepared,
)
from bridge.hedge.readers.focus_row import charge_note, charge_usages
from bridge.hedge.readers.focus_text import finished, row_usages
from bridge.hedge.readers.repeated_rows import repeated_rows
from bridge.hedge.readers.usage import Flaw, RefusedRow, Workload


class Damage(NamedTuple):
    """Rows of a frame that do not count, by their numbers from 1."""

    repeated: Sequence[int]
    """Equal to an earlier row."""
    short: Sequence[int] = ()
    """With fewer fields than there are columns."""
    cut: int | None = None
    """The last row, when it may be cut in a column that is used."""
    height: int | None = None
    """Rows of the frame, where they are known."""

    def refusals(self) -> Iterator[RefusedRow]:
        """Each row once, by its first reason."""
        reasons = [(row, Flaw.DUPLICATE, "equal to an earlier row") for row in self.repeated]
        reasons += [(row, Flaw.MALFORMED, "fewer fields than columns") for row in self.short]
        if self.cut is not None:
            reasons.append((self.cut, Flaw.CUT_OFF, "no line end after it"))
        first = {row: (reason, why) for row, reason, why in reversed(reasons)}
        return (
            RefusedRow(f"row {row}", reason, why) for row, (reason, why) in sorted(first.items())
        )

    @property
    def rows(self) -> list[int]:
        """All of them, each once."""
        cut = () if self.cut is None else (self.cut,)
        return sorted({*self.repeated, *self.short, *cut})


def read_focus_frame(frame: pl.LazyFrame, damage: Damage | None = None) -> Workload:
    """Usage of a frame whose columns are text or numbers. Raises MissingColumns.

    Without `damage`, repeated rows are looked for in the columns, which takes longer than the rest.
    """
    schema = frame.collect_schema()
    require_focus(schema.names())
    known = damage or Damage(repeated_rows(frame))
    found = Collector(FORM)
    found.refused += known.refusals()
    numbered = prepared(frame, schema)
    kept = numbered.filter(~pl.col(ROW).is_in(known.rows)) if known.rows else numbered
    sums = grouped(kept).collect(engine="streaming")
    for group in groups_of(sums.iter_rows(named=True)):
        _add_group(group, found)
    if known.height is not None and sums["rows"].sum() == known.height - len(known.rows):
        return finished(found)  # No row is left for the reference: a pass over the file is saved.
    odd = odd_rows(kept).collect(engine="streaming")
    for record in odd.iter_rows(named=True):
        found.read_row(f"row {record[ROW]}", record, lambda row: row_usages(row, found))
    return finished(found)


def _add_group(group: Group, found: Collector) -> None:
    note = charge_note(group.charge)
    if note:
        found.note(note, group.rows)
    found.usages += charge_usages(group.charge)
