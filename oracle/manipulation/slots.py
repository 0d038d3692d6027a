"""What choosing the times of rounds does to a time average that holds to the left."""

from collections.abc import Sequence
from typing import NamedTuple

from oracle.quotes.weights import lower_median


class Timing(NamedTuple):
    """The rules a chooser has to keep, in seconds."""

    step: int
    """Rounds are at least this far apart: the minimum interval, a multiple of the grid."""
    hold: int
    """A value holds this long: heartbeat and grace."""


class Chosen(NamedTuple):
    """A schedule of rounds, as positions in the values, and the value time it accumulates."""

    rounds: tuple[int, ...]
    value_steps: int
    """Sum over rounds of value times steps until the next; divided by all steps, the average."""


def choose_slots(values: Sequence[int], timing: Timing, *, highest: bool) -> Chosen:
    """The schedule with the highest (or lowest) average that leaves no time uncovered.

    `values[i]` is what an honest quorum says at i steps; the first round is at 0 and the last at
    the end, len(values) - 1. One chooser sends every round and knows all values beforehand, which
    is more than anybody could: on chain a slot is 15 minutes old at most. Exact, by dynamic
    programming over the steps.
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
    return Chosen(tuple(reversed(rounds)), sign * best[-1][0])


def withheld_mean(
    values: Sequence[int], timing: Timing, keep_bps: int, *, highest: bool
) -> tuple[int, int]:
    """Bound on an average when time may also be left uncovered, as (sum, count).

    What holds at a step is one of the values of the hold before it, so at most their highest (or
    lowest). The mean of the best `keep_bps` ten-thousandths of those, rounded up, is exceeded by no
    schedule that keeps this coverage. A bound: none need reach it.
    """
    longest = timing.hold // timing.step
    best = max if highest else min
    held = [best(values[max(0, place - longest + 1) : place + 1]) for place in range(len(values))]
    keep = -(-len(held) * keep_bps // 10_000)
    return sum(sorted(held, reverse=highest)[:keep]), keep


def honest_middle(values: Sequence[Sequence[int]]) -> list[int]:
    """The lower median of all reporters at every step."""
    return [lower_median(row) for row in values]
