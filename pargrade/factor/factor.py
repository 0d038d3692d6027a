"""Conversion factors: SCU per GPU-hour, FLOP or token.

A factor has four decimals and is written `factor4`, in ten-thousandths. Logarithms are decimal, at
the precision the method declares, so every machine derives the same integer.

    GPU-hour    exp(w ln R + (1 - w) ln S)   R market relative, S specification relative
    FLOP        FLOP / (par's FLOP per hour, times the delivered share if delivered)
    inference   N_in / (3600 R_in) + N_out / (3600 R_out)   at the par GPU's tokens per second
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from statistics import median, quantiles
from typing import Final, NamedTuple

from pargrade.errors import PargradeError
from pargrade.factor.method import FactorMethod, GpuModel
from pargrade.grade.terms import FACTOR_STEP, Basis, Precision
from pargrade.units import Scu

FACTOR_ONE: Final = 10_000
"""A factor of 1.0 in ten-thousandths."""

_HOUR: Final = 3_600
_TERA: Final = 10**12


class PriceRow(NamedTuple):
    """One observed price: USD per GPU-hour, 8 decimals. `day` counts UTC days from 1970."""

    day: int
    source: str
    provider: str
    tier: str
    hardware: str
    price8: int


class SourceDay(NamedTuple):
    """The fields that must be equal for two prices to be compared, so that bias cancels."""

    day: int
    source: str
    provider: str
    tier: str


class NoRate(PargradeError):
    """Prompt or completion tokens without a rate of the par GPU for them."""

    hint = "Give the benchmark's tokens per second for prompts and for completions."

    def __init__(self, side: str, tokens: int) -> None:
        self.side = side
        self.tokens = tokens
        super().__init__(f"{tokens} {side} tokens need a rate above zero")


class UnratedPrecision(PargradeError):
    """FLOP in a precision for which the method declares no rate of the par GPU."""

    hint = "State the FLOP in BF16, the arithmetic the par grade is rated in."

    def __init__(self, precision: Precision) -> None:
        self.precision = precision
        super().__init__(f"the par grade has no declared {precision.name} rate")


class QualityOutOfBounds(PargradeError):
    """A quality multiplier outside the bounds of the method."""

    hint = "A network outside these bounds is another grade, not a multiple of this one."

    def __init__(self, quality: Decimal, least: Decimal, most: Decimal) -> None:
        self.quality = quality
        self.least = least
        self.most = most
        super().__init__(f"quality {quality} lies outside {least} to {most}")


@dataclass(frozen=True, slots=True)
class Fit:
    """A GPU-hour factor and its parts; all in ten-thousandths except the counts."""

    factor4: int
    market4: int | None
    specification4: int
    weight4: int
    source_days: int
    providers: int
    provider_quartiles4: tuple[int, ...]
    """First and third quartile of the providers' median relatives; empty without relatives."""


