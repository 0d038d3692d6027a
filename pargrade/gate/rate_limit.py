"""The bucket of a route with the same integer arithmetic as BucketLib.

One bucket serves both directions: what arrives takes from it, what leaves fills it, and with time
it goes back to its middle. Times are in seconds. The level is in 1 / UNITS of a step, so a second
moves a whole number of units and time rounds nothing.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

from pargrade.clock import DAY_S

PERIOD: Final = DAY_S
"""Seconds from an edge to the middle."""

UNITS: Final = 3 * PERIOD
"""Units of the level in a step."""

PARTS: Final = 12
"""What waits goes on in parts of at least a twelfth of the capacity."""

MOST_CAPACITY: Final = 2**96 - 1


class Way(IntEnum):
    """The directions of a gate, as IRouteLimits numbers them."""

    OUT = 0
    IN = 1


@dataclass(frozen=True, slots=True)
class Bucket:
    """Within a period at most `capacity` steps go one way net of the other.

    `level` is what may arrive at `updated_at`, in units; two thirds of the capacity less that may
    leave.
    """

    capacity: int
    level: int
    updated_at: int

    @classmethod
    def rested(cls, capacity: int, now: int) -> Self:
        """A bucket at rest: a third of the capacity may go either way."""
        return cls(capacity, capacity * PERIOD, now)

    def settled(self, now: int) -> Self:
        """The bucket at a later time, nearer to its middle; an earlier time changes nothing."""
        if now <= self.updated_at:
            return self
        level, middle = self.level, self.capacity * PERIOD
        if level != middle:
            moved = self.capacity * (now - self.updated_at)
            level = min(middle, level + moved) if level < middle else max(middle, level - moved)
        return type(self)(self.capacity, level, now)

    @property
    def least_part(self) -> int:
        """Steps of the least part in which a waiting transfer goes on."""
        return max(self.capacity // PARTS, 1)

    def budget(self, way: Way, now: int) -> int:
        """Whole steps that may go now: rounded down, in favour of the limit."""
        return self.settled(now)._room(way) // UNITS

    def take(self, way: Way, amount: int, now: int) -> Self | None:
        """The bucket after `amount` steps went one way; None when the budget is smaller."""
        later = self.settled(now)
        needed = amount * UNITS
        if later._room(way) < needed:
            return None
        level = later.level + (needed if way is Way.OUT else -needed)
        return type(self)(later.capacity, level, later.updated_at)

    def resized(self, capacity: int, now: int) -> Self:
        """The bucket with another capacity, as full as before, rounded down; empty from nothing."""
        later = self.settled(now)
        level = later.level * capacity // self.capacity if self.capacity else 0
        return type(self)(capacity, level, later.updated_at)

    def part(self, way: Way, amount: int, now: int) -> int:
        """Steps of a waiting transfer that go on now: all, at least a twelfth, or 0."""
        fits = min(self.budget(way, now), amount)
        return fits if fits >= min(self.least_part, amount) else 0

    def wait(self, way: Way, amount: int, now: int) -> int | None:
        """Seconds until `amount` steps fit if nothing else crosses; None when time alone never
        brings so much. Rounded up."""
        later = self.settled(now)
        missing = amount * UNITS - later._room(way)
        if missing <= 0:
            return 0
        gain = max(0, self.capacity * PERIOD - later._room(way))
        return -(-missing // self.capacity) if missing <= gain else None

    def _room(self, way: Way) -> int:
        """Units that may still go one way."""
        return 2 * self.capacity * PERIOD - self.level if way is Way.OUT else self.level
