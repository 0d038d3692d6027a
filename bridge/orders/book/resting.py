"""Resting orders of all series, found by hash, maker, lane and expiry."""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Final

from bridge.orders.book.entry import BookOrder, Ended, LaneKey, OrderEnd
from bridge.orders.book.near import is_near_index
from bridge.orders.book.queues import BY_AGE
from bridge.orders.book.series_book import SeriesBook

MOST_OF_LANE: Final = 200
"""Orders of one lane, as many as a maker has in a call: a fill of one is looked up in all."""

_SLACK: Final = 1_000
"""Expiries of orders that are gone, kept before they are swept."""


class _MakerOrders:
    __slots__ = ("by_lane", "count")

    def __init__(self) -> None:
        self.by_lane: dict[int, tuple[BookOrder, ...]] = {}
        """Alternatives of a lane, and orders of its later nonces."""
        self.count = 0


class RestingOrders:
    """Every order that rests in a half of a series' book."""

    __slots__ = (
        "_expiries",
        "_noted",
        "_seconds",
        "_series",
        "by_hash",
        "by_maker",
        "in_call",
        "near_index",
    )

    def __init__(self, series: dict[int, SeriesBook]) -> None:
        self._series = series
        self.by_hash: dict[bytes, BookOrder] = {}
        self.by_maker: dict[bytes, _MakerOrders] = {}
        self.in_call: Counter[tuple[int, bytes]] = Counter()
        """Orders that wait for a call, by series and maker; of all makers by no bytes."""
        self.near_index: dict[int, dict[bytes, BookOrder]] = {}
        """Orders that keep near the index, by series; those of a call, which has its own, not."""
        self._expiries: dict[int, list[BookOrder]] = {}
        """Orders by the second of their end, gone ones among them."""
        self._seconds: list[int] = []
        """A heap of its keys."""
        self._noted = 0
        """Orders in it."""

    def add(self, order: BookOrder, sequence: int) -> None:
        """Puts an order into the half that is its own, as the entry `sequence` says."""
        found = self._series[order.series]
        order.sequence = sequence
        found.half_of(order).add(order)
        if order.in_call:
            self._count_call(order, 1)
        elif order.percent:
            self.near_index.setdefault(order.series, {})[order.hash] = order
        self.by_hash[order.hash] = order
        ours = self.by_maker.get(order.maker)
        if ours is None:
            ours = self.by_maker[order.maker] = _MakerOrders()
        ours.count += 1
        alone = (order,)
        alternatives = ours.by_lane.setdefault(order.lane, alone)
        if alternatives is not alone:
            ours.by_lane[order.lane] = (*alternatives, order)
        ends = found.listing.expiry
        until = order.expiry if order.expiry < ends else ends
        there = self._expiries.get(until)
        if there is None:
            self._expiries[until] = [order]
            heapq.heappush(self._seconds, until)
        else:
            there.append(order)
        self._noted += 1
        if self._noted > 2 * len(self.by_hash) + _SLACK:
            self._sweep()

    def end(self, order: BookOrder, why: OrderEnd) -> Ended:
        """Takes an order out."""
        self._series[order.series].half_of(order).remove(order)
        if order.in_call:
            self._count_call(order, -1)
        elif order.percent:
            del self.near_index[order.series][order.hash]
        del self.by_hash[order.hash]
        ours = self.by_maker[order.maker]
        ours.count -= 1
        rest = ours.by_lane[order.lane]
        if len(rest) > 1:
            ours.by_lane[order.lane] = tuple(each for each in rest if each is not order)
        elif ours.count:
            del ours.by_lane[order.lane]
        else:
            del self.by_maker[order.maker]
        return Ended(order.hash, why)

    def end_where(
        self, orders: Iterable[BookOrder], why: OrderEnd, holds: Callable[[BookOrder], bool]
    ) -> list[Ended]:
        """Takes out those of some orders for which something holds."""
        return [self.end(order, why) for order in tuple(orders) if holds(order)]

    def expire(self, now: int) -> list[Ended]:
        """Takes out orders whose expiry, or whose series' expiry, has come; Unix seconds."""
        ended: list[Ended] = []
        while self._seconds and self._seconds[0] <= now:
            orders = self._expiries.pop(heapq.heappop(self._seconds))
            self._noted -= len(orders)
            ended += [self.end(order, OrderEnd.EXPIRED) for order in orders if order.live]
        return ended

    def off_index(self, series: int, spot: int) -> list[BookOrder]:
        """Orders of a series that keep near the index, and are not near this one."""
        kept = self.near_index.get(series, {}).values()
        return [each for each in kept if not is_near_index(each.percent, each.price, spot)]

    def of_maker(self, maker: bytes) -> list[BookOrder]:
        """A maker's orders, the oldest first."""
        ours = self.by_maker.get(maker)
        if ours is None:
            return []
        return sorted(chain.from_iterable(ours.by_lane.values()), key=BY_AGE)

    def count_of(self, maker: bytes) -> int:
        """How many orders a maker has."""
        ours = self.by_maker.get(maker)
        return 0 if ours is None else ours.count

    def of_lane(self, key: LaneKey) -> tuple[BookOrder, ...]:
        """A lane's orders: alternatives, and those of later nonces."""
        ours = self.by_maker.get(key[0])
        return () if ours is None else ours.by_lane.get(key[1], ())

    def may_crowd(self, maker: bytes) -> bool:
        """Whether a lane of a maker may have MOST_OF_LANE orders: most have one in each."""
        ours = self.by_maker.get(maker)
        return ours is not None and ours.count - len(ours.by_lane) >= MOST_OF_LANE - 1

    def touch(self, order: BookOrder) -> None:
        """Notes that the level of an order changed."""
        self._series[order.series].half_of(order).touch(order)

    def take_touched(self) -> list[tuple[int, int, int]]:
        """Series, side and price of levels that changed since the last call, in order.

        But for calls': those are sealed.
        """
        found: list[tuple[int, int, int]] = []
        for number, series in self._series.items():
            for side, half in enumerate(series.halves):
                found += [(number, side, price) for price in half.touched]
                half.touched.clear()
            for half in series.call_halves:
                half.touched.clear()
        return sorted(found)

    def _sweep(self) -> None:
        kept = {until: [o for o in there if o.live] for until, there in self._expiries.items()}
        self._expiries = {until: there for until, there in kept.items() if there}
        self._seconds = sorted(self._expiries)
        self._noted = sum(map(len, self._expiries.values()))

    def _count_call(self, order: BookOrder, more: int) -> None:
        for maker in (order.maker, b""):
            self.in_call[order.series, maker] += more
            if not self.in_call[order.series, maker]:
                del self.in_call[order.series, maker]
