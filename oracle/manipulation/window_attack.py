"""Attacks on a window, made on the prices after the screen: the most that a liar could pass.

What the screen refuses is no part of this: a lie here is believed to the digit. Prices are those of
days, one table per midnight; S is the mean of the daily values, as a settlement averages them.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from oracle.index.method import Method
from oracle.index.window.day import Day
from oracle.index.window.level import levels_of
from oracle.index.window.logs import amount_of
from oracle.index.window.rule import WindowRule
from oracle.quotes.quote import Line
from pargrade.clock import DAY_S

Prices = Mapping[Line, int]
"""USD per SCU of each line on a day, 8 decimals."""
Change = Callable[[int, Line, int], int | None]
"""The price that a line has instead on a day, by position; None where it has none."""

_CYCLE_DAYS = 4
_PPM = 10**6


@dataclass(frozen=True)
class PriceTable:
    """The prices of consecutive days, and the window of the method that reads them."""

    days: Sequence[Prices]
    method: Method
    _known: dict[int, Day] = field(default_factory=dict)

    @property
    def first(self) -> int:
        """Position of the first day with a whole window."""
        return self._rule.days - 1

    def value8(self, place: int) -> int:
        """The level of a day, USD per SCU with 8 decimals. Bounds and states are not applied."""
        window = range(place - self._rule.days + 1, place + 1)
        days = [day for day in map(self.day, window) if day.lines]
        return amount_of(levels_of(days, self._rule).logs[-1])

    def mean8(self, places: Collection[int]) -> float:
        """S over some days."""
        return sum(map(self.value8, places)) / len(places)

    def changed(self, providers: Collection[str], since: int, change: Change) -> "PriceTable":
        """The table with other prices of some providers from a day on."""
        days = list(self.days[:since])
        for place, prices in enumerate(self.days[since:], start=since):
            found = {
                line: change(place - since, line, unit8) if line.provider in providers else unit8
                for line, unit8 in prices.items()
            }
            days.append({line: unit8 for line, unit8 in found.items() if unit8 is not None})
        known = {place: day for place, day in self._known.items() if place < since}
        return PriceTable(days, self.method, known)

    def day(self, place: int) -> Day:
        """A day as the fit takes it."""
        if place not in self._known:
            self._known[place] = Day.of(place * DAY_S, self.days[place], self.method)
        return self._known[place]

    @property
    def _rule(self) -> WindowRule:
        rule = self.method.window
        if rule is None:
            raise ValueError(f"version {self.method.version} has no window")
        return rule


def bias(size_ppm: int) -> Change:
    """Every price wrong by one factor; rounded down, at least one unit."""
    return lambda _, __, unit8: max(1, unit8 * (_PPM + size_ppm) // _PPM)


def ratchet(size_ppm: int) -> Change:
    """A cycle of four days: honest, wrong by a factor, and two without a quote."""
    wrong = bias(size_ppm)

    def change(day: int, line: Line, unit8: int) -> int | None:
        turn = day % _CYCLE_DAYS
        return None if turn > 1 else wrong(day, line, unit8) if turn else unit8

    return change


def rotating(size_ppm: int) -> Change:
    """A lie that no day before contradicts: on every other day, with honest days between."""
    wrong = bias(size_ppm)
    return lambda day, line, unit8: wrong(day, line, unit8) if day % 2 else unit8


def drip(size_ppm: int, days: int) -> Change:
    """A factor that grows by the same part every day until it is whole."""

    def change(day: int, line: Line, unit8: int) -> int:
        return bias(size_ppm * min(day + 1, days) // days)(day, line, unit8) or 1

    return change
