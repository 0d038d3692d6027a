"""The naive index for comparison: the daily median over all listed providers."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from oracle.quotes.columns import Columns
from oracle.quotes.quote import Tier
from pargrade.clock import midnight_of
from pargrade.units import Rounding, divide


class PanelDay(NamedTuple):
    """The naive index on one UTC day."""

    midnight: int
    """The day's first second, unix."""
    median8: int
    """Median over providers of each provider's median price of the day; USD per GPU-hour with
    8 decimals, half-even."""
    providers: int


def compute_naive_days(
    columns: Columns, model: str, variant: str, tier: Tier = Tier.ON_DEMAND
) -> tuple[PanelDay, ...]:
    """Compute the naive index of one kind of hardware for each day with a quote, ascending.

    Every provider counts, whatever its class and terms. Nothing is screened, weighted or chained,
    so the median moves when a provider appears or disappears.
    """
    wanted = (
        columns.gpu_model.each(lambda word: word == model)
        & columns.variant.each(lambda word: word == variant)
        & columns.tier.each(lambda word: word is tier)
    )
    rows = np.flatnonzero(wanted)
    by_day: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    instants = columns.observed_at[rows].tolist()
    providers = columns.provider.values(rows)
    prices = columns.price8[rows].tolist()
    for instant, provider, price8 in zip(instants, providers, prices, strict=True):
        by_day[midnight_of(instant)][provider].append(price8)
    return tuple(
        PanelDay(day, _median([_median(listing) for listing in listed.values()]), len(listed))
        for day, listed in sorted(by_day.items())
    )


def _median(values: Sequence[int]) -> int:
    """The middle value, or the half-even mean of the two middle values of an even number."""
    ordered, half = sorted(values), len(values) // 2
    return divide(ordered[half] + ordered[~half], 2, Rounding.HALF_EVEN)


def mean_of(days: Sequence[PanelDay]) -> int:
    """The mean of the daily medians, 8 decimals, half-even."""
    return divide(sum(day.median8 for day in days), len(days), Rounding.HALF_EVEN)
