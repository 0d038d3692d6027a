"""What a careless index would say: the median over whoever is listed that day."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from oracle.quotes.columns import Columns
from oracle.quotes.quote import Tier
from pargrade.clock import DAY_S
from pargrade.units import Rounding, divide


class PanelDay(NamedTuple):
    """One UTC day of the naive line."""

    midnight: int
    """The day's first second, unix."""
    median8: int
    """Median over providers, each with the median of its quotes of the day; half-even."""
    providers: int


def naive_median(
    columns: Columns, model: str, variant: str, tier: Tier = Tier.ON_DEMAND
) -> tuple[PanelDay, ...]:
    """The naive line over every provider there is, whatever it is and whatever its terms.

    Nothing is screened, weighted or chained, so whoever joins or leaves moves it.
    """
    wanted = (
        columns.gpu_model.each(lambda word: word == model)
        & columns.variant.each(lambda word: word == variant)
        & columns.tier.each(lambda word: word is tier)
    )
    rows = np.flatnonzero(wanted)
    by_day: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    seen = columns.observed_at[rows].tolist()
    prices = columns.price8[rows].tolist()
    for instant, provider, price8 in zip(seen, columns.provider.values(rows), prices, strict=True):
        by_day[instant // DAY_S * DAY_S][provider].append(price8)
    return tuple(
        PanelDay(day, _median([_median(own) for own in listed.values()]), len(listed))
        for day, listed in sorted(by_day.items())
    )


def _median(values: Sequence[int]) -> int:
    """The textbook's: the mean of the two in the middle of an even number."""
    ordered, half = sorted(values), len(values) // 2
    return divide(ordered[half] + ordered[~half], 2, Rounding.HALF_EVEN)


def mean_of(days: Sequence[PanelDay]) -> int:
    """The mean of the daily medians, 8 decimals, half-even."""
    return divide(sum(day.median8 for day in days), len(days), Rounding.HALF_EVEN)
