"""Time averages of one index: the accumulators and midnight checkpoints of SpotIndex.

A round's value holds from its slot to the next round, for at most `hold` seconds (heartbeat +
grace). Nothing is interpolated and no value holds backwards, so a late round never changes the
past. Value time is the integral of the value over covered time (8 decimals x seconds). Covered time
is in seconds. An average between two UTC midnights follows from two checkpoints, and no round with
a slot after the window's end can change it.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from pargrade.clock import DAY_S
from pargrade.errors import PargradeError
from pargrade.units import SETTLEMENT_STEP, Price, Rounding, divide

LONG_GAP: Final = DAY_S
"""A gap of more seconds is long; the first rung of settlement refuses a window with one."""

_STILL_OPEN: Final = 2**40
"""The end of a gap that no round has closed yet; later than any slot."""


class SlotNotRising(PargradeError):
    """A round at or before the last one."""

    hint = "Feed the rounds of one index in the order the chain recorded them."

    def __init__(self, slot: int, last: int) -> None:
        self.slot = slot
        self.last = last
        super().__init__(f"slot {slot} does not come after {last}")


class NotMidnight(PargradeError):
    """A window edge that is not a UTC midnight."""

    hint = "Windows run from one UTC midnight to a later one."

    def __init__(self, time: int) -> None:
        self.time = time
        super().__init__(f"{time} is not a UTC midnight")


class BadWindow(PargradeError):
    """A window that ends before it starts, or an excluded part outside it."""

    hint = "Take start < end, and the excluded part between them."

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end
        super().__init__(f"[{start}, {end}) is not a usable interval")


class NoCheckpoint(PargradeError):
    """A midnight at or before the first round of the index."""

    hint = "Choose a window that starts after the first round of the index."

    def __init__(self, time: int) -> None:
        self.time = time
        super().__init__(f"no round of the index lies before {time}")


class NothingCovered(PargradeError):
    """A window without covered time, which has no average."""

    hint = "Without coverage the series is delivered; wait for that rung."

    def __init__(self, span: int) -> None:
        self.span = span
        super().__init__(f"no time of the {span} s window is covered by a round")


class Carried(NamedTuple):
    """Accumulators at a time after a round. `uncovered` seconds right before it have no value."""

    value_time: int
    covered_time: int
    uncovered: int


@dataclass(frozen=True, slots=True)
class Round:
    """A value and the accumulators up to its slot. `gaps` counts the long gaps ended by then."""

    slot: int
    value: Price
    value_time: int = 0
    covered_time: int = 0
    gaps: int = 0

    def carry(self, time: int, hold: int) -> Carried:
        """The accumulators at `time`, which is not before the slot."""
        held = min(time - self.slot, hold)
        return Carried(
            self.value_time + self.value * held,
            self.covered_time + held,
            time - self.slot - held,
        )


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Accumulators at a midnight, from the last round before it.

    `uncovered_before`: seconds midnight had been uncovered when it struck.
    `uncovered_after`: seconds without cover between it and the first round at or after it.
    """

    value_time: int
    covered_time: int
    gaps: int
    uncovered_before: int
    uncovered_after: int


@dataclass(frozen=True, slots=True)
class Window:
    """The accumulated time and value of an index over `span` seconds."""

    value_time: int
    covered_time: int
    span: int
    long_gap: bool

    def price(self) -> Price:
        """Value time over covered time, half-even to 0.0001 USD, or NothingCovered."""
        if self.covered_time == 0:
            raise NothingCovered(self.span)
        step = int(SETTLEMENT_STEP)
        steps = divide(self.value_time, self.covered_time * step, Rounding.HALF_EVEN)
        return Price(steps * step)

    def covers(self, bps: int) -> bool:
        """True when at least `bps` ten-thousandths of the window are covered."""
        return self.covered_time * 10_000 >= bps * self.span


def land(last: Round | None, slot: int, value: Price, hold: int) -> Round:
    """The round of a value after `last`. Time before the first round is not counted.

    Raises SlotNotRising.
    """
    if last is None:
        return Round(slot, value)
    if slot <= last.slot:
        raise SlotNotRising(slot, last.slot)
    value_time, covered_time, uncovered = last.carry(slot, hold)
    return Round(slot, value, value_time, covered_time, last.gaps + (uncovered > LONG_GAP))


def accumulate(values: Iterable[tuple[int, Price]], hold: int) -> tuple[Round, ...]:
    """The rounds of one index from its (slot, value) pairs in rising order of slot."""
    rounds: list[Round] = []
    for slot, value in values:
        rounds.append(land(rounds[-1] if rounds else None, slot, value, hold))
    return tuple(rounds)


def checkpoint_at(rounds: Sequence[Round], midnight: int, hold: int) -> Checkpoint:
    """The checkpoint of a midnight after the first round.

    With no round after the midnight yet, this is what the chain computes once the midnight is
    final: a gap that is open there stays open. Raises NotMidnight, NoCheckpoint.
    """
    if midnight % DAY_S:
        raise NotMidnight(midnight)
    after = bisect_left(rounds, midnight, key=lambda r: r.slot)
    if after == 0:
        raise NoCheckpoint(midnight)
    last = rounds[after - 1]
    until = rounds[after].slot if after < len(rounds) else _STILL_OPEN
    value_time, covered_time, uncovered = last.carry(midnight, hold)
    uncovered_after = min(until - midnight, last.carry(until, hold).uncovered)
    return Checkpoint(value_time, covered_time, last.gaps, uncovered, uncovered_after)


def window(
    rounds: Sequence[Round],
    start: int,
    end: int,
    hold: int,
    excluded: tuple[int, int] | None = None,
) -> Window:
    """The window [start, end), less one excluded part between midnights.

    The span keeps its length, so the excluded part counts as not covered; it is not a gap. Raises
    BadWindow, NotMidnight, NoCheckpoint.
    """
    if excluded is None:
        a, b = checkpoint_at(rounds, start, hold), checkpoint_at(rounds, end, hold)
        return _window_between(a, b, start, end)
    first, last = excluded
    if not start <= first < last <= end:
        raise BadWindow(first, last)
    parts = [window(rounds, a, b, hold) for a, b in ((start, first), (last, end)) if a != b]
    return Window(
        sum(part.value_time for part in parts),
        sum(part.covered_time for part in parts),
        end - start,
        any(part.long_gap for part in parts),
    )


def _window_between(a: Checkpoint, b: Checkpoint, start: int, end: int) -> Window:
    if start >= end:
        raise BadWindow(start, end)
    span = end - start
    # `gaps` counts the gaps that have ended. A gap open at the start counts only for its part in
    # the window, and a gap still open at the end is not in `gaps` yet.
    long_gaps = b.gaps - a.gaps
    long_gaps -= a.uncovered_before + a.uncovered_after > LONG_GAP
    long_gaps += min(a.uncovered_after, span) > LONG_GAP
    long_gaps += min(b.uncovered_before, span) > LONG_GAP
    return Window(b.value_time - a.value_time, b.covered_time - a.covered_time, span, long_gaps > 0)
