"""When a committee has rounds, so that every index it reports keeps its own heartbeat."""

from collections.abc import Sequence
from typing import NamedTuple

from pargrade.bindings.structs import Timing


class Pace(NamedTuple):
    """Of the rounds that all indices of a report share."""

    heartbeat_s: int
    min_interval_s: int
    deviation_bps: int


def pace_of(timings: Sequence[Timing]) -> Pace:
    """The pace of a report of these indices, one or more.

    The least interval and deviation of all: an index that may not move yet is refused alone and
    moves with a later round. That round has to come before its heartbeat is over, so of an index
    with a longer interval than the least only what its interval leaves of its heartbeat counts.
    One that leaves less than the least interval is late by less than that.
    """
    least = min(each.min_interval for each in timings)
    longest = min(_longest(each, least) for each in timings)
    return Pace(max(longest, least), least, min(each.deviation_bps for each in timings))


def _longest(timing: Timing, least: int) -> int:
    """The longest pause between rounds with which an index keeps its heartbeat, seconds."""
    if timing.min_interval <= least:
        return timing.heartbeat
    grid = timing.grid
    first_slot = -(-timing.min_interval // grid) * grid
    # The round before may have come one slot too soon.
    return timing.heartbeat - (first_slot - grid)
