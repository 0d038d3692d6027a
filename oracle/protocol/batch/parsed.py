"""What was read of bytes that come again and again: bounded by the memory that it takes."""

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class Parsed(Generic[T]):
    """Results by the bytes they were read from; the one unused for longest goes first.

    `functools.lru_cache` counts entries, and one entry can be a thousand times another. Safe to
    share between threads.
    """

    def __init__(self, most: int) -> None:
        """`most` is in bytes of memory, as whoever keeps something states them."""
        self.takes = 0
        self._most = most
        self._kept: OrderedDict[bytes, tuple[T, int]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, raw: bytes) -> T | None:
        """What was read of some bytes, if that is here."""
        with self._lock:
            kept = self._kept.get(raw)
            if kept is None:
                return None
            self._kept.move_to_end(raw)
            return kept[0]

    def keep(self, raw: bytes, result: T, takes: int) -> None:
        """Keep a result that takes so many bytes beside those it was read from."""
        takes += len(raw)
        with self._lock:
            if raw in self._kept:
                return
            self._kept[raw] = result, takes
            self.takes += takes
            while self.takes > self._most:
                _, (_, freed) = self._kept.popitem(last=False)
                self.takes -= freed
