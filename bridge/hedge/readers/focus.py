"""FOCUS 1.0 to 1.2: usage of a table of any size, from a lazy frame or from rows.

A row equal to another in every column is counted once: a file appended to itself must not double a
bill. Rows of a frame are numbered from 1 below the header.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import polars as pl

from bridge.hedge.readers.collector import Collector
from bridge.hedge.readers.csv_rows import CsvRow, as_record, open_table, require_whole
from bridge.hedge.readers.focus_columns import FORM, USED, require_focus
from bridge.hedge.readers.focus_frame import (
    ROW,
    Group,
    grouped,
    groups_of,
    odd_rows,
    prepared,
)
from bridge.hedge.readers.focus_row import charge_note, charge_usages, parse_charge
from bridge.hedge.readers.usage import Measure, Reading, Reason, Refusal, Usage

_SEEDS: Final = (11, 12)


def read_focus_frame(frame: pl.LazyFrame, *, cut_row: bool = False) -> Reading:
    """Usage of a frame whose columns are text or numbers. Raises MissingColumns.

    `cut_row` says that the last row may be cut in a column that is used: it is refused.
    """
    schema = frame.collect_schema()
    require_focus(schema.names())
    found = Collector(FORM)
    numbered = prepared(frame, schema)
    repeated, rows = _repeated_rows(frame, schema)
    last = rows if cut_row else 0
    if last:
        found.refused.append(Refusal(f"row {last}", Reason.CUT_OFF, "no line end after it"))
    for row in repeated:
        found.refused.append(Refusal(f"row {row}", Reason.DUPLICATE, "equal to an earlier row"))
    skipped = [*repeated, *([last] if last else [])]
    kept = numbered.filter(~pl.col(ROW).is_in(skipped)) if skipped else numbered
    sums = grouped(kept).collect(engine="streaming")
    for group in groups_of(sums.iter_rows(named=True)):
        _add_group(group, found)
    odd = odd_rows(kept).collect(engine="streaming")
    for record in odd.iter_rows(named=True):
        found.read_row(f"row {record[ROW]}", record, lambda row: _row_usages(row, found))
    return _finished(found)


def read_focus_text(text: str) -> Reading:
    """Usage of a CSV whose rows do not all have the header's shape, row by row.

    Raises Unreadable and its kinds.
    """
    table = open_table(text)
    require_focus(table.columns)
    found = Collector(FORM)

    def usages(row: CsvRow) -> Iterator[Usage]:
        record = as_record(row, table.columns)
        require_whole(row, table.columns, USED)
        found.require_new(row.fields, "equal to an earlier row")
        return _row_usages(record, found)

    for row in table.rows:
        found.read_row(f"line {row.line}", row, usages)
    return _finished(found)


def _row_usages(record: Mapping[str, str | None], found: Collector) -> Iterator[Usage]:
    charge = parse_charge(record)
    note = charge_note(charge)
    if note:
        found.note(note)
    return charge_usages(charge)


def _add_group(group: Group, found: Collector) -> None:
    note = charge_note(group.charge)
    if note:
        found.note(note, group.rows)
    found.usages += charge_usages(group.charge)


def _finished(found: Collector) -> Reading:
    measures = {usage.measure for usage in found.usages}
    tokens = {Measure.PROMPT_TOKENS, Measure.COMPLETION_TOKENS, Measure.TOKENS}
    if Measure.REQUESTS in measures and measures.isdisjoint(tokens):
        found.note("requests are counted and tokens are not in the file")
    return found.reading()


def _repeated_rows(frame: pl.LazyFrame, schema: pl.Schema) -> tuple[Sequence[int], int]:
    """Numbers of the rows that are equal to an earlier one, by two hashes of 64 bits; all rows."""
    flat = [name for name, kind in schema.items() if not kind.is_nested()]
    every = pl.struct(*flat)
    hashes = frame.select(*(every.hash(seed).alias(f"h{seed}") for seed in _SEEDS))
    pairs = hashes.collect(engine="streaming")
    first = pairs.select(pl.struct(pl.all()).is_first_distinct().alias("first"))["first"]
    return [int(position) + 1 for position in np.flatnonzero(~first.to_numpy())], pairs.height
