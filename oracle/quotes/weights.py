"""Weights that no provider dominates, and the middle of prices that carry them. Integers only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Weighted(NamedTuple):
    """A price and what it weighs."""

    value: int
    weight: int


@dataclass(frozen=True, slots=True)
class Capping:
    """How raw weights become capped: the factor for the rest, the weight of the capped."""

    scale: int
    capped: Mapping[str, int]


def cap(raw: Mapping[str, int], parts: int) -> Capping:
    """Hold every provider at one part in `parts` of the total, exactly.

    With c providers capped and the others weighing U, the total T solves T = U + c·T/parts, so a
    capped provider weighs U/(parts - c). Scaling by parts - c keeps everything an integer: the
    others count scale·raw, a capped one U. Capping one provider shrinks T, which may push the next
    one over, so it repeats until nobody is over. Needs at least `parts` providers, each of positive
    weight; then at most parts - 1 are ever capped.
    """
    capped: set[str] = set()
    while True:
        rest = sum(weight for provider, weight in raw.items() if provider not in capped)
        scale = parts - len(capped)
        over = {
            provider
            for provider, weight in raw.items()
            if provider not in capped and weight * scale > rest
        }
        if not over:
            return Capping(scale, dict.fromkeys(sorted(capped), rest))
        # Who is over stays over, since T only shrinks: all at once and one by one end the same.
        capped |= over


def capped_weights(raw: Mapping[tuple[str, str], int], parts: int) -> dict[tuple[str, str], int]:
    """Weight of every (provider, hardware), with each provider's sum capped at one in `parts`.

    A capped provider's weight is shared over its hardware in the proportion of the raw weights.
    """
    totals: dict[str, int] = {}
    for (provider, _), weight in raw.items():
        totals[provider] = totals.get(provider, 0) + weight
    capping = cap(totals, parts)
    # One common denominator, the product of the capped raw totals, makes every share an integer.
    common = prod(totals[provider] for provider in capping.capped)
    return {
        (provider, hardware): (
            capping.capped[provider] * weight * common // totals[provider]
            if provider in capping.capped
            else capping.scale * weight * common
        )
        for (provider, hardware), weight in raw.items()
    }


def lower_median(values: Sequence[int]) -> int:
    """The middle of an odd number of integers, the lower middle of an even number."""
    return sorted(values)[(len(values) - 1) // 2]


def lower_medians(
    groups: NDArray[np.int64], values: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """The groups that occur, in ascending order, and the lower median of each one's values."""
    order = np.argsort(values, kind="stable")
    order = order[np.argsort(groups[order], kind="stable")]
    found, starts, counts = np.unique(groups[order], return_index=True, return_counts=True)
    return found, values[order[starts + (counts - 1) // 2]]


def apart_ppm(first: int, other: int) -> int:
    """How far two positive prices are apart, in millionths of the lower one, rounded down."""
    return abs(first - other) * 10**6 // min(first, other)


def quantile(values: Iterable[Weighted], numerator: int, denominator: int) -> int:
    """The lowest value with at least numerator/denominator of the weight at or below it."""
    ordered = sorted(values)
    wanted = sum(each.weight for each in ordered) * numerator
    below = 0
    for each in ordered:
        below += each.weight
        if below * denominator >= wanted:
            return each.value
    raise ValueError("no values to take a quantile of")


def weighted_median(values: Iterable[Weighted]) -> int:
    """The lower weighted median: always one of the values."""
    return quantile(values, 1, 2)


def middle(values: Iterable[Weighted], band: tuple[int, int]) -> tuple[int, int]:
    """Mean over the central part of the weight, as an exact (numerator, denominator).

    `band` = (n, d) keeps the n/d of the weight around the middle; (0, d) is the lower weighted
    median itself. Whoever weighs at most (1 - n/d)/2 cannot move it past the values of the others:
    all of that weight lies in a cut-off tail when its values are extreme.
    """
    ordered = sorted(values)
    part, parts = band
    if part == 0:
        return weighted_median(ordered), 1
    total = sum(each.weight for each in ordered)
    # Everything in 2·parts-ths of a unit of weight, so that both edges of the band are integers.
    low, high = total * (parts - part), total * (parts + part)
    below = kept = 0
    for each in ordered:
        upto = below + 2 * parts * each.weight
        kept += each.value * max(0, min(upto, high) - max(below, low))
        below = upto
    return kept, high - low
