"""One side of a series' book: prices in order, and at each a queue by time.

A sorted list of prices and a dict of queues. Adding is a binary search and one memory move of 8
bytes a price, cancelling marks the order and leaves it in its queue until the queue is half dead.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from typing import Final

from bridge.orders.book.entry import BookOrder

_LEAST_DEAD: Final = 32
"""A queue with fewer dead orders is not cleared: that would cost more than passing over them."""


class _Queue:
    __slots__ = ("live", "orders")

    def __init__(self) -> None:
        self.orders: deque[BookOrder] = deque()
        self.live = 0


class BookHalf:
    """Bids or asks of a series, the best price last in `_keys`."""

    __slots__ = ("_keys", "_queues", "_sign", "best", "touched")

    def __init__(self, *, bids: bool) -> None:
        self._sign = 1 if bids else -1
        self._keys: list[int] = []
        self._queues: dict[int, _Queue] = {}
        self.best: int | None = None
        """The best price; None where the side is empty."""
        self.touched: set[int] = set()
        """Prices whose lots changed since somebody cleared it."""

    def __len__(self) -> int:
        return sum(queue.live for queue in self._queues.values())

    def add(self, order: BookOrder) -> None:
        """Puts an order behind all others of its price."""
        price = order.price
        self.touched.add(price)
        key = price * self._sign
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = _Queue()
            self._keys.insert(bisect_left(self._keys, key), key)
            self.best = self._keys[-1] * self._sign
        queue.orders.append(order)
        queue.live += 1
        order.live = True

    def remove(self, order: BookOrder) -> None:
        """Takes a live order out."""
        order.live = False
        self.touched.add(order.price)
        key = order.price * self._sign
        queue = self._queues[key]
        queue.live -= 1
        if not queue.live:
            del self._queues[key]
            if self._keys[-1] == key:
                self._keys.pop()
                self.best = self._keys[-1] * self._sign if self._keys else None
            else:
                del self._keys[bisect_left(self._keys, key)]
            return
        dead = len(queue.orders) - queue.live
        if dead > _LEAST_DEAD and dead > queue.live:
            queue.orders = deque(each for each in queue.orders if each.live)

    def walk(self) -> Iterator[BookOrder]:
        """Live orders by price, then time. The book must not change meanwhile."""
        for _, orders in self.queues():
            for order in orders:
                if order.live:
                    yield order

    def queues(self) -> Iterator[tuple[int, deque[BookOrder]]]:
        """Each price, the best first, with its orders by time, the first of them live."""
        for key in reversed(self._keys):
            orders = self._queues[key].orders
            while not orders[0].live:
                orders.popleft()
            yield key * self._sign, orders

    def orders_of(self, price: int) -> list[BookOrder]:
        """Live orders of a price, by time."""
        queue = self._queues.get(price * self._sign)
        return [order for order in queue.orders if order.live] if queue else []

    def levels(self) -> Iterator[tuple[int, list[BookOrder]]]:
        """Each price with its live orders, the best first."""
        for key in reversed(self._keys):
            live = [order for order in self._queues[key].orders if order.live]
            yield key * self._sign, live