def matched_relatives(
    rows: Iterable[PriceRow], hardware: str, method: FactorMethod
) -> dict[SourceDay, Fraction]:
    """Price of an hour on `hardware` divided by the price of a par hour, per source-day.

    Both prices must have the same source, tier, provider and day. Several prices of one kind count
    as their median.
    """
    seen: dict[SourceDay, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    par = method.par.key
    for row in rows:
        if row.tier in method.tiers and row.hardware in (hardware, par):
            here = SourceDay(row.day, row.source, row.provider, row.tier)
            seen[here][row.hardware].append(row.price8)
    return {
        here: _median(prices[hardware]) / _median(prices[par])
        for here, prices in seen.items()
        if prices.keys() == {hardware, par}
    }


def specification_relative(hardware: GpuModel, method: FactorMethod) -> Decimal:
    """(TF / par)^a (BW / par)^b (memory / par)^c, the prior of a factor."""
    par = method.par
    with localcontext(method.arithmetic):
        powers = (
            (hardware.bf16_dense_tflops / par.bf16_dense_tflops, method.tflops_exponent),
            (hardware.memory_bandwidth_gb_s / par.memory_bandwidth_gb_s, method.bandwidth_exponent),
            (Decimal(hardware.memory_gb) / par.memory_gb, method.memory_exponent),
        )
        return sum((exponent * base.ln() for base, exponent in powers), Decimal(0)).exp()


def fit_gpu_hour(rows: Sequence[PriceRow], hardware: GpuModel, method: FactorMethod) -> Fit:
    """The factor of a GPU-hour: the market relative shrunk towards the specification relative.

    With n source-days the weight of the market is n / (n + k). Without any, the factor is the prior
    alone.
    """
    relatives = matched_relatives(rows, hardware.key, method)
    n = len(relatives)
    prior = specification_relative(hardware, method)
    by_provider = _by_provider(relatives)
    with localcontext(method.arithmetic):
        weight = Decimal(n) / (n + method.shrinkage)
        market = median(relatives.values()) if relatives else None
        return Fit(
            factor4=shrunk(market or Fraction(1), n, prior, method),
            market4=_ten_thousandths(_decimal(market)) if market else None,
            specification4=_ten_thousandths(prior),
            weight4=_ten_thousandths(weight),
            source_days=n,
            providers=len(by_provider),
            provider_quartiles4=_quartiles(by_provider),
        )


def shrunk(market: Fraction, source_days: int, prior: Decimal, method: FactorMethod) -> int:
    """factor4 of a market relative pulled towards the prior: exp(w ln R + (1 - w) ln S)."""
    with localcontext(method.arithmetic):
        weight = Decimal(source_days) / (source_days + method.shrinkage)
        pulled = weight * _decimal(market).ln() + (1 - weight) * prior.ln()
        return _ten_thousandths(pulled.exp())


def flop_factor(flop: int, precision: Precision, basis: Basis, method: FactorMethod) -> int:
    """factor4 of a number of floating-point operations, half-even.

    Delivered FLOP are worth more: an hour delivers only the declared share of the peak.
    """
    if precision is not Precision.BF16:
        raise UnratedPrecision(precision)
    with localcontext(method.arithmetic):
        per_hour = method.par.bf16_dense_tflops * _TERA * _HOUR
        if basis is Basis.DELIVERED:
            per_hour *= method.delivered_share
        return _ten_thousandths(Decimal(flop) / per_hour)


def inference_factor(
    tokens_in: int, rate_in: Fraction, tokens_out: int, rate_out: Fraction, method: FactorMethod
) -> int:
    """factor4 of an amount of inference, half-even; rates in tokens per second on one par GPU.

    A benchmark that reports completions only, with prompts inside the time, takes tokens_in = 0.
    """
    hours = Fraction(0)
    for side, tokens, rate in (
        ("prompt", tokens_in, rate_in),
        ("completion", tokens_out, rate_out),
    ):
        if tokens and rate <= 0:
            raise NoRate(side, tokens)
        hours += tokens / (_HOUR * rate) if tokens else 0
    with localcontext(method.arithmetic):
        return _ten_thousandths(_decimal(hours))


def scu_per_token(factor4: int, quality: Decimal, method: FactorMethod) -> Scu:
    """The factor a grade freezes: the published one times its network's quality, half-even."""
    if not method.least_quality <= quality <= method.most_quality:
        raise QualityOutOfBounds(quality, method.least_quality, method.most_quality)
    with localcontext(method.arithmetic):
        return Scu(_ten_thousandths(quality * factor4 / FACTOR_ONE) * FACTOR_STEP)


def _by_provider(relatives: Mapping[SourceDay, Fraction]) -> list[Fraction]:
    grouped: dict[str, list[Fraction]] = defaultdict(list)
    for here, relative in relatives.items():
        grouped[here.provider].append(relative)
    return [median(each) for each in grouped.values()]


def _quartiles(values: Sequence[Fraction]) -> tuple[int, ...]:
    if not values:
        return ()
    if len(values) == 1:
        first = third = values[0]
    else:
        first, _, third = quantiles(values, n=4, method="inclusive")
    return _ten_thousandths(_decimal(first)), _ten_thousandths(_decimal(third))


def _median(prices: Sequence[int]) -> Fraction:
    return median(Fraction(price) for price in prices)


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / value.denominator


def _ten_thousandths(value: Decimal) -> int:
    return int((value * FACTOR_ONE).to_integral_value(ROUND_HALF_EVEN))
