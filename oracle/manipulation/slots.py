"""How far the choice of the times of rounds can move a time average of held values."""

from collections.abc import Sequence
from typing import NamedTuple

from oracle.quotes.weights import lower_median


class Timing(NamedTuple):
    """The rules for the times of rounds, in seconds."""

    step: int
    """The minimum interval between rounds."""
    hold: int
    """How long a value holds: heartbeat and grace."""


class RoundSchedule(NamedTuple):
    """A schedule of rounds and the value time it accumulates."""

    rounds: tuple[int, ...]
    """Positions in the values, ascending."""
    value_steps: int
    """Sum over rounds of the value times the steps until the next round. Divided by the number of
    steps it is the average."""


def choose_slots(values: Sequence[int], timing: Timing, *, highest: bool) -> RoundSchedule:
    """Find the schedule with the highest (or lowest) average that leaves no time uncovered.

    `values[i]` is the value of an honest quorum after i steps. The first round is at 0 and the last
    at len(values) - 1. The result is exact, by dynamic programming. It assumes a party that sends
    every round and knows all values in advance; on chain a slot is at most 15 minutes old.
    """
    longest = timing.hold // timing.step
    sign = 1 if highest else -1
    best: list[tuple[int, int]] = [(0, 0)]
    for end in range(1, len(values)):
        starts = range(max(0, end - longest), end)
        best.append(
            max((best[place][0] + sign * values[place] * (end - place), place) for place in starts)
        )
    rounds = [len(values) - 1]
    while rounds[-1] > 0:
        rounds.append(best[rounds[-1]][1])
    return RoundSchedule(tuple(reversed(rounds)), sign * best[-1][0])


def bound_withheld_mean(
    values: Sequence[int], timing: Timing, keep_bps: int, *, highest: bool
) -> tuple[int, int]:
    """Bound the average of schedules that may leave time uncovered; returns (sum, count).

    The value that holds at a step is at most the highest (at least the lowest) value within the
    hold before it. No schedule that covers `keep_bps` ten-thousandths of the steps, rounded up, can
    exceed the mean of the best of these, sum / count. The bound need not be reached.
    """
    longest = timing.hold // timing.step
    best = max if highest else min
    held = [best(values[max(0, place - longest + 1) : place + 1]) for place in range(len(values))]
    keep = -(-len(held) * keep_bps // 10_000)
    return sum(sorted(held, reverse=highest)[:keep]), keep


def honest_medians(values: Sequence[Sequence[int]]) -> list[int]:
    """The lower median of all reporters at every step, from one row of values per step."""
    return [lower_median(row) for row in values]
