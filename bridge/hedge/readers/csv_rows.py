"""Rows of a CSV file, with what a spreadsheet or a cut transfer did to it."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Final, NamedTuple

from bridge.hedge.readers.errors import RepeatedColumn, Unreadable
from bridge.hedge.readers.usage import Flaw, Refused, shorten

_MOST_COLUMNS: Final = 2_000
csv.field_size_limit(1 << 24)


class CsvRow(NamedTuple):
    """One row below the header."""

    line: int
    """The line it ends on, counted from 1."""
    fields: tuple[str, ...]
    is_cut: bool
    """The last row, when the file ends without a line end: its last field may be cut."""


class CsvTable(NamedTuple):
    """Column names and the rows below them."""

    columns: tuple[str, ...]
    rows: Iterator[CsvRow]


def decode_text(raw: bytes) -> str:
    """UTF-8 text, with or without a byte order mark. Raises Unreadable."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        raise Unreadable(f"not UTF-8 at byte {failure.start}") from None
    if "\0" in text:
        raise Unreadable("a zero byte in a text file")
    return text


def open_table(text: str) -> CsvTable:
    """Header and rows. Raises Unreadable for a broken quote wherever it stands, RepeatedColumn."""
    lines = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        header = next(lines, None)
    except csv.Error as failure:
        raise Unreadable(f"line 1: {failure}") from None
    if header is None:
        raise Unreadable("the file is empty")
    columns = tuple(name.strip() for name in header[:_MOST_COLUMNS])
    for position, name in enumerate(columns):
        if name and name in columns[:position]:
            raise RepeatedColumn(name)
    return CsvTable(columns, _rows(lines, ends_open=not text.endswith(("\n", "\r"))))


def as_record(row: CsvRow, columns: tuple[str, ...]) -> dict[str, str]:
    """The row by column name. Raises Refused for another number of fields."""
    if len(row.fields) != len(columns):
        reason = Flaw.CUT_OFF if row.is_cut else Flaw.MALFORMED
        evidence = f"{len(row.fields)} fields under {len(columns)} columns"
        raise Refused(reason, evidence)
    return dict(zip(columns, row.fields, strict=True))


def require_whole(row: CsvRow, columns: tuple[str, ...], used: frozenset[str]) -> None:
    """Refuse the last row when the field that a cut would have shortened is a used one."""
    if row.is_cut and columns[-1] in used:
        evidence = f"no line end after {shorten(row.fields[-1])}"
        raise Refused(Flaw.CUT_OFF, evidence)


def _rows(lines: Iterator[list[str]], *, ends_open: bool) -> Iterator[CsvRow]:
    previous: tuple[int, list[str]] | None = None
    try:
        for fields in lines:
            if previous is not None:
                yield CsvRow(previous[0], tuple(previous[1]), is_cut=False)
            # A blank line is no row; csv gives it as an empty list.
            previous = (lines.line_num, fields) if fields else None  # type: ignore[attr-defined]
    except csv.Error as failure:
        raise Unreadable(f"line {lines.line_num}: {failure}") from None  # type: ignore[attr-defined]
    if previous is not None:
        yield CsvRow(previous[0], tuple(previous[1]), is_cut=ends_open)
