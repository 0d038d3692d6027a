"""The error band of a conversion factor.

    range of fits        method 1: fits to the whole period and to its two halves
    provider bootstrap   method 2: whole providers are drawn again, and each draw is fitted

List prices rarely change, so the days of one provider are one observation repeated. What changes
between periods is which providers quote. The cluster bootstrap shows this change: it draws
providers, each with all its days (Davison and Hinkley, Bootstrap Methods and their Application,
1997, section 3.8). Draws come from SHAKE-256 over seed, hardware and draw, so every machine gets
the same integers.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from hashlib import shake_256

from pargrade.factor.factor import (
    PriceRow,
    SourceDay,
    fit_gpu_hour,
    matched_relatives,
    shrunk,
    specification_relative,
)
from pargrade.factor.method import Bootstrap, FactorMethod, GpuModel

_WORD = 8
"""Bytes per drawn provider: with 64 bits the bias of the modulo is below 1 in 10^17."""


def error_band(
    rows: Sequence[PriceRow], hardware: GpuModel, method: FactorMethod
) -> tuple[int, int]:
    """factor4 at the lower and upper end of the band; the factor itself is inside."""
    if method.bootstrap is None:
        return range_of_fits(rows, hardware, method)
    factor4 = fit_gpu_hour(rows, hardware, method).factor4
    drawn = resampled_factors(matched_relatives(rows, hardware.key, method), hardware, method)
    if not drawn:
        return factor4, factor4
    low, high = method.bootstrap.ends(drawn)
    return min(low, factor4), max(high, factor4)


def range_of_fits(
    rows: Sequence[PriceRow], hardware: GpuModel, method: FactorMethod
) -> tuple[int, int]:
    """The lowest and highest of three fits: the whole period, its first and its second half.

    The halves share no day.
    """
    days = [row.day for row in rows]
    second_from = (min(days) + max(days) + 1) // 2 if days else 0
    parts = (
        rows,
        [row for row in rows if row.day < second_from],
        [row for row in rows if row.day >= second_from],
    )
    fits = [fit_gpu_hour(part, hardware, method).factor4 for part in parts]
    return min(fits), max(fits)


def resampled_factors(
    relatives: Mapping[SourceDay, Fraction], hardware: GpuModel, method: FactorMethod
) -> list[int]:
    """factor4 of every draw, in rising order; a draw has as many providers as there are."""
    if method.bootstrap is None or not relatives:
        return []
    providers = sorted({here.provider for here in relatives})
    # Sorted, so that the order of the rows cannot change the result.
    ordered = sorted((relative, here.provider) for here, relative in relatives.items())
    prior = specification_relative(hardware, method)
    fits: dict[tuple[Fraction, int], int] = {}
    factors = []
    for number in range(method.bootstrap.draws):
        times = _draw_providers(providers, hardware, number, method.bootstrap)
        middle = _weighted_median(ordered, times)
        if middle not in fits:
            fits[middle] = shrunk(*middle, prior, method)
        factors.append(fits[middle])
    return sorted(factors)


def _draw_providers(
    providers: Sequence[str], hardware: GpuModel, number: int, bootstrap: Bootstrap
) -> Counter[str]:
    """How often each provider occurs in one draw."""
    seed = f"{bootstrap.seed}/{hardware.key}/{number}".encode("ascii")
    stream = shake_256(seed).digest(_WORD * len(providers))
    words = (stream[start : start + _WORD] for start in range(0, len(stream), _WORD))
    return Counter(providers[int.from_bytes(word) % len(providers)] for word in words)


def _weighted_median(
    ordered: Sequence[tuple[Fraction, str]], times: Mapping[str, int]
) -> tuple[Fraction, int]:
    """Median and number of the relatives, each counted as often as its provider was drawn."""
    count = sum(times[provider] for _, provider in ordered)
    lower, upper = (count - 1) // 2, count // 2
    passed = 0
    low: Fraction | None = None
    for relative, provider in ordered:
        passed += times[provider]
        if low is None and passed > lower:
            low = relative
        if low is not None and passed > upper:
            return (low + relative) / 2, count
    raise AssertionError("a draw without a provider")
