"""A token bucket: the arithmetic of BucketLib, integer for integer. Times are in seconds.

The level is counted in steps times seconds of the period, so that every whole second refills a
whole number: nothing is rounded while filling, however often anybody looks.
"""

from dataclasses import dataclass, replace
from typing import Final, Self

from pargrade.clock import DAY_S

PERIOD: Final = DAY_S
"""Seconds from empty to full."""

MOST_CAPACITY: Final = 2**96 - 1


@dataclass(frozen=True, slots=True)
class Bucket:
    """At most `capacity` steps; `level / PERIOD` of them are there at time `at`."""

    capacity: int
    level: int
    updated_at: int

    @classmethod
    def full(cls, capacity: int, now: int) -> Self:
        """A full bucket."""
        return cls(capacity, capacity * PERIOD, now)

    def refilled(self, now: int) -> Self:
        """The bucket at a later time; a time before its own counts as its own."""
        if now <= self.updated_at:
            return self
        level = min(self.capacity * PERIOD, self.level + self.capacity * (now - self.updated_at))
        return replace(self, level=level, updated_at=now)

    def budget(self, now: int) -> int:
        """Whole steps that may be taken: rounded down, in favour of the limit."""
        return self.refilled(now).level // PERIOD

    def take(self, amount: int, now: int) -> Self | None:
        """The bucket less `amount` steps; None when they are not there."""
        later = self.refilled(now)
        left = later.level - amount * PERIOD
        return replace(later, level=left) if left >= 0 else None

    def resized(self, capacity: int, now: int) -> Self:
        """The bucket with another capacity: what is in it stays, up to that capacity."""
        later = self.refilled(now)
        return replace(later, capacity=capacity, level=min(later.level, capacity * PERIOD))
