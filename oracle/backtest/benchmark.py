"""Another publisher's monthly index beside ours: to compare, never an input.

Its levels are restated to a reference contract, so they are not raw quotes, and it reads RunPod,
which ours may not. A difference in level says little; a common direction says a little more.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from pargrade.units import Price

PUBLISHED: Final = "published"
MIN_MONTHS: Final = 3


class BenchmarkMonth(NamedTuple):
    """One published value of one model."""

    month: str
    """Such as 2026-03."""
    model: str
    value8: int
    providers: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two monthly series over the months that both have. Statistics: floats, deciding nothing."""

    model: str
    months: tuple[str, ...]
    ours8: tuple[int, ...]
    theirs8: tuple[int, ...]
    level: float | None
    """Correlation of levels; None under three months, or where one does not move."""
    change: float | None
    """Correlation of changes from month to month; None under three changes."""


def parse_benchmark(text: str) -> tuple[BenchmarkMonth, ...]:
    """The published values of gpu_ratecard_benchmark_monthly.csv; withheld ones are left out."""
    return tuple(
        BenchmarkMonth(
            row["period"],
            row["gpu_model"],
            int(Price.parse(row["index_value_usd_per_gpu_hour"])),
            int(row["provider_count"]),
        )
        for row in csv.DictReader(io.StringIO(text))
        if row["status"] == PUBLISHED
    )


def agree(
    model: str, ours: Sequence[tuple[str, int]], benchmark: Sequence[BenchmarkMonth]
) -> Agreement:
    """Our (month, value with 8 decimals) beside the benchmark's of one model."""
    theirs = {each.month: each.value8 for each in benchmark if each.model == model}
    both = [(month, own, theirs[month]) for month, own in ours if month in theirs]
    months = tuple(month for month, _, _ in both)
    mine, other = tuple(v for _, v, _ in both), tuple(v for _, _, v in both)
    return Agreement(
        model,
        months,
        mine,
        other,
        _correlation(mine, other),
        _correlation(np.diff(mine).tolist(), np.diff(other).tolist()),
    )


def _correlation(first: Sequence[int], other: Sequence[int]) -> float | None:
    if len(first) < MIN_MONTHS or len(set(first)) == 1 or len(set(other)) == 1:
        return None
    return float(np.corrcoef(np.array(first, float), np.array(other, float))[0, 1])
