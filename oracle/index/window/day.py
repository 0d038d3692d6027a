"""The prices of one instant of a window, as the fit takes them."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from oracle.index.level import entries_of, median_of, pair_weights
from oracle.index.method import Method
from oracle.index.window.estimator import DAY_WEIGHT
from oracle.index.window.logs import log_of
from oracle.quotes.quote import Line


class PricedLine(NamedTuple):
    """A line's price on a day."""

    line: Line
    log: int
    """Natural logarithm of the unit price in base units, ten decimals."""
    weight: int
    """Part of the day's weight, at most DAY_WEIGHT together; at least 1."""


class Day(NamedTuple):
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

    @classmethod
    def of(cls, instant: int, prices: Mapping[Line, int], method: Method) -> "Day":
        """A day of unit prices: USD per SCU, 8 decimals. Lines of a pair share its weight.

        A day with fewer than `min_providers` providers has no lines, since it has no level.
        """
        if len({line.provider for line in prices}) < method.min_providers:
            return cls(instant, ())
        sizes = Counter((line.provider, line.hardware) for line in prices)
        weights = pair_weights(sizes, method)
        total = sum(weights.values())
        shares = {
            pair: max(1, weights[pair] * DAY_WEIGHT // (total * sizes[pair])) for pair in sizes
        }
        return cls(
            instant,
            tuple(
                PricedLine(line, log_of(unit8), shares[line.provider, line.hardware])
                for line, unit8 in sorted(prices.items())
            ),
            log_of(median_of(entries_of(prices, method))),
            log_of(min(prices.values())),
            log_of(max(prices.values())),
        )
