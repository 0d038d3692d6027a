"""Which log lines are written and which are only counted.

A line is written when it is new. When it comes again it is counted, and the count is written after
a minute, then after two, four and so on, up to an hour.
"""

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

L = TypeVar("L")

_FIRST_PAUSE_S: Final = 60.0
_LONGEST_PAUSE_S: Final = 3_600.0

_REMEMBERED_S: Final = 6 * 3_600.0
"""A line that has not come for so long is new again."""

_MOST_OF_A_KIND: Final = 8
"""Different lines of one kind that are remembered; all further ones are counted as one line."""

_SWEEP_S: Final = 1.0
"""Between two looks for counts to write."""


@dataclass(frozen=True, slots=True)
class Repeated(Generic[L]):
    """A count to write."""

    line: L
    """The newest of the lines that were counted."""
    times: int
    seconds: float
    """Since this line or its last count was written."""


@dataclass(slots=True)
class _Known(Generic[L]):
    kind: Hashable
    line: L
    written: float
    seen: float
    pause_s: float = _FIRST_PAUSE_S
    times: int = 0


class RepeatCounter(Generic[L]):
    """Counts lines. Times are of a monotonic clock, in seconds. For one thread at a time."""

    def __init__(self) -> None:
        self._known: dict[Hashable, _Known[L]] = {}
        self._of_kind: Counter[Hashable] = Counter()
        self._swept = float("-inf")

    def admit(self, kind: Hashable, text: str, line: L, now: float) -> bool:
        """Whether a line is new and has to be written; otherwise it has been counted.

        Lines with one kind and one text are the same line, whatever else is in them.
        """
        key: Hashable = (kind, text)
        if key not in self._known and self._of_kind[kind] >= _MOST_OF_A_KIND:
            key = kind
        known = self._known.get(key)
        if known is None:
            self._known[key] = _Known(kind, line, now, now)
            self._of_kind[kind] += 1
            return True
        known.line, known.seen = line, now
        known.times += 1
        return False

    def take_due(self, now: float) -> list[Repeated[L]]:
        """The counts whose time has come; each starts again at zero."""
        if now - self._swept < _SWEEP_S:
            return []
        self._swept = now
        self._forget(now)
        due = [
            known
            for known in self._known.values()
            if known.times and now - known.written >= known.pause_s
        ]
        return [_take(known, now) for known in due]

    def take_all(self, now: float) -> list[Repeated[L]]:
        """All counts, for a process that ends."""
        return [_take(known, now) for known in self._known.values() if known.times]

    def _forget(self, now: float) -> None:
        old = [
            key
            for key, known in self._known.items()
            if not known.times and now - known.seen > _REMEMBERED_S
        ]
        for key in old:
            self._of_kind[self._known.pop(key).kind] -= 1


def _take(known: _Known[L], now: float) -> Repeated[L]:
    repeated = Repeated(known.line, known.times, now - known.written)
    known.written, known.times = now, 0
    known.pause_s = min(2 * known.pause_s, _LONGEST_PAUSE_S)
    return repeated
