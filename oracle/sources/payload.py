"""Bytes a venue sent, as rows of plain values. Nothing here knows what a price is.

JSON numbers with a point or an exponent stay text, and so does every field of a table: as floats
they would lose the digits the venue sent.
"""

import csv
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, NoReturn, Protocol

import polars as pl

from oracle.sources.errors import SourceMalformed
from oracle.sources.feed import Feed, FeedKind
from oracle.sources.number import JsonNumber
from pargrade.canonical import require_shallow

_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_MOST_ROWS: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: the whole of it for what it says about itself, and its rows."""

    document: Any
    rows: tuple[Any, ...]


class UnreadableRow(NamedTuple):
    """Stands for a line of a table that is no row of it."""

    reason: str


def read_page(body: bytes, feed: Feed, source: str, most_bytes: int, member: str = "") -> Page:
    """The rows in an answer. Raises SourceMalformed for another shape than the feed's.

    Packed answers are read up to `most_bytes`; `member` names the file inside a catalogue's zip.
    """
    try:
        if feed.kind is FeedKind.GPUHUNT:
            return _csv_page(_unzipped(body, member, most_bytes), feed)
        if feed.kind is FeedKind.CSV:
            return _csv_page(_unpacked(body, feed, most_bytes), feed)
        return _parquet_page(body) if feed.kind is FeedKind.PARQUET else _json_page(body, feed)
    except (
        ValueError,
        LookupError,
        TypeError,
        EOFError,
        OSError,
        csv.Error,
        zlib.error,
        zipfile.BadZipFile,
        # What zipfile says of a packing it does not know, and of a member with a password.
        RuntimeError,
        pl.exceptions.PolarsError,
    ) as error:
        reason = str(error) or type(error).__name__
        raise SourceMalformed(source, "the whole answer", reason) from error


def value_at(value: Any, path: str) -> Any:
    """What stands at a path. Raises KeyError with the path where nothing does."""
    found = value
    for step in path.split(".") if path else ():
        try:
            found = found[int(step)] if isinstance(found, list) else _member(found, step)
        except (LookupError, ValueError, TypeError):
            raise KeyError(path) from None
    return found


def has(value: Any, path: str) -> bool:
    """Whether anything but null stands at a path."""
    try:
        return value_at(value, path) is not None
    except KeyError:
        return False


def _member(found: Any, step: str) -> Any:
    if not isinstance(found, Mapping):
        raise TypeError
    return found[step]


def _json_page(body: bytes, feed: Feed) -> Page:
    require_shallow(body)
    text = body.decode("utf-8-sig")
    document = json.loads(text, parse_float=JsonNumber, parse_constant=_refuse)
    if feed.kind is FeedKind.GRAPHQL and isinstance(document, Mapping) and document.get("errors"):
        raise ValueError(f"the query failed: {str(document['errors'])[:200]}")
    values = feed.rows.endswith("*")
    rows = value_at(document, feed.rows.removesuffix("*").rstrip("."))
    if values and isinstance(rows, Mapping):
        rows = list(rows.values())
    if not isinstance(rows, list):
        raise TypeError(f"no list of rows at {feed.rows or 'the top'}")
    if feed.row_count and value_at(document, feed.row_count) != len(rows):
        raise ValueError(f"{feed.row_count} is not the number of rows, which is {len(rows)}")
    return Page(document, tuple(rows))


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number")


def _csv_page(text: str, feed: Feed) -> Page:
    text = text.removeprefix("\ufeff")
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=feed.separator, strict=True)
    columns = feed.columns or tuple(next(lines, ()))
    if not columns or len(set(columns)) != len(columns):
        raise ValueError("no header, or a column twice")
    rows = tuple(_records(lines, columns))
    last = rows[-1] if rows else None
    if isinstance(last, UnreadableRow) and not text.endswith("\n"):
        raise ValueError(f"ends within a line: {last.reason}")
    return Page(None, rows)


class _Lines(Protocol):
    """A reader of the standard library's csv."""

    line_num: int

    def __next__(self) -> list[str]: ...


def _records(lines: _Lines, columns: tuple[str, ...]) -> Iterator[dict[str, str] | UnreadableRow]:
    while True:
        before = lines.line_num
        try:
            line = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            if lines.line_num > before + 1:
                raise ValueError(f"line {before + 1} swallows the next ones: {error}") from error
            yield UnreadableRow(f"line {lines.line_num}: {error}")
            continue
        if line and len(line) != len(columns):
            yield UnreadableRow(f"line {lines.line_num} has {len(line)} fields, not {len(columns)}")
        elif line:
            yield dict(zip(columns, line, strict=True))


def _parquet_page(body: bytes) -> Page:
    table = pl.scan_parquet(io.BytesIO(body))
    # A column of one value takes no room in the file: rows are counted before they are read.
    rows = table.select(pl.len()).collect().item()
    if rows > _MOST_ROWS:
        raise ValueError(f"has {rows} rows, more than {_MOST_ROWS}")
    text = table.select(pl.all().cast(pl.String)).collect().fill_null("")
    return Page(None, tuple(text.iter_rows(named=True)))


def _unpacked(body: bytes, feed: Feed, most_bytes: int) -> str:
    if body.startswith(_ZSTD):
        if not feed.by_hand:
            raise ValueError("is packed in a way that cannot be bounded")
        # The table reader is the one library here that knows zstd; one column is the whole line.
        lines = pl.read_csv(
            body, has_header=False, separator="\x01", quote_char=None, infer_schema=False
        )
        return "\n".join(lines.to_series().fill_null("").to_list())
    if body.startswith(_GZIP):
        with gzip.open(io.BytesIO(body)) as packed:
            return _bounded(packed.read(most_bytes + 1), most_bytes)
    return body.decode("utf-8")


def _unzipped(body: bytes, member: str, most_bytes: int) -> str:
    with zipfile.ZipFile(io.BytesIO(body)) as archive, archive.open(member) as packed:
        return _bounded(packed.read(most_bytes + 1), most_bytes)


def _bounded(plain: bytes, most_bytes: int) -> str:
    if len(plain) > most_bytes:
        raise ValueError(f"unpacks to more than {most_bytes} bytes")
    return plain.decode("utf-8")
