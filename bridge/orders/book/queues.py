"""Orders of one kind by price, and at each price by time: who may meet one of them may meet any.

A sorted list of prices and a dict of queues. Adding is a binary search and one memory move of 8
bytes a price, cancelling marks the order and leaves it in its queue until the queue is half dead.
"""

import heapq
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Final

from bridge.orders.book.entry import BookOrder

BY_AGE: Final = attrgetter("sequence")

_LEAST_DEAD: Final = 32
"""A queue with fewer dead orders is not cleared: that would cost more than passing over them."""

_BY_PRICE: Final = itemgetter(0)

Queue = Iterable[BookOrder]
"""Orders of a price by time, dead ones among them."""


class _Level:
    __slots__ = ("live", "orders")

    def __init__(self, first: BookOrder) -> None:
        self.orders = deque((first,))
        self.live = 1


class PriceQueues:
    """Queues by key: the price of a bid, minus that of an ask, so that the best is the greatest."""

    __slots__ = ("_levels", "_sign", "keys")

    def __init__(self, sign: int) -> None:
        self.keys: list[int] = []
        """Of all queues, the best last."""
        self._levels: dict[int, _Level] = {}
        self._sign = sign

    def __len__(self) -> int:
        return sum(level.live for level in self._levels.values())

    def add(self, order: BookOrder) -> bool:
        """Puts an order behind all others of its price. Whether there was none."""
        key = order.price * self._sign
        level = self._levels.get(key)
        if level is not None:
            level.orders.append(order)
            level.live += 1
            return False
        self._levels[key] = _Level(order)
        self.keys.insert(bisect_left(self.keys, key), key)
        return True

    def insert(self, order: BookOrder) -> None:
        """Puts an order to where its sequence belongs."""
        self.add(order)
        orders = self._levels[order.price * self._sign].orders
        if len(orders) > 1 and orders[-2].sequence > order.sequence:
            orders.pop()
            orders.insert(bisect_left(orders, order.sequence, key=BY_AGE), order)

    def remove(self, order: BookOrder) -> bool:
        """Counts an order no more that is dead. Whether it was the last of its price."""
        key = order.price * self._sign
        level = self._levels[key]
        level.live -= 1
        if not level.live:
            del self._levels[key]
            if self.keys[-1] == key:
                self.keys.pop()
            else:
                del self.keys[bisect_left(self.keys, key)]
            return True
        dead = len(level.orders) - level.live
        if dead > _LEAST_DEAD and dead > level.live:
            level.orders = deque(each for each in level.orders if each.live)
        return False

    def take(self, order: BookOrder) -> bool:
        """Takes a live order out. Whether it was the last of its price."""
        orders = self._levels[order.price * self._sign].orders
        place = bisect_left(orders, order.sequence, key=BY_AGE)
        if place < len(orders) and orders[place] is order:
            del orders[place]
        else:
            orders.remove(order)
        return self.remove(order)

    def walk(self, start: int | None = None) -> Iterator[tuple[int, Queue]]:
        """Each price from `start` on, the best first, with its queue, whose first order lives."""
        keys, levels, sign = self.keys, self._levels, self._sign
        first = reversed(keys) if start is None else _from(keys, start * sign)
        for key in first:
            orders = levels[key].orders
            while not orders[0].live:
                orders.popleft()
            yield key * sign, orders

    def orders_of(self, price: int) -> list[BookOrder]:
        """Live orders of a price, by time."""
        level = self._levels.get(price * self._sign)
        return [order for order in level.orders if order.live] if level else []


def _from(keys: list[int], start: int) -> Iterator[int]:
    return (keys[place] for place in range(bisect_right(keys, start) - 1, -1, -1))


def merged(
    kinds: Sequence[PriceQueues], *, bids: bool, start: int | None = None
) -> Iterator[tuple[int, Queue]]:
    """Queues of several kinds as if they were one. The book must not change meanwhile."""
    every = heapq.merge(*(each.walk(start) for each in kinds), key=_BY_PRICE, reverse=bids)
    return ((price, _joined([q for _, q in found])) for price, found in groupby(every, _BY_PRICE))


def _joined(queues: list[Queue]) -> Queue:
    return queues[0] if len(queues) == 1 else heapq.merge(*queues, key=BY_AGE)
