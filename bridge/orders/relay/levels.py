"""Price levels of every book with their lots, kept so that showing them walks no order.

A level is summed when it has changed, not when it is looked at: how deep a book is costs its
readers nothing, and who reads it holds the book for as long as the levels shown take.
"""

from bisect import bisect_left, insort
from dataclasses import dataclass, field

from bridge.orders.book.book import Book
from bridge.orders.book.depth import depth_of, level_lots

Level = tuple[int, int, int, int]
"""Series, side, price, and lots; 0 where nothing is left."""


@dataclass(slots=True)
class _Side:
    lots: dict[int, int] = field(default_factory=dict)
    prices: list[int] = field(default_factory=list)
    """Of all levels, the lowest first."""

    def put(self, price: int, lots: int) -> None:
        known = price in self.lots
        if lots:
            self.lots[price] = lots
            if not known:
                insort(self.prices, price)
        elif known:
            del self.lots[price]
            del self.prices[bisect_left(self.prices, price)]


class BookLevels:
    """Levels of one relay's books. Whoever holds the book's lock calls it."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._sides: dict[tuple[int, int], _Side] = {}
        self._changed: set[tuple[int, int, int]] = set()
        book.resting.take_touched()
        for number in book.series:
            for side in (0, 1):
                for price, lots in depth_of(book, number, side, len(book.orders)):
                    self._side(number, side).put(price, lots)

    def best(self, series: int, side: int, most: int) -> list[tuple[int, int]]:
        """Price and lots of the best levels."""
        self._follow()
        kept = self._side(series, side)
        prices = kept.prices[: -most - 1 : -1] if side == 0 else kept.prices[:most]
        return [(price, kept.lots[price]) for price in prices]

    def take_changed(self) -> list[Level]:
        """Levels that changed since the last call, in order."""
        self._follow()
        changed, self._changed = sorted(self._changed), set()
        return [(*key, self._side(*key[:2]).lots.get(key[2], 0)) for key in changed]

    def _follow(self) -> None:
        for key in self._book.resting.take_touched():
            series, side, price = key
            self._changed.add(key)
            self._side(series, side).put(price, level_lots(self._book, series, side, price))

    def _side(self, series: int, side: int) -> _Side:
        found = self._sides.get((series, side))
        if found is None:
            found = self._sides[series, side] = _Side()
        return found
