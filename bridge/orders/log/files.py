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
_CUT_OFF: Final = "The file is not whole: get the rest of it, a log's by `pargrade relay log FILE`."


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
        yield from read_records(path, Entry.from_json)


def read_records(path: Path, decode: Callable[[Any], T]) -> Iterator[T]:
    """Records of a file with a JSON object a line. Raises UnreadableFile."""
    for _, record in read_lines(path, decode):
        yield record


def read_lines(
    path: Path, decode: Callable[[Any], T], *, cut_off: bool = False
) -> Iterator[tuple[int, T]]:
    """Records of a file with a JSON object a line, each with the bytes it takes.

    A last line without its end is passed over if `cut_off`. Raises UnreadableFile.
    """
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(_MOST_LINE):
                number += 1
                is_cut_off = not line.endswith(b"\n") and len(line) < _MOST_LINE
                if is_cut_off and cut_off:
                    return
                try:
                    yield len(line), _decode(path, number, line, decode)
                except UnreadableFile:
                    if not is_cut_off:
                        raise
                    raise UnreadableFile(path, f"line {number} is cut off", _CUT_OFF) from None
    except OSError as failure:
        raise UnreadableFile(path, failure.strerror or "unreadable", BadEntry.hint) from None


def _decode(path: Path, number: int, line: bytes, decode: Callable[[Any], T]) -> T:
    try:
        return decode(json.loads(line))
    except PargradeError as bad:
        raise UnreadableFile(path, f"line {number}: {bad}", bad.hint) from None
    except (ValueError, RecursionError):
        raise UnreadableFile(path, f"line {number} is no JSON", BadEntry.hint) from None
