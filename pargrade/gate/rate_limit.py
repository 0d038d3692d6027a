"""A token bucket with the same integer arithmetic as BucketLib.

Times are in seconds. The level is in steps times seconds of the period, so a second refills a whole
number and filling rounds nothing.
"""

from dataclasses import dataclass, replace
from typing import Final, Self

from pargrade.clock import DAY_S

PERIOD: Final = DAY_S
"""Seconds from empty to full."""

MOST_CAPACITY: Final = 2**96 - 1


@dataclass(frozen=True, slots=True)
class Bucket:
    """At most `capacity` steps; it holds `level / PERIOD` steps at time `updated_at`."""

    capacity: int
    level: int
    updated_at: int

    @classmethod
    def full(cls, capacity: int, now: int) -> Self:
        """A full bucket."""
        return cls(capacity, capacity * PERIOD, now)

    def refilled(self, now: int) -> Self:
        """The bucket at a later time; an earlier time changes nothing."""
        if now <= self.updated_at:
            return self
        level = min(self.capacity * PERIOD, self.level + self.capacity * (now - self.updated_at))
        return replace(self, level=level, updated_at=now)

    def budget(self, now: int) -> int:
        """Whole steps that may be taken: rounded down, in favour of the limit."""
        return self.refilled(now).level // PERIOD

    def take(self, amount: int, now: int) -> Self | None:
        """The bucket less `amount` steps; None when it holds fewer."""
        later = self.refilled(now)
        left = later.level - amount * PERIOD
        return replace(later, level=left) if left >= 0 else None

    def resized(self, capacity: int, now: int) -> Self:
        """The bucket with another capacity; its level stays, up to that capacity."""
        later = self.refilled(now)
        return replace(later, capacity=capacity, level=min(later.level, capacity * PERIOD))
