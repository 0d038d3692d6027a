"""How much a series of prices moves. Statistics: floats, and nothing is decided by them."""

import math
from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from pargrade.clock import DAY_S

DAYS_PER_YEAR: Final = 365
"""Compute is consumed every day, so every day counts."""


class Volatility(NamedTuple):
    """Standard deviation of log changes, annualised by the square root of time."""

    annualised: float | None
    """None with fewer than two changes."""
    changes: int
    still: float | None
    """Share of the changes that are zero: a list that stands still is not a calm market."""


def changes(prices: Mapping[int, int], days: int, horizon: int) -> dict[int, float]:
    """Log changes over `horizon` days that start every `days` days, by their last midnight.

    `prices` are positive, by UTC midnight; where one of the two is missing there is no change.
    """
    if not prices:
        return {}
    first, last = min(prices), max(prices)
    ends = range(first + horizon * DAY_S, last + 1, days * DAY_S)
    return {
        end: math.log(prices[end] / prices[end - horizon * DAY_S])
        for end in ends
        if end in prices and end - horizon * DAY_S in prices
    }


def volatility(prices: Mapping[int, int], days: int) -> Volatility:
    """Of changes over `days` days that do not overlap."""
    found = list(changes(prices, days, days).values())
    still = sum(change == 0 for change in found) / len(found) if found else None
    if len(found) < 2:
        return Volatility(None, len(found), still)
    return Volatility(
        float(np.std(found, ddof=1)) * math.sqrt(DAYS_PER_YEAR / days), len(found), still
    )


def largest(prices: Mapping[int, int]) -> tuple[int, float] | None:
    """The midnight and size of the largest log change from one day to the next."""
    found = changes(prices, 1, 1)
    if not found:
        return None
    return max(found.items(), key=lambda each: (abs(each[1]), -each[0]))


def drawdown(prices: Mapping[int, int]) -> float:
    """The deepest fall from a peak up to then, as a share of the peak."""
    peak, deepest = 0, 0.0
    for _, price in sorted(prices.items()):
        peak = max(peak, price)
        deepest = max(deepest, 1 - price / peak)
    return deepest
