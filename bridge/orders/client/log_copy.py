"""A relay's log copied into a file, checked link by link as it comes.

Each entry's head is a hash of all before it. So what is in the file is one log, and what comes next
either continues it or is another: then nothing is written, and the file is left as the evidence
that it is. An interrupted copy goes on where the file ends; of a line that was cut off, before it.
"""

import json
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from bridge.orders.client.client import RelayClient, RelayRefused
from bridge.orders.event.entry import GENESIS, BadEntry, Entry, head_after
from bridge.orders.log.files import read_lines
from pargrade.errors import PargradeError

PAGE: Final = 1_000
"""Entries of one answer: some 2 MB."""
_MOST_WAITS: Final = 120
_WAIT_S: Final = 1.0


class OtherContinuation(PargradeError):
    """A relay whose log does not continue the one in a file."""

    hint = (
        "Keep the file: with a receipt over one of its heads it proves that the relay changed its "
        "log. Copy the relay's log of now into another."
    )

    def __init__(self, path: Path, why: str) -> None:
        self.path = path
        super().__init__(f"{path} is not continued by this relay's log: {why}")


class UnwritableLog(PargradeError):
    """A file that a log cannot be copied into."""

    hint = "Name a file in a folder that exists, on a disk that has room."

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")


@dataclass(frozen=True, slots=True)
class CopiedLog:
    """What a file has of a log."""

    entries: int
    new: int
    """Of them, those that were copied now."""
    head: bytes


@dataclass(slots=True)
class _Copy:
    path: Path
    last: Entry | None = None
    """The newest entry that is in the file."""
    end: int = 0
    """Bytes of the file up to its end."""

    @property
    def place(self) -> int:
        """Of the entry that comes next."""
        return 0 if self.last is None else self.last.sequence + 1

    def follow(self, entry: Entry) -> None:
        """Takes the entry that comes next. Raises BadEntry where it is another."""
        last = GENESIS if self.last is None else self.last.head
        head = head_after(last, entry.sequence, entry.time, entry.body, entry.outcome)
        if (entry.sequence, entry.head) != (self.place, head):
            raise BadEntry(f"entry {self.place} does not follow the head before it")
        self.last = entry


def copy_log(
    path: Path,
    relay: RelayClient,
    note: Callable[[int], None] = lambda _: None,
    pause: Callable[[float], None] = time.sleep,
) -> CopiedLog:
    """Writes a relay's log into a file, or what is new of it behind what the file has.

    `note` is called with the count of entries after each answer; `pause` waits where the relay
    says that it was asked too fast. Raises RelayDown, RelayRefused, UnreadableFile,
    OtherContinuation, UnwritableLog.
    """
    copy = _read_copy(path)
    before = copy.place
    _require_same(copy, relay, pause)
    try:
        with path.open("r+b" if path.exists() else "xb") as file:
            file.truncate(copy.end)
            file.seek(copy.end)
            while _append(file, copy, _ask(relay, copy.place, PAGE, pause)):
                note(copy.place)
            os.fsync(file.fileno())
    except OSError as failure:
        raise UnwritableLog(path, failure.strerror or "a failed write") from None
    head = GENESIS if copy.last is None else copy.last.head
    return CopiedLog(copy.place, copy.place - before, head)


def _read_copy(path: Path) -> _Copy:
    """What a file has already. Raises UnreadableFile."""
    copy = _Copy(path)
    if not path.exists():
        return copy

    def decode(raw: object) -> Entry:
        entry = Entry.from_json(raw)
        copy.follow(entry)
        return entry

    for size, _ in read_lines(path, decode, cut_off=True):
        copy.end += size
    return copy


def _require_same(copy: _Copy, relay: RelayClient, pause: Callable[[float], None]) -> None:
    """Raises OtherContinuation where the relay has another entry in place of the last one."""
    if copy.last is None:
        return
    found = _ask(relay, copy.last.sequence, 1, pause)
    if not found:
        raise OtherContinuation(copy.path, f"it ends before entry {copy.last.sequence}")
    if found[0] != copy.last:
        raise OtherContinuation(copy.path, f"its entry {copy.last.sequence} is another")


def _append(file: BinaryIO, copy: _Copy, entries: Iterable[Entry]) -> bool:
    """Writes entries, all or none of them. Whether there may be more."""
    lines, count, reached = list[bytes](), 0, copy.last
    try:
        for entry in entries:
            copy.follow(entry)
            lines.append(json.dumps(entry.to_json()).encode() + b"\n")
            count += 1
    except BadEntry as bad:
        copy.last = reached
        raise OtherContinuation(copy.path, bad.why) from None
    file.write(b"".join(lines))
    file.flush()
    return count == PAGE


def _ask(relay: RelayClient, first: int, most: int, pause: Callable[[float], None]) -> list[Entry]:
    for _ in range(_MOST_WAITS):
        try:
            return relay.entries(first, most)
        except RelayRefused as refused:
            if refused.title != "TooFast":
                raise
        pause(_WAIT_S)
    return relay.entries(first, most)
