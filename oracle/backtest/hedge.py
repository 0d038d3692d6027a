"""How well the index hedges a buyer at one provider. Statistics in floats.

A buyer who pays a provider's list price S per GPU-hour holds h of the index F per GPU-hour. The
ratio of least variance is h* = rho sigma_S / sigma_F (Ederington 1979): the slope of a regression
of changes of S on changes of F. rho² is the share of variance that the hedge removes. IAS 39 called
a hedge highly effective when the changes offset each other within 80-125 %. IFRS 9 dropped the
band, which is still in common use.
"""

import math
from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from pargrade.clock import DAY_S

BAND: Final = (0.80, 1.25)

MIN_CHANGES: Final = 8
MIN_MOVES: Final = 3
"""With fewer moves of the price, the slope rests on one or two events."""


class Hedge(NamedTuple):
    """One provider against the index at one horizon."""

    provider: str
    horizon: int
    """Days over which a change is taken. Changes overlap: one starts every day."""
    changes: int
    moves: int
    """Days on which the provider's price differed from that of the day before."""
    ratio: float | None
    """h*, index per GPU-hour of the provider; None with too few changes or a constant series."""
    effectiveness: float | None
    """rho², from 0 to 1."""
    offset: float | None
    """h* times the index's move, divided by the provider's move, from first to last day; 1 is a
    full offset. In sample: h* is fitted on the same days. None if the provider did not move."""

    @property
    def in_band(self) -> bool:
        """Whether the offset lies within 80-125 %."""
        return self.offset is not None and BAND[0] <= self.offset <= BAND[1]

    @property
    def independent(self) -> int:
        """Number of changes that do not overlap, rounded up."""
        return math.ceil(self.changes / self.horizon)


def measure_hedge(
    provider: str, spot: Mapping[int, int], index: Mapping[int, int], horizon: int
) -> Hedge:
    """Measure the hedge of a provider's prices `spot` by the index, over `horizon` days.

    Both map a UTC midnight, unix seconds, to a price with 8 decimals.
    """
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
    spot_move = spot[both[-1]] - spot[both[0]]
    index_move = index[both[-1]] - index[both[0]]
    offset = ratio * index_move / spot_move if spot_move else None
    return Hedge(provider, horizon, len(starts), moves, ratio, rho * rho, offset)
