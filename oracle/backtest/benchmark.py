"""Comparison of our monthly settlements with the index of another publisher.

The other index is never an input. Its levels are restated to a reference contract and it reads
RunPod, which ours may not, so the levels differ by construction. Correlations are floats.
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
    """The published value of one GPU model for one month."""

    month: str
    """YYYY-MM."""
    model: str
    value8: int
    """USD per GPU-hour, 8 decimals."""
    providers: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two monthly series of one model over the months that both have."""

    model: str
    months: tuple[str, ...]
    ours8: tuple[int, ...]
    """USD per GPU-hour, 8 decimals, one value per month."""
    theirs8: tuple[int, ...]
    """The same of the other publisher."""
    level: float | None
    """Correlation of levels; None with fewer than three months or a constant series."""
    change: float | None
    """Correlation of changes between listed months; None with fewer than three changes."""


def parse_benchmark(text: str) -> tuple[BenchmarkMonth, ...]:
    """The published rows of gpu_ratecard_benchmark_monthly.csv; withheld months are left out.

    `text` is the content of the file. Raises KeyError for a missing column, BadAmount or
    TooPrecise for a price that cannot be read.
    """
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


def compare_months(
    model: str, ours: Sequence[tuple[str, int]], benchmark: Sequence[BenchmarkMonth]
) -> Agreement:
    """Compare our pairs of (YYYY-MM, value with 8 decimals) with one model of the benchmark."""
    published = {row.month: row.value8 for row in benchmark if row.model == model}
    both = [(month, value8) for month, value8 in ours if month in published]
    months = tuple(month for month, _ in both)
    ours8 = tuple(value8 for _, value8 in both)
    theirs8 = tuple(published[month] for month in months)
    return Agreement(
        model,
        months,
        ours8,
        theirs8,
        _correlation(ours8, theirs8),
        _correlation(np.diff(ours8).tolist(), np.diff(theirs8).tolist()),
    )


def _correlation(first: Sequence[int], other: Sequence[int]) -> float | None:
    if len(first) < MIN_MONTHS or len(set(first)) == 1 or len(set(other)) == 1:
        return None
    return float(np.corrcoef(np.array(first, float), np.array(other, float))[0, 1])
