"""Resting orders of all series, found by hash, maker, lane and expiry."""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from bridge.orders.book.entry import BookOrder, Ended, LaneKey, OrderEnd
from bridge.orders.book.near import is_near_index
from bridge.orders.book.series_book import SeriesBook

_SLACK: Final = 1_000
"""Expiries of orders that are gone, kept before they are swept."""


class RestingOrders:
    """Every order that rests in a half of a series' book."""

    __slots__ = (
        "_expiries",
        "_series",
        "by_hash",
        "by_lane",
        "by_maker",
        "in_call",
        "near_index",
        "touched",
    )

    def __init__(self, series: dict[int, SeriesBook]) -> None:
        self._series = series
        self.by_hash: dict[bytes, BookOrder] = {}
        self.by_maker: dict[bytes, dict[bytes, BookOrder]] = {}
        self.touched: set[tuple[int, int, int]] = set()
        """Series, side and price of levels that changed, but for calls': those are sealed."""
        self.in_call: Counter[tuple[int, bytes]] = Counter()
        """Orders that wait for a call, by series and maker; of all makers by no bytes."""
        self.near_index: dict[int, dict[bytes, BookOrder]] = {}
        """Orders that keep near the index, by series; those of a call, which has its own, not."""
        self.by_lane: dict[LaneKey, tuple[BookOrder, ...]] = {}
        self._expiries: list[tuple[int, int, BookOrder]] = []

    def add(self, order: BookOrder, sequence: int) -> None:
        """Puts an order into the half that is its own, as the entry `sequence` says."""
        found = self._series[order.series]
        order.sequence = sequence
        (found.call_halves if order.in_call else found.halves)[order.side].add(order)
        if order.in_call:
            self._count_call(order, 1)
        else:
            self.touched.add((order.series, order.side, order.price))
        if order.percent and not order.in_call:
            self.near_index.setdefault(order.series, {})[order.hash] = order
        self.by_hash[order.hash] = order
        ours = self.by_maker.get(order.maker)
        if ours is None:
            ours = self.by_maker[order.maker] = {}
        ours[order.hash] = order
        alternatives = self.by_lane.get(order.key)
        self.by_lane[order.key] = (order,) if alternatives is None else (*alternatives, order)
        until = min(order.expiry, found.listing.expiry)
        heapq.heappush(self._expiries, (until, sequence, order))
        if len(self._expiries) > 2 * len(self.by_hash) + _SLACK:
            self._expiries = [each for each in self._expiries if each[2].live]
            heapq.heapify(self._expiries)

    def end(self, order: BookOrder, why: OrderEnd) -> Ended:
        """Takes an order out."""
        self._series[order.series].half_of(order).remove(order)
        if order.in_call:
            self._count_call(order, -1)
        else:
            self.touched.add((order.series, order.side, order.price))
        if order.percent and not order.in_call:
            del self.near_index[order.series][order.hash]
        del self.by_hash[order.hash]
        ours = self.by_maker[order.maker]
        del ours[order.hash]
        if not ours:
            del self.by_maker[order.maker]
        rest = self.by_lane[order.key]
        if len(rest) == 1:
            del self.by_lane[order.key]
        else:
            self.by_lane[order.key] = tuple(each for each in rest if each is not order)
        return Ended(order.hash, why)

    def end_where(
        self, orders: Iterable[BookOrder], why: OrderEnd, holds: Callable[[BookOrder], bool]
    ) -> list[Ended]:
        """Takes out those of some orders for which something holds."""
        return [self.end(order, why) for order in tuple(orders) if holds(order)]

    def expire(self, now: int) -> list[Ended]:
        """Takes out orders whose expiry, or whose series' expiry, has come; Unix seconds."""
        ended: list[Ended] = []
        while self._expiries and self._expiries[0][0] <= now:
            order = heapq.heappop(self._expiries)[2]
            if order.live:
                ended.append(self.end(order, OrderEnd.EXPIRED))
        return ended

    def off_index(self, series: int, spot: int) -> list[BookOrder]:
        """Orders of a series that keep near the index, and are not near this one."""
        kept = self.near_index.get(series, {}).values()
        return [each for each in kept if not is_near_index(each.percent, each.price, spot)]

    def of_maker(self, maker: bytes) -> Iterable[BookOrder]:
        """A maker's orders, the oldest first."""
        return self.by_maker.get(maker, {}).values()

    def of_lane(self, key: LaneKey) -> tuple[BookOrder, ...]:
        """A lane's orders: alternatives, and those of later nonces."""
        return self.by_lane.get(key, ())

    def touch(self, order: BookOrder) -> None:
        """Notes that the level of an order changed."""
        if not order.in_call:
            self.touched.add((order.series, order.side, order.price))

    def _count_call(self, order: BookOrder, more: int) -> None:
        for maker in (order.maker, b""):
            self.in_call[order.series, maker] += more
            if not self.in_call[order.series, maker]:
                del self.in_call[order.series, maker]
