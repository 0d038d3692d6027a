"""Prices too far from the middle of the providers of their hardware."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from oracle.index.checks import LARGEST, Judged
from oracle.index.method import Method
from oracle.quotes.columns import Ints
from oracle.quotes.weights import lower_medians


def find_outliers(
    judged: Judged, rows: Ints, method: Method, carried: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Per row, whether its price is far from the median of the providers of its hardware.

    Lists that are carried are held against the current ones, where these are enough: a market that
    has moved since must not be an outlier to its past.

    Each provider has one price in the median, however many rows it has. Prices are compared as
    ratios: half the median is as far away as twice the median. The limit is a multiple of the
    median deviation, with a floor, because the median deviation of price lists is often zero.
    """
    line, lines, kinds = judged.line[rows], judged.lines, len(method.hardware)
    price8 = exact(judged.columns.price8[rows])
    pairs, own8 = lower_medians(lines.pair[line], price8)
    known = _references(pairs, lines.pair[line[~carried]], kinds, method)
    pairs, own8 = pairs[known], own8[known]
    of_pair = pairs % kinds
    middle8 = np.ones(kinds, price8.dtype)
    found, middles8 = lower_medians(of_pair, own8)
    middle8[found] = middles8
    _, spreads = lower_medians(of_pair, deviation_ppm(own8, middle8[of_pair]))
    limit = np.full(kinds, LARGEST, price8.dtype)
    providers = np.bincount(of_pair, minlength=kinds).tolist()
    for kind, spread in zip(found.tolist(), spreads.tolist(), strict=True):
        if providers[kind] >= method.outlier_min_providers:
            most = max(method.outlier_floor_ppm, method.outlier_mad_multiple * spread)
            limit[kind] = most if limit.dtype == object else min(most, LARGEST)
    kind_of = lines.hardware[line]
    far: NDArray[np.bool_] = deviation_ppm(price8, middle8[kind_of]) > limit[kind_of]
    return far


def _references(pairs: Ints, current: Ints, kinds: int, method: Method) -> NDArray[np.bool_]:
    """Which pairs the others of their hardware are held against."""
    is_current = np.isin(pairs, current)
    providers = np.bincount(pairs[is_current] % kinds, minlength=kinds)
    few: NDArray[np.bool_] = providers[pairs % kinds] < method.outlier_min_providers
    return is_current | few


SAFE_PRICE8 = LARGEST // 10**6
"""The largest price whose product with a million is an int64: 92,233 USD per GPU-hour."""


def exact(price8: Ints) -> NDArray[Any]:
    """The prices; as Python integers when a product with a million could exceed int64."""
    return price8.astype(object) if price8.max(initial=0) > SAFE_PRICE8 else price8


def deviation_ppm(price8: NDArray[Any], middle8: NDArray[Any]) -> NDArray[Any]:
    """The distance of positive prices, in millionths of the lower one, rounded down."""
    apart: NDArray[Any] = abs(price8 - middle8) * 10**6 // np.minimum(price8, middle8)
    return apart
