"""The time-product-dummy of a window by a robust fit, in integers.

    log price of line i on day t = level(t) + effect(i) + error

Levels and effects minimise the weighted Huber loss of the errors (Huber 1964). It is convex, and
iterative reweighting walks down it: every step solves the normal equations of the weights that the
errors of the step before give. The number of steps is part of the method, so that the result is one
integer and not "as good as converged".

Arithmetic: logarithms carry ten decimals, the weights of a day add up to at most a million, and no
sum leaves 63 bits. A step is computed from the exact gradient of the loss; only its direction comes
from a factorisation of 22 bits, whose error the next step sees and takes back.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from oracle.index.window.logs import LOG_ONE

Ints = NDArray[np.int64]

DAY_WEIGHT: Final = 10**6
"""What the weights of one day add up to at most."""
MOST_DAYS_PER_PART: Final = 20
"""Days of a window per part of the provider cap; more could leave 63 bits."""

_FARTHEST: Final = 50 * LOG_ONE
"""Farther apart than the logarithms of any two prices of 63 bits."""
_MATRIX_BITS: Final = 20
_FACTOR_BITS: Final = 22


@dataclass(frozen=True, eq=False)
class WindowFit:
    """Levels per day and effects per line, natural logarithms of ten decimals.

    Only their sums mean something: a constant may move from all levels to all effects.
    """

    levels: Ints
    effects: Ints


def fit(logs: Ints, weights: Ints, huber: int, steps: int) -> WindowFit:
    """WindowFit levels and effects to a matrix of lines by days.

    `logs` are natural logarithms of ten decimals; where `weights` is 0 there is no price. Every
    line and every day has a price, days are linked by lines, and the weights of a day add up to at
    most DAY_WEIGHT. An error beyond `huber` (ten decimals) pulls no harder than one of that size.
    The first step is least squares, `steps` more are robust.
    """
    weights = np.ascontiguousarray(weights)
    present = weights > 0
    centre = int(logs[present][0])
    logs = np.where(present, logs - centre, 0)
    levels = np.zeros(logs.shape[1], np.int64)
    effects = np.zeros(logs.shape[0], np.int64)
    errors, pulls, used = logs, logs * weights, weights
    for step in range(steps + 1):
        if step:
            errors = logs - levels - effects[:, None]
            size = np.abs(errors)
            pulls = weights * np.clip(errors, -huber, huber)
            # An error beyond the limit resists with half of the weight of its pull: the longest
            # step that still walks down for certain, and it arrives in half the steps.
            far = 2 * np.maximum(size, 1)
            used = np.where(size <= huber, weights, np.maximum(weights * huber // far, present))
        by_day, by_line = _newton_step(used, pulls)
        levels += by_day
        effects += by_line
    return WindowFit(levels + centre, effects)


def _newton_step(used: Ints, pulls: Ints) -> tuple[Ints, Ints]:
    """Changes of levels and effects that the pulls ask for, weighed as they are used.

    The effects are eliminated first: what is left is one equation per day. The last day's level
    stays, since a constant is free.
    """
    of_line = np.maximum(used.sum(axis=1), 1)
    of_day = used.sum(axis=0)
    line_pull, day_pull = pulls.sum(axis=1), pulls.sum(axis=0)
    line_mean = line_pull // of_line
    wanted = day_pull - used.T @ line_mean
    shares = (used << _MATRIX_BITS) // of_line[:, None]
    # Exact in floating point, since no sum reaches 2^42, and twice as fast. Not by `@`: its library
    # keeps threads that wait for each other on a busy machine.
    day_rows, share_rows = used.T.astype(np.float64, "C"), shares.T.astype(np.float64, "C")
    common = np.einsum("il,jl->ij", day_rows, share_rows)
    matrix = np.diag(of_day << _MATRIX_BITS) - common.astype(np.int64)
    by_day = np.zeros(len(of_day), np.int64)
    by_day[:-1] = _solve(matrix[:-1, :-1], wanted[:-1])
    return by_day, (line_pull - used @ by_day) // of_line


def _solve(matrix: Ints, wanted: Ints) -> Ints:
    """An approximate solution of a symmetric system, whose diagonal outweighs the rest of a row."""
    size = len(matrix)
    factors, pivots = [], []
    for _ in range(size):
        row, pivot = matrix[0, 1:], max(int(matrix[0, 0]), 1)
        factor = (row << _FACTOR_BITS) // pivot
        change = factor[:, None] * row
        change >>= _FACTOR_BITS
        matrix = matrix[1:, 1:] - change
        factors.append(factor.tolist())
        pivots.append(pivot)
    # Right-hand sides may need more than 63 bits on the way: Python's integers from here on.
    side = wanted.tolist()
    for place, factor in enumerate(factors):
        own = side[place]
        for later, part in enumerate(factor, start=place + 1):
            side[later] -= part * own >> _FACTOR_BITS
    found = [0] * size
    for place in reversed(range(size)):
        known = sum(map(int.__mul__, factors[place], found[place + 1 :]))
        level = (side[place] << _MATRIX_BITS) // pivots[place] - (known >> _FACTOR_BITS)
        found[place] = max(-_FARTHEST, min(level, _FARTHEST))
    return np.array(found, np.int64)
