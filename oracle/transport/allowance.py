"""A budget that fills with time."""

import time
from collections.abc import Callable

Clock = Callable[[], float]


class Allowance:
    """So much a second, and so much at once. For one thread at a time."""

    def __init__(self, per_s: float, burst: float, clock: Clock = time.monotonic) -> None:
        self._per_s = per_s
        self._burst = burst
        self._clock = clock
        self._left = burst
        self._since = clock()

    def has(self, amount: float = 1) -> bool:
        """Whether so much is left."""
        now = self._clock()
        self._left = min(self._burst, self._left + max(0.0, now - self._since) * self._per_s)
        self._since = now
        return amount <= self._left

    def spend(self, amount: float = 1) -> None:
        """Takes so much, or all there is."""
        self._left = max(0.0, self._left - amount)
