"""Accepted orders that no half of a book has: off their index, without room, or rolls.

Nobody meets them here. Each comes back by an entry of its own, so that what it then meets is in
the log. An order off its index is due as soon as the index is near its price again, and what is due
comes back before anything else happens, the earliest first. One without room opens pairs that its
series does not take now; one roll needs two books.
"""

import heapq
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Final

from bridge.orders.book.entry import BookOrder, Ended, LaneKey, OrderEnd, Parts
from bridge.orders.book.lanes import Lanes
from bridge.orders.book.near import is_near_index
from bridge.orders.book.out_of_turn import NotReturning, ReturnDue, RollsFull
from bridge.orders.book.series_book import SeriesBook

MOST_ROLLS: Final = 1_000
"""Rolls that wait, in all: each is looked at after each look at the chain."""

MOST_ROLLS_OF_MAKER: Final = 20

_SLACK: Final = 1_000
"""Expiries of orders that are gone, kept before they are swept."""


class WaitingOrders:
    """Orders and rolls set aside, by hash."""

    __slots__ = (
        "_by_lane",
        "_expiries",
        "_rolls",
        "_roomless",
        "_series",
        "by_hash",
        "by_maker",
        "due",
    )

    def __init__(self, series: dict[int, SeriesBook]) -> None:
        self._series = series
        self.by_hash: dict[bytes, Parts] = {}
        self.by_maker: dict[bytes, dict[bytes, Parts]] = {}
        self.due: OrderedDict[bytes, None] = OrderedDict()
        """Orders that have to come back now, in this order."""
        self._by_lane: dict[LaneKey, dict[bytes, Parts]] = {}
        self._rolls: dict[bytes, Parts] = {}
        self._roomless: dict[bytes, BookOrder] = {}
        self._expiries: list[tuple[int, int, bytes]] = []

    def add(self, parts: Parts, sequence: int) -> None:
        """Sets an order or a roll aside; `sequence` is of the entry that gave it its place."""
        first = parts[0]
        for part in parts:
            part.sequence = sequence
        self._keep(parts)
        until = min(min(part.expiry, self._series[part.series].listing.expiry) for part in parts)
        heapq.heappush(self._expiries, (until, sequence, first.hash))
        if len(self._expiries) > 2 * len(self.by_hash) + _SLACK:
            self._expiries = [each for each in self._expiries if self._is_kept(*each[1:])]
            heapq.heapify(self._expiries)

    def replace(self, parts: Parts) -> None:
        """The same roll with what its maker can pay for now; it keeps its place."""
        old = self.by_hash[parts[0].hash]
        for part in parts:
            part.sequence, part.returns = old[0].sequence, old[0].returns
        self._keep(parts)

    def end(self, order: bytes) -> Parts:
        """Takes an order or a roll out."""
        parts = self.by_hash.pop(order)
        self._rolls.pop(order, None)
        self._roomless.pop(order, None)
        first = parts[0]
        for found, key in ((self.by_maker, first.maker), (self._by_lane, first.key)):
            rest = found[key]  # type: ignore[index]
            del rest[order]
            if not rest:
                del found[key]  # type: ignore[arg-type]
        self.due.pop(order, None)
        return parts

    def take_turn(self, order: bytes) -> BookOrder:
        """Takes out an order that comes back: the next that is due, or one without room.

        Raises NotReturning, having changed nothing.
        """
        parts, due = self.by_hash.get(order, ()), self.due
        if due and next(iter(due)) != order:
            raise NotReturning(order, "another comes before it")
        if not due and not (parts and parts[0].no_room):
            raise NotReturning(order, "the index is not near its price")
        return self.end(order)[0]

    def require_none_due(self) -> None:
        """Raises ReturnDue where an order has to come back first."""
        if self.due:
            raise ReturnDue(next(iter(self.due)))

    def admit_roll(self, maker: bytes) -> None:
        """Raises RollsFull where no more rolls may wait."""
        if len(self._rolls) >= MOST_ROLLS:
            raise RollsFull(MOST_ROLLS, "in all")
        if sum(len(parts) > 1 for parts in self.of_maker(maker)) >= MOST_ROLLS_OF_MAKER:
            raise RollsFull(MOST_ROLLS_OF_MAKER, "of one maker")

    def of_maker(self, maker: bytes) -> list[Parts]:
        """What a maker has here."""
        return list(self.by_maker.get(maker, {}).values())

    def near(self, series: int, spot: int) -> list[BookOrder]:
        """Orders of a series to whose prices this index is near, the earliest first."""
        found = [
            parts[0]
            for parts in self.by_hash.values()
            if len(parts) == 1
            and not parts[0].no_room
            and parts[0].series == series
            and is_near_index(parts[0].percent, parts[0].price, spot)
        ]
        return sorted(found, key=lambda order: order.sequence)

    def without_room(self) -> list[BookOrder]:
        """Orders that wait for room in their series, the earliest first."""
        return sorted(self._roomless.values(), key=lambda order: order.sequence)

    def rolls(self) -> list[tuple[BookOrder, BookOrder]]:
        """Rolls that wait, the earliest first."""
        pairs = [(near, far) for near, far in self._rolls.values()]
        return sorted(pairs, key=lambda pair: pair[0].sequence)

    def of_lane(self, key: LaneKey) -> tuple[Parts, ...]:
        """What waits of a lane."""
        return tuple(self.by_hash[order] for order in self._by_lane.get(key, ()))

    def count_of_lane(self, key: LaneKey) -> int:
        """How many orders and rolls wait of a lane."""
        return len(self._by_lane.get(key, ()))

    def end_lane(
        self, key: LaneKey, why: OrderEnd, holds: Callable[[BookOrder], bool]
    ) -> list[Ended]:
        """Takes out those of a lane for which something holds."""
        return self._end_some(self._by_lane.get(key, {}), why, holds)

    def end_of_maker(
        self, maker: bytes, why: OrderEnd, holds: Callable[[BookOrder], bool]
    ) -> list[Ended]:
        """Takes out those of a maker for which something holds."""
        return self._end_some(self.by_maker.get(maker, {}), why, holds)

    def end_spent(self, key: LaneKey, lanes: Lanes) -> Iterator[Ended]:
        """Takes out those of a lane that have nothing left."""
        for order, parts in list(self._by_lane.get(key, {}).items()):
            if not lanes.left(parts[0]):
                self.end(order)
                yield Ended(order, lanes.end_of(parts[0]))

    def expire(self, now: int) -> list[Ended]:
        """Takes out those whose expiry, or whose series' expiry, has come; Unix seconds."""
        ended: list[Ended] = []
        while self._expiries and self._expiries[0][0] <= now:
            _, sequence, order = heapq.heappop(self._expiries)
            if self._is_kept(sequence, order):
                self.end(order)
                ended.append(Ended(order, OrderEnd.EXPIRED))
        return ended

    def _keep(self, parts: Parts) -> None:
        first = parts[0]
        self.by_hash[first.hash] = parts
        if len(parts) > 1:
            self._rolls[first.hash] = parts
        elif first.no_room:
            self._roomless[first.hash] = first
        self.by_maker.setdefault(first.maker, {})[first.hash] = parts
        self._by_lane.setdefault(first.key, {})[first.hash] = parts

    def _is_kept(self, sequence: int, order: bytes) -> bool:
        parts = self.by_hash.get(order)
        return parts is not None and parts[0].sequence == sequence

    def _end_some(
        self, found: dict[bytes, Parts], why: OrderEnd, holds: Callable[[BookOrder], bool]
    ) -> list[Ended]:
        gone = [order for order, parts in found.items() if holds(parts[0])]
        for order in gone:
            self.end(order)
        return [Ended(order, why) for order in gone]
