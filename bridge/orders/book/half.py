"""One side of a series' book: orders open to all, and apart from them those that name a taker.

Each stands among orders of its own kind, which are those with the same ways (and the same taker).
So an order that comes goes past no order that it shares no way with, and past none that names
another, however many there are and at whatever price: such orders cost their makers nothing.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

from bridge.orders.book.entry import BookOrder
from bridge.orders.book.queues import BY_AGE, PriceQueues, Queue, merged
from bridge.orders.signed.order import NOBODY

_Kinds = dict[int, PriceQueues]
"""By ways."""


class BookHalf:
    """Bids or asks of a series. Its best price and its levels are of what is open to all."""

    __slots__ = ("_bids", "_open", "_sign", "best", "named", "touched")

    def __init__(self, *, bids: bool) -> None:
        self._bids = bids
        self._sign = 1 if bids else -1
        self._open: _Kinds = {}
        self.named: dict[bytes, _Kinds] = {}
        """Orders that one taker alone may meet, by taker."""
        self.best: int | None = None
        """The best price that is open to all; None where there is none."""
        self.touched: set[int] = set()
        """Prices whose lots changed since somebody cleared it."""

    def __len__(self) -> int:
        return sum(map(len, self._all()))

    def add(self, order: BookOrder) -> None:
        """Puts an order behind all others of its price."""
        order.live = True
        is_open = order.taker == NOBODY
        kinds = self._open if is_open else self.named.setdefault(order.taker, {})
        queues = kinds.get(order.ways)
        if queues is None:
            queues = kinds[order.ways] = PriceQueues(self._sign)
        is_new = queues.add(order)
        if not is_open:
            return
        price, best = order.price, self.best
        self.touched.add(price)
        if is_new and (best is None or (price > best if self._bids else price < best)):
            self.best = price

    def remove(self, order: BookOrder) -> None:
        """Takes a live order out."""
        order.live = False
        kinds = self._open if order.taker == NOBODY else self.named[order.taker]
        if kinds[order.ways].remove(order):
            self._drop_level(order, kinds)
        self.touch(order)

    def change_ways(self, order: BookOrder, ways: int) -> None:
        """Another kind for a live order, which keeps its place in time; some way is left."""
        if ways == order.ways:
            return
        kinds = self._open if order.taker == NOBODY else self.named[order.taker]
        kinds.setdefault(ways, PriceQueues(self._sign)).insert(order)
        if kinds[order.ways].take(order):
            self._drop_level(order, kinds)
        order.ways = ways

    def touch(self, order: BookOrder) -> None:
        """Notes that an order has other lots left than before."""
        if order.taker == NOBODY:
            self.touched.add(order.price)

    def best_for(self, maker: bytes) -> int | None:
        """The best price for who may also meet the orders that name it."""
        named = self.named.get(maker)
        return self._best_of(chain(self._open.values(), named.values())) if named else self.best

    def offers(
        self, maker: bytes, ways: int, worst: int, start: int | None = None
    ) -> Iterator[tuple[int, Queue]]:
        """What a maker may meet in some of these ways: each price, the best first, with its queue.

        Prices worse than `worst` may come or not; those better than `start` do not.
        """
        least, named = worst * self._sign, self.named.get(maker)
        every = chain(self._open.items(), named.items()) if named else self._open.items()
        kinds = [q for mask, q in every if mask & ways and q.keys[-1] >= least]
        if len(kinds) == 1:
            return kinds[0].walk(start)
        return merged(kinds, bids=self._bids, start=start)

    def walk(self) -> Iterator[BookOrder]:
        """All live orders by price, then time. The book must not change meanwhile."""
        for _, orders in merged(list(self._all()), bids=self._bids):
            for order in orders:
                if order.live:
                    yield order

    def orders_of(self, price: int) -> list[BookOrder]:
        """Live orders of a price that are open to all, by time."""
        found = [each for queues in self._open.values() for each in queues.orders_of(price)]
        return found if len(self._open) == 1 else sorted(found, key=BY_AGE)

    def levels(self) -> Iterator[tuple[int, list[BookOrder]]]:
        """Each price with its live orders that are open to all, by time; the best price first."""
        for price, orders in merged(list(self._open.values()), bids=self._bids):
            yield price, [order for order in orders if order.live]

    def _all(self) -> Iterator[PriceQueues]:
        return chain(self._open.values(), *(kinds.values() for kinds in self.named.values()))

    def _best_of(self, every: Iterable[PriceQueues]) -> int | None:
        best = max([queues.keys[-1] for queues in every], default=None)
        return None if best is None else best * self._sign

    def _drop_level(self, order: BookOrder, kinds: _Kinds) -> None:
        """After the last order of a price left its kind."""
        if not kinds[order.ways].keys:
            del kinds[order.ways]
        if order.taker == NOBODY:
            if order.price == self.best:
                self.best = self._best_of(kinds.values())
        elif not kinds:
            del self.named[order.taker]
