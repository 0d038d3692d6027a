"""One line of the log, and the hash that chains it to all before it."""

import hashlib
import struct
from dataclasses import dataclass
from typing import Any, Final, Self

from pargrade.errors import PargradeError

GENESIS: Final = bytes(32)
"""The head before the first entry."""

_PLACE: Final = struct.Struct(">QQII")
_TAG: Final = b"pargrade relay log 2\0"


class BadEntry(PargradeError):
    """A line that is no entry of a log."""

    hint = "Take the log as `pargrade relay log FILE` writes it: none left out or changed."

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"not an entry of a log: {why}")


@dataclass(frozen=True, slots=True)
class Entry:
    """An event, when it was taken, what came of it, and the head of the log after it."""

    sequence: int
    """From 0, without gaps."""
    time: int
    """Unix time in microseconds; never before the last entry's."""
    body: bytes
    """The event's bytes."""
    outcome: bytes
    """What an order came to; empty for other events."""
    head: bytes

    @classmethod
    def chained(cls, last: bytes, sequence: int, time: int, body: bytes, outcome: bytes) -> Self:
        """The entry that follows the head `last`."""
        return cls(sequence, time, body, outcome, head_after(last, sequence, time, body, outcome))

    def to_json(self) -> dict[str, Any]:
        """One line of the published log."""
        return {
            "sequence": self.sequence,
            "time": self.time,
            "body": "0x" + self.body.hex(),
            "outcome": "0x" + self.outcome.hex(),
            "head": "0x" + self.head.hex(),
        }

    @classmethod
    def from_json(cls, raw: Any) -> Self:
        """From a line of the published log. Raises BadEntry."""
        names = {"sequence", "time", "body", "outcome", "head"}
        if not isinstance(raw, dict) or raw.keys() != names:
            raise BadEntry(f"an entry has {', '.join(sorted(names))}")
        numbers = (raw["sequence"], raw["time"])
        if not all(type(number) is int and 0 <= number < 1 << 64 for number in numbers):
            raise BadEntry("sequence and time are unsigned integers")
        body, outcome, head = (_bytes(raw[name]) for name in ("body", "outcome", "head"))
        return cls(raw["sequence"], raw["time"], body, outcome, head)


def head_after(last: bytes, sequence: int, time: int, body: bytes, outcome: bytes) -> bytes:
    """SHA-256 of the last head, the place, and the bytes: ten times as fast as Keccak here."""
    place = _PLACE.pack(sequence, time, len(body), len(outcome))
    return hashlib.sha256(_TAG + last + place + body + outcome).digest()


def _bytes(value: object) -> bytes:
    if isinstance(value, str) and value.startswith("0x"):
        try:
            return bytes.fromhex(value[2:])
        except ValueError:
            pass
    raise BadEntry("bytes are 0x and hexadecimal")
