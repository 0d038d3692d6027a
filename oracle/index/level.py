"""The arithmetic of the index: weights, links, levels and values."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from oracle.index.method import Method
from oracle.quotes.quote import Line
from oracle.quotes.weights import (
    Weighted,
    capped_weights,
    lower_median,
    middle,
    quantile,
    weighted_median,
)
from pargrade.units import Rounding, divide

LINK_ONE = 10**18
"""A link of 1.0: links and levels of the chain carry 18 decimals."""

_LEVEL_TO_VALUE = 10**10

Pair = tuple[str, str]
"""A provider and a hardware."""


class State(StrEnum):
    """How much the value rests on."""

    LIVE = "live"
    THIN = "thin"
    """Fewer providers than `live_providers`, or the last daily link was held."""
    SPLICING = "splicing"
    """The window was cut and is filling up again: the level rests on fewer days than a window."""
    HALTED = "halted"
    """Providers quote, but no value is reported. One that is there is for display alone."""


ABSENT = "absent"
"""The state of an index for which too few providers quote; the other states are in `State`."""


class Absence(StrEnum):
    """Why there is no value."""

    NO_BASE = "NO_BASE"
    """No UTC midnight up to now has had enough providers to start the chain."""
    TOO_FEW_PROVIDERS = "TOO_FEW_PROVIDERS"
    WARM_UP = "WARM_UP"
    """The quotes known do not reach back over a whole window."""
    BREAK = "BREAK"
    """Too few of the providers were seen before in the window: nothing links the prices."""


@dataclass(frozen=True, slots=True, order=True)
class WeightedPrice:
    """One provider's price for one kind of hardware, with the weight it carries."""

    provider: str
    hardware: str
    unit8: int
    """USD per SCU, 8 decimals: the lower median of the provider's lines."""
    weight: int
    """Relative to the other entries, after the cap on providers."""


@dataclass(frozen=True, slots=True)
class IndexValue:
    """The index at one instant, in USD per SCU with 8 decimals."""

    value8: int
    confidence8: int
    """Half the interquartile range of the unit prices, scaled to the value, rounded up."""
    median8: int
    """The lower weighted median of the unit prices, without the chain, for comparison."""
    providers: int
    entries: tuple[WeightedPrice, ...]
    state: State
    links: int
    """Daily links since the base."""
    held: int
    """How many of these links could not be measured and count as 1."""

    @property
    def reportable(self) -> bool:
        """Whether a node may sign it."""
        return self.state is not State.HALTED

    def to_json(self) -> dict[str, Any]:
        """The value as JSON values."""
        return {
            "value8": str(self.value8),
            "confidence8": str(self.confidence8),
            "median8": str(self.median8),
            "providers": self.providers,
            "state": self.state,
            "links": self.links,
            "held": self.held,
        }


@dataclass(frozen=True, slots=True)
class NoValue:
    """The index has no value at this instant."""

    reason: Absence
    providers: int

    @property
    def state(self) -> str:
        """`halted` where providers quote and the window gives them no level, else `absent`."""
        halted = self.reason in (Absence.WARM_UP, Absence.BREAK)
        return State.HALTED.value if halted else ABSENT

    @property
    def reportable(self) -> bool:
        """Always False."""
        return False

    def to_json(self) -> dict[str, Any]:
        """The absence as JSON values."""
        return {"absent": self.reason, "providers": self.providers}


@dataclass(frozen=True, slots=True)
class Link:
    """The move of the level between two fixings, over the lines that both have."""

    ratio18: int
    """New middle / old middle, 18 decimals, half-even; exactly 1 when held."""
    providers: int
    """Providers with a line in both fixings."""
    held: bool


def entries_of(
    prices: Mapping[Line, int], method: Method, weights: Mapping[Pair, int] | None = None
) -> tuple[WeightedPrice, ...]:
    """One entry per provider and hardware, weighted and capped, in ascending order.

    `weights` are those of the pairs, where a window has its own.

    A provider's price is the lower median over its lines of every size. The 8-GPU line of the par
    grade is not preferred: sources list it on some days only, and a level that moves with the size
    of a listing is worse than one that is a few cents off.
    """
    by_pair = _provider_prices(prices)
    weights = pair_weights(by_pair, method) if weights is None else weights
    return tuple(
        WeightedPrice(*pair, unit8, weights[pair]) for pair, unit8 in sorted(by_pair.items())
    )


