"""An entry of the hedger's log, chained to the one before it. Pure.

    hash = keccak256(canonical JSON of everything but the hash), with the hash before it inside

So an entry that is changed, left out, moved or put in breaks the chain from there on. An end that
is cut off does not: keep the head somewhere else, as CI keeps what `hedge apply` prints.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

from pargrade.canonical import FloatRefused, TooDeep, content_hash, read_json
from pargrade.errors import PargradeError

START: Final = "0x" + "00" * 32
"""Head of an empty log."""
_KEYS: Final = frozenset({"sequence", "time", "kind", "body", "previous", "hash"})


class BrokenLog(PargradeError):
    """A log that does not follow from its beginning."""

    hint = "Somebody changed the file: take it from a backup, and compare its head."

    def __init__(self, line: int, why: str) -> None:
        self.line = line
        super().__init__(f"line {line} of the log: {why}")


class Kind(StrEnum):
    """What an entry says."""

    INTENDED = "intended"
    """Orders were decided on; nothing was sent before this was on disk."""
    PLACED = "placed"
    """The relay has an order, with its receipt."""
    REFUSED = "refused"
    """The relay did not take an order."""
    FILLED = "filled"
    """The chain has lots of an order."""
    DECLINED = "declined"
    """A plan was not carried out, and why."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line."""

    sequence: int
    instant: int
    """Unix seconds."""
    kind: Kind
    body: dict[str, Any]
    previous: str
    hash: str

    @classmethod
    def after(cls, previous: "LogEntry | None", instant: int, kind: Kind, body: Any) -> Self:
        """The entry that follows another. Its time is never before the other's."""
        sequence = 1 if previous is None else previous.sequence + 1
        head = START if previous is None else previous.hash
        when = instant if previous is None else max(instant, previous.instant)
        hashed = "0x" + content_hash(_content(sequence, when, kind, body, head)).hex()
        return cls(sequence, when, kind, body, head, hashed)

    def to_line(self) -> str:
        """The line of the file, its end included."""
        content = _content(self.sequence, self.instant, self.kind, self.body, self.previous)
        return json.dumps({**content, "hash": self.hash}, sort_keys=True) + "\n"


def read_entries(lines: Iterable[str]) -> Iterator[LogEntry]:
    """Entries of a log's lines, each checked against the one before it. Raises BrokenLog."""
    last: LogEntry | None = None
    for number, line in enumerate(lines, 1):
        entry = _read_line(number, line)
        follows = LogEntry.after(last, entry.instant, entry.kind, entry.body)
        if last is not None and entry.instant < last.instant:
            raise BrokenLog(number, "its time is before the entry above")
        if entry != follows:
            raise BrokenLog(number, "it does not follow from the entry above")
        last = entry
        yield entry


def _read_line(number: int, line: str) -> LogEntry:
    try:
        raw = read_json(line)
    except (ValueError, FloatRefused, TooDeep, RecursionError):
        raise BrokenLog(number, "it is no JSON of ours") from None
    if not isinstance(raw, dict) or raw.keys() != _KEYS:
        raise BrokenLog(number, "it has other keys than an entry")
    numbers = (raw["sequence"], raw["time"])
    texts = (raw["previous"], raw["hash"])
    if not all(type(each) is int and 0 <= each < 1 << 63 for each in numbers):
        raise BrokenLog(number, "sequence and time are unsigned integers")
    if not all(isinstance(each, str) for each in texts) or not isinstance(raw["body"], dict):
        raise BrokenLog(number, "previous, hash or body has another type")
    if raw["kind"] not in set(Kind):
        raise BrokenLog(number, f"kind {str(raw['kind'])[:40]!r}")
    return LogEntry(*numbers, Kind(raw["kind"]), raw["body"], *texts)


def _content(sequence: int, instant: int, kind: str, body: Any, head: str) -> dict[str, Any]:
    return {
        "sequence": sequence,
        "time": instant,
        "kind": str(kind),
        "body": body,
        "previous": head,
    }
