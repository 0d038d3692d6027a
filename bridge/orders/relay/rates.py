"""How much one asker may do: a bucket of tokens that fills with time."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from pargrade.errors import PargradeError

_MOST_ASKERS: Final = 100_000
"""Buckets in memory; the one asked for longest ago goes first, and comes back full."""


class TooFast(PargradeError):
    """An asker whose bucket is empty."""

    hint = "Wait, and send orders in batches: a batch takes a token for each order."

    def __init__(self, asker: str, wait_s: float) -> None:
        self.asker = asker
        self.wait_s = wait_s
        super().__init__(f"{asker} asks too fast; there is room again in {wait_s:.2f} s")


class Rates:
    """A bucket for each asker. Safe to share between threads."""

    def __init__(
        self, per_second: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, asker: str, tokens: float = 1) -> None:
        """Takes tokens, all or none. Raises TooFast."""
        with self._lock:
            now = self._clock()
            left, since = self._buckets.get(asker, (self._burst, now))
            left = min(self._burst, left + (now - since) * self._per_second)
            missing = tokens > left
            self._keep(asker, left if missing else left - tokens, now)
        if missing:
            raise TooFast(asker, (min(tokens, self._burst) - left) / self._per_second)

    def _keep(self, asker: str, left: float, now: float) -> None:
        self._buckets[asker] = (left, now)
        self._buckets.move_to_end(asker)
        if len(self._buckets) > _MOST_ASKERS:
            self._buckets.popitem(last=False)
