"""Intervals of a sum from the errors that the same forecast made before (conformal).

An error is actual / forecast - 1 of a sum as long and as far ahead, from an origin in the past.
Errors of origins a week apart share most of their days, so they count as the n that fit side by
side, not as how many there are. The end of a c interval is the error at rank (n + 1)(1 - c) / 2 of
n, taken between the errors around it. Where that rank is below 1 the end is the most extreme error
of all, and the interval says that it may be narrower than stated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

COVERAGES: Final = (80, 95)


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a sum lies, as far as past errors tell."""

    coverage: int
    low: float
    high: float
    is_narrow: bool
    """Fewer errors side by side than the coverage needs: the true interval may be wider."""


def interval_of(
    total: float, errors: Sequence[float], independent: float, coverage: int
) -> Interval:
    """The interval of a forecast total. Without errors both ends are the total itself.

    `independent` is how many of the errors fit side by side, at least 1.
    """
    if not errors:
        return Interval(coverage, total, total, is_narrow=True)
    tail = rank_share(independent, coverage)
    low, high = np.quantile(errors, [tail, 1 - tail])
    return Interval(
        coverage,
        max(total * (1 + float(low)), 0.0),
        max(total * (1 + float(high)), 0.0),
        is_narrow=independent + 1 < 200 / (100 - coverage),
    )


def rank_share(independent: float, coverage: int) -> float:
    """Where among the ordered errors an end lies, from 0, the most extreme, to 0.5."""
    rank = (independent + 1) * (100 - coverage) / 200
    return max(rank - 1, 0.0) / max(independent - 1, 1.0)
