"""The prices of one instant of a window, as the fit takes them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from oracle.index.level import Pair, entries_of, median_of
from oracle.index.method import Method
from oracle.index.window.estimator import DAY_WEIGHT, Ints
from oracle.index.window.logs import log_of
from oracle.index.window.standing import (
    Firmnesses,
    firmness_of,
    panel_in_force,
    rule_of,
    weigh_pairs,
)
from oracle.quotes.classes import Availability
from oracle.quotes.quote import Line


class PricedLine(NamedTuple):
    """A line's price on a day."""

    line: Line
    log: int
    """Natural logarithm of the unit price in base units, ten decimals."""
    weight: int
    """Part of the day's weight, at most DAY_WEIGHT together; at least 1."""


@dataclass(frozen=True)
class Day:
    """The prices of one instant of the window, and where their middle and ends are."""

    instant: int
    """Unix seconds: a midnight, or the last day's as_of."""
    lines: tuple[PricedLine, ...]
    """In ascending order of lines; none on a day without a level."""
    median_log: int = 0
    """Logarithm of the lower weighted median of providers' prices, ten decimals; 0 without lines,
    also below."""
    low_log: int = 0
    high_log: int = 0

    @cached_property
    def names(self) -> frozenset[Line]:
        """The lines without their prices."""
        return frozenset(each.line for each in self.lines)

    @cached_property
    def columns(self) -> tuple[Ints, Ints]:
        """Logarithms and weights of the lines, in their order."""
        logs, weights = ([each.log for each in self.lines], [each.weight for each in self.lines])
        return np.array(logs, np.int64), np.array(weights, np.int64)

    @classmethod
    def of(
        cls,
        instant: int,
        prices: Mapping[Line, int],
        method: Method,
        firm: Firmnesses | None = None,
    ) -> "Day":
        """A day of unit prices: USD per SCU, 8 decimals. Lines share the weight of their pair.

        `firm` is how firm each of these lines is; all are plain list prices without it. A day with
        fewer than `min_providers` providers has no lines, since it has no level.
        """
        if len({line.provider for line in prices}) < method.min_providers:
            return cls(instant, ())
        if firm is None:
            firm = dict.fromkeys(prices, firmness_of(Availability.LISTED, 0, rule_of(method)))
        weights = weigh_pairs(firm, method)
        shares = _shares(weights, firm)
        held = [prices[line] for line in panel_in_force(firm, method)]
        return cls(
            instant,
            tuple(
                PricedLine(line, log_of(unit8), max(1, shares[line]))
                for line, unit8 in sorted(prices.items())
            ),
            log_of(median_of(entries_of(prices, method, weights))),
            log_of(min(held)),
            log_of(max(held)),
        )


def _shares(weights: Mapping[Pair, int], firm: Firmnesses) -> dict[Line, int]:
    """Each line's part of the day's weight: that of its pair, by how firm the line is."""
    total = sum(weights.values())
    whole: Counter[Pair] = Counter()
    for line, each in firm.items():
        whole[line.provider, line.hardware] += each.weight_ppm
    return {
        line: weights[pair] * DAY_WEIGHT * each.weight_ppm // (total * whole[pair])
        for line, each in firm.items()
        for pair in [(line.provider, line.hardware)]
    }
