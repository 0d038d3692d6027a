"""The time a node goes by: the machine's, or on a development network the chain's."""

import threading
import time
from collections.abc import Callable
from typing import Protocol

_LEAST_S = 0.001


class MemberClock(Protocol):
    """Unix seconds."""

    def now(self) -> float:
        """What time it is."""
        ...

    def note_head(self, timestamp: int) -> None:
        """The newest block has a time, unix seconds."""
        ...


class MachineClock:
    """The machine's clock. That others' may be off costs time and no safety."""

    def now(self) -> float:
        """What time it is."""
        return time.time()

    def note_head(self, timestamp: int) -> None:
        """Nothing: blocks tell this clock no time."""


class ChainClock:
    """The newest block's time, which goes on from there, but not into a slot that no block is in.

    On a development network time is moved, or stands still between two blocks.
    """

    def __init__(self, grid_s: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._grid_s = grid_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._head = 0
        self._seen_at = monotonic()

    def now(self) -> float:
        """The head's time and what has passed since it was seen; 0 before the first block."""
        with self._lock:
            passed = self._monotonic() - self._seen_at
            end = self._head - self._head % self._grid_s + self._grid_s
            return min(self._head + passed, end - _LEAST_S) if self._head else 0.0

    def note_head(self, timestamp: int) -> None:
        """A block: an older one than is known changes nothing."""
        with self._lock:
            if timestamp > self._head:
                self._head, self._seen_at = timestamp, self._monotonic()
