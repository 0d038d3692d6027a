"""A table of text in a file: every column as codes over the texts it holds. One line, one row.

A line is cut after its first field, and what follows is cut into fields once for every text it
has: the lines of a price list that does not change differ in their time only.
"""

import csv
import gzip
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from oracle.quotes.columns import Coded, Codes, Ints
from oracle.sources.errors import SourceDown, SourceMalformed
from oracle.sources.lines import coded, cut_lines

_BOM: Final = b"\xef\xbb\xbf"
_GZIP: Final = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Texts:
    """A column of text. Rows that are alike but for their first field share a member."""

    members: Codes
    """The member each row belongs to."""
    fields: Coded
    """The field of each member; an empty field is an empty text."""


@dataclass(frozen=True, slots=True)
class TextTable:
    """The rows of a file that have all their fields."""

    name: str
    lines: Ints
    """The line each row is on; the header is line 1."""
    columns: Mapping[str, Texts]
    flawed: Mapping[int, str]
    """Lines that are no row of this table, and why."""

    def texts(self, column: str) -> list[str]:
        """The field of every row in a column."""
        members, fields = self.columns[column].members, self.columns[column].fields
        return [fields.words[code] for code in fields.codes[members].tolist()]


def load_table(path: Path, required: Sequence[str], further: Sequence[str] = ()) -> TextTable:
    """The table in a file, gzipped or plain. Raises SourceDown, and what read_table raises."""
    try:
        packed = path.read_bytes()
    except OSError as error:
        raise SourceDown(path.name, error.strerror or str(error)) from error
    try:
        data = gzip.decompress(packed) if packed.startswith(_GZIP) else packed
    except (OSError, EOFError, zlib.error) as error:
        raise SourceMalformed(path.name, "the whole file", str(error)) from error
    return read_table(path.name, data, required, further)


def read_table(
    name: str, data: bytes, required: Sequence[str], further: Sequence[str] = ()
) -> TextTable:
    """The required columns of a table, and those of `further` that it has.

    Raises SourceMalformed for what is no such table: without its header, or cut within a line.
    """
    head, _, body = data.removeprefix(_BOM).partition(b"\n")
    header = _header(name, head, required)
    lines = cut_lines(body, len(header))
    if lines.ends_within:
        raise SourceMalformed(name, f"line {max(lines.flawed)}", "the file ends within this line")
    try:
        others = _fields(lines.rest.words, len(header) - 1)
    except pl.exceptions.PolarsError as error:
        raise SourceMalformed(name, "the whole file", str(error)) from error
    firsts = Coded.of([_unquoted(field) for field in lines.first.words])
    columns = {header[0]: Texts(lines.first.codes, firsts)}
    for column, fields in zip(header[1:], others, strict=True):
        columns[column] = Texts(lines.rest.codes, fields)
    wanted = {name: columns[name] for name in header if name in required or name in further}
    return TextTable(name, lines.numbers, wanted, lines.flawed)


def _header(name: str, head: bytes, required: Sequence[str]) -> list[str]:
    try:
        header = next(csv.reader([head.decode("utf-8").rstrip("\r")], strict=True), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise SourceMalformed(name, "line 1", str(error)) from error
    missing = sorted(set(required) - set(header))
    if missing:
        raise SourceMalformed(name, "line 1", f"no column {', '.join(missing)}")
    if len(set(header)) != len(header):
        raise SourceMalformed(name, "line 1", "a column twice")
    return header


def _fields(texts: Sequence[str], fields: int) -> list[Coded]:
    """The fields of texts that have so many each."""
    vocabulary = pl.Categories.random()
    text = pl.Categorical(vocabulary)
    frame = pl.read_csv(
        "\n".join(texts).encode(),
        has_header=False,
        schema={f"column_{place}": text for place in range(1, fields + 1)},
    )
    return coded(frame, vocabulary, "")


def _unquoted(field: str) -> str:
    return next(csv.reader([field], strict=True))[0] if '"' in field else field
