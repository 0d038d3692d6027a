"""How much a series of prices moves. Statistics in floats."""

import math
from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from pargrade.clock import DAY_S

DAYS_PER_YEAR: Final = 365
"""All days count, because compute is consumed on all of them."""


class Volatility(NamedTuple):
    """Standard deviation of log changes, annualised by the square root of time."""

    annualised: float | None
    """As a share: 0.3 is 30 % a year. None with fewer than two changes."""
    changes: int
    still: float | None
    """Share of the changes that are zero; None without changes."""


def log_changes(prices: Mapping[int, int], days: int, horizon: int) -> dict[int, float]:
    """Log changes over `horizon` days, one every `days` days, by the midnight they end at.

    `prices` maps UTC midnights, unix seconds, to positive prices. A change is left out where one of
    its two prices is missing.
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


def measure_volatility(prices: Mapping[int, int], days: int) -> Volatility:
    """Measure the volatility of changes over `days` days that do not overlap."""
    changes = list(log_changes(prices, days, days).values())
    still = sum(change == 0 for change in changes) / len(changes) if changes else None
    if len(changes) < 2:
        return Volatility(None, len(changes), still)
    deviation = float(np.std(changes, ddof=1))
    return Volatility(deviation * math.sqrt(DAYS_PER_YEAR / days), len(changes), still)


def find_largest_change(prices: Mapping[int, int]) -> tuple[int, float] | None:
    """The midnight and size of the largest daily log change; the first of equal ones."""
    changes = log_changes(prices, 1, 1)
    if not changes:
        return None
    return max(changes.items(), key=lambda item: (abs(item[1]), -item[0]))


def measure_drawdown(prices: Mapping[int, int]) -> float:
    """The deepest fall from the highest price so far, as a share of that price."""
    peak, deepest = 0, 0.0
    for _, price in sorted(prices.items()):
        peak = max(peak, price)
        deepest = max(deepest, 1 - price / peak)
    return deepest
