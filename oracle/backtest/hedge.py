"""How well the index hedges a buyer at one provider. Statistics: floats, deciding nothing.

A buyer who pays a provider's list price S and holds the index F against it holds h of it per
GPU-hour. The ratio of least variance is h* = rho sigma_S / sigma_F (Ederington 1979), which is the
slope of the regression of changes of S on changes of F, and rho² is the share of variance that it
removes. IAS 39 called a hedge highly effective when the changes offset each other within 80-125 %;
IFRS 9 dropped the band, which is still the usual yardstick.
"""

import math
from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from pargrade.clock import DAY_S

BAND: Final = (0.80, 1.25)

MIN_CHANGES: Final = 8
MIN_MOVES: Final = 3
"""A price that moved fewer times gives a slope of one or two accidents."""


class Hedge(NamedTuple):
    """One provider against the index at one horizon."""

    provider: str
    horizon: int
    """Days over which changes are taken. They overlap: one starts every day."""
    changes: int
    moves: int
    """Days on which the provider's price differed from that of the day before."""
    ratio: float | None
    """h*, index per GPU-hour of the provider; None where too little moved to tell."""
    effectiveness: float | None
    """rho²."""
    offset: float | None
    """How much of the provider's move from first to last day h* of the index made good; 1 is all.
    In sample: h* was not known then. None when the provider ended where it began."""

    @property
    def in_band(self) -> bool:
        """Whether the offset lies within 80-125 %."""
        return self.offset is not None and BAND[0] <= self.offset <= BAND[1]


def hedge(provider: str, spot: Mapping[int, int], index: Mapping[int, int], horizon: int) -> Hedge:
    """The hedge of a provider's prices by the index, both with 8 decimals by UTC midnight."""
    both = sorted(spot.keys() & index.keys())
    span = horizon * DAY_S
    starts = [instant for instant in both if instant + span in spot and instant + span in index]
    d_spot = np.array([spot[instant + span] - spot[instant] for instant in starts], float)
    d_index = np.array([index[instant + span] - index[instant] for instant in starts], float)
    moves = sum(
        spot[instant + DAY_S] != spot[instant] for instant in both if instant + DAY_S in spot
    )
    enough = len(starts) >= MIN_CHANGES and moves >= MIN_MOVES
    if not enough or np.ptp(d_spot) == 0 or np.ptp(d_index) == 0:
        return Hedge(provider, horizon, len(starts), moves, None, None, None)
    rho = float(np.corrcoef(d_spot, d_index)[0, 1])
    ratio = rho * float(np.std(d_spot)) / float(np.std(d_index))
    moved = spot[both[-1]] - spot[both[0]]
    offset = ratio * (index[both[-1]] - index[both[0]]) / moved if moved else None
    return Hedge(provider, horizon, len(starts), moves, ratio, rho * rho, offset)


def independent(found: Hedge) -> int:
    """How many of the changes do not overlap: what the figures really rest on."""
    return math.ceil(found.changes / found.horizon)
