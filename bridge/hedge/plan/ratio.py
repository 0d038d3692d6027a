"""How much of a need a lot of the index hedges, for this team, judged out of sample.

    moves     months in which the paid price changed
    slope     least squares of paid changes on index changes
    ratio     w * slope + (1 - w), w = n / (n + 6) with n moves: few moves say nothing against 1
    gain      share of the variance of paid changes removed, each month by the ratio of the months
              before it

The ratio is 0, with its reason, where fewer moves than the policy asks for were seen or the gain is
not positive. Without paid prices the team is taken to pay the index: ratio 1, and nothing proven.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bridge.hedge.plan.policy import PaidMonth

_SHRINKAGE: Final = 6
_LEAST_TRAINING: Final = 3
EFFECTIVE: Final = (0.80, 1.25)
"""The dollar offset that accountants ask for."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """Lots of index for a lot of need, and what stands behind it."""

    value: float
    reason: str
    moves: int = 0
    slope: float | None = None
    gain: float | None = None
    """Out of sample; 1 removes all variance, below 0 adds some."""
    r_squared: float | None = None
    dollar_offset: float | None = None
    """What the hedge made over what the paid price cost, both summed over the history."""

    @property
    def is_effective(self) -> bool:
        """Whether the dollar offset is within 80 to 125 %."""
        low, high = EFFECTIVE
        return self.dollar_offset is not None and low <= self.dollar_offset <= high


def hedge_ratio(prices: Sequence[PaidMonth], least_moves: int) -> Ratio:
    """The ratio that a history of prices supports."""
    pairs = [p for p in sorted(prices, key=lambda p: p.month) if p.paid_usd is not None]
    if not pairs:
        return Ratio(1.0, "no paid prices: the team is taken to pay the index, unproven")
    paid = np.diff([float(p.paid_usd or 0) for p in pairs])
    index = np.diff([float(p.index_usd) for p in pairs])
    moves = int(np.count_nonzero(paid))
    if moves < least_moves:
        return Ratio(0.0, f"{moves} moves of the paid price, fewer than {least_moves}", moves)
    slope, gain = _slope(paid, index), _gain(paid, index)
    shrunk = _shrunk(slope, moves)
    known = (moves, slope, gain, _r_squared(paid, index), _dollar_offset(paid, index * shrunk))
    if gain <= 0:
        return Ratio(0.0, f"out of sample it removed {gain:.0%} of the variance", *known)
    weight = moves / (moves + _SHRINKAGE)
    reason = f"slope {slope:.2f} of {moves} moves, shrunk to 1 with weight {1 - weight:.2f}"
    return Ratio(max(shrunk, 0.0), reason, *known)


def monthly_drift(prices: Sequence[PaidMonth]) -> float:
    """Mean change of the index a month, as a share; 0 with fewer than two months."""
    levels = [float(p.index_usd) for p in sorted(prices, key=lambda p: p.month)]
    if len(levels) < 2:
        return 0.0
    return float((levels[-1] / levels[0]) ** (1 / (len(levels) - 1)) - 1)


def monthly_volatility(prices: Sequence[PaidMonth]) -> float:
    """Standard deviation of the index's monthly log changes; 0 with fewer than three months."""
    levels = [float(p.index_usd) for p in sorted(prices, key=lambda p: p.month)]
    return float(np.std(np.diff(np.log(levels)), ddof=1)) if len(levels) > 2 else 0.0


def _slope(paid: np.ndarray, index: np.ndarray) -> float:
    squares = float(index @ index)
    return float(index @ paid) / squares if squares > 0 else 1.0


def _shrunk(slope: float, moves: int) -> float:
    weight = moves / (moves + _SHRINKAGE)
    return weight * slope + (1 - weight)


def _gain(paid: np.ndarray, index: np.ndarray) -> float:
    """Each month is hedged by the ratio of the months before it."""
    open_squares = hedged_squares = 0.0
    for month in range(_LEAST_TRAINING, len(paid)):
        before_paid, before_index = paid[:month], index[:month]
        moves = int(np.count_nonzero(before_paid))
        ratio = _shrunk(_slope(before_paid, before_index), moves)
        open_squares += paid[month] ** 2
        hedged_squares += (paid[month] - ratio * index[month]) ** 2
    return 1 - hedged_squares / open_squares if open_squares > 0 else 0.0


def _r_squared(paid: np.ndarray, index: np.ndarray) -> float:
    if paid.std() == 0 or index.std() == 0:
        return 0.0
    return float(np.corrcoef(paid, index)[0, 1] ** 2)


def _dollar_offset(paid: np.ndarray, hedge: np.ndarray) -> float | None:
    moved = float(paid.sum())
    return float(hedge.sum()) / moved if moved else None