def median_of(entries: tuple[WeightedPrice, ...]) -> int:
    """The lower weighted median of the entries, USD per SCU with 8 decimals."""
    return weighted_median(_weighted(entries))


def link_between(before: Mapping[Line, int], now: Mapping[Line, int], method: Method) -> Link:
    """The link over the lines of both fixings; held when fewer than `min_providers` have one.

    Both middles use the same lines and weights, so providers and sizes that appear or disappear do
    not move the level.
    """
    both = before.keys() & now.keys()
    providers = len({line.provider for line in both})
    if providers < method.min_providers:
        return Link(LINK_ONE, providers, held=True)
    old_prices = _provider_prices({line: before[line] for line in both})
    new_prices = _provider_prices({line: now[line] for line in both})
    weights = pair_weights(old_prices, method)
    old, old_parts = _middle_of(old_prices, weights, method)
    new, new_parts = _middle_of(new_prices, weights, method)
    ratio18 = divide(new * old_parts * LINK_ONE, old * new_parts, Rounding.HALF_EVEN)
    return Link(ratio18, providers, held=False)


def apply_link(level18: int, link: Link) -> int:
    """The level after a link, 18 decimals, half-even."""
    return divide(level18 * link.ratio18, LINK_ONE, Rounding.HALF_EVEN)


def base_level(prices: Mapping[Line, int], method: Method) -> int:
    """The level a chain starts from: the middle of the prices, 18 decimals, half-even."""
    total, parts = middle(_weighted(entries_of(prices, method)), method.middle_band)
    return divide(total * _LEVEL_TO_VALUE, parts, Rounding.HALF_EVEN)


def value_of(level18: int) -> int:
    """The published value of a level: 8 decimals, half-even."""
    return divide(level18, _LEVEL_TO_VALUE, Rounding.HALF_EVEN)


def confidence_of(entries: tuple[WeightedPrice, ...], median8: int, value8: int) -> int:
    """Half the interquartile range times `value8` / `median8`: 8 decimals, rounded up."""
    weighted = _weighted(entries)
    spread8 = quantile(weighted, 3, 4) - quantile(weighted, 1, 4)
    return divide(spread8 * value8, 2 * median8, Rounding.CEIL)


def _middle_of(
    prices: Mapping[Pair, int], weights: Mapping[Pair, int], method: Method
) -> tuple[int, int]:
    """Numerator and denominator of the weighted middle, USD per SCU with 8 decimals."""
    weighted = [Weighted(unit8, weights[pair]) for pair, unit8 in prices.items()]
    return middle(weighted, method.middle_band)


def _provider_prices(prices: Mapping[Line, int]) -> dict[Pair, int]:
    by_pair: dict[Pair, list[int]] = defaultdict(list)
    for line, unit8 in prices.items():
        by_pair[line.provider, line.hardware].append(unit8)
    return {pair: lower_median(units) for pair, units in by_pair.items()}


def pair_weights(pairs: Iterable[Pair], method: Method) -> Mapping[Pair, int]:
    """What each provider's price for a hardware weighs, after the cap on providers; any scale."""
    raw = ((pair, method.by_name[pair[1]].weight_ppm) for pair in sorted(pairs))
    return capped_pairs(tuple(raw), method)


def capped_pairs(raw: tuple[tuple[Pair, int], ...], method: Method) -> Mapping[Pair, int]:
    """Raw weights of pairs, in ascending order, after the cap on providers; any scale."""
    return _capped(raw, method.provider_cap_parts)


@lru_cache(maxsize=256)
def _capped(raw: tuple[tuple[Pair, int], ...], parts: int) -> Mapping[Pair, int]:
    # Cached, because lists of providers change far less often than prices.
    return capped_weights(dict(raw), parts)


def _weighted(entries: tuple[WeightedPrice, ...]) -> list[Weighted]:
    return [Weighted(entry.unit8, entry.weight) for entry in entries]
