"""Logs, receipts and fills from files: as the API gave them, or the relay's own database."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

from bridge.orders.event.entry import BadEntry, Entry
from bridge.orders.log.store import LogStore
from pargrade.database import sqlite_file
from pargrade.errors import PargradeError

T = TypeVar("T")

_SQLITE: Final = b"SQLite format 3\0"
_MOST_LINE: Final = 1 << 20
"""Bytes of a line: a roll against two hundred orders takes 25 kB."""


class UnreadableFile(PargradeError):
    """A file that is not there, or a line of it that is no record."""

    def __init__(self, path: Path, why: str, hint: str) -> None:
        self.path = path
        self.why = why
        self.hint = hint
        super().__init__(f"{path}: {why}")


def read_log(place: str) -> Iterator[Entry]:
    """Entries of a published log, or of a relay's database: a file, or the URL it is written by.

    Raises UnreadableFile, DatabaseDown.
    """
    if "://" in place:
        yield from LogStore(place, writes=False).read()
        return
    path = Path(place)
    try:
        with path.open("rb") as file:
            is_database = file.read(len(_SQLITE)) == _SQLITE
    except OSError as failure:
        raise UnreadableFile(path, failure.strerror or "unreadable", BadEntry.hint) from None
    if is_database:
        yield from LogStore(sqlite_file(path), writes=False).read()
    else:
        yield from read_lines(path, Entry.from_json)


def read_lines(path: Path, decode: Callable[[Any], T]) -> Iterator[T]:
    """Records of a file with a JSON object a line. Raises UnreadableFile."""
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(_MOST_LINE):
                number += 1
                yield _decode(path, number, line, decode)
    except OSError as failure:
        raise UnreadableFile(path, failure.strerror or "unreadable", BadEntry.hint) from None


def _decode(path: Path, number: int, line: bytes, decode: Callable[[Any], T]) -> T:
    try:
        return decode(json.loads(line))
    except PargradeError as bad:
        raise UnreadableFile(path, f"line {number}: {bad}", bad.hint) from None
    except (ValueError, RecursionError):
        raise UnreadableFile(path, f"line {number} is no JSON", BadEntry.hint) from None
