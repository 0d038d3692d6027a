"""The books of all series: every event changes them in one way, whoever replays it.

No clock, no chain, no disk: time comes in with each event, in Unix seconds, and what the chain says
comes in as events too. That is what lets an auditor arrive at the same book.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from bridge.orders.book.entry import (
    BookFill,
    BookOrder,
    Ended,
    LaneKey,
    OrderEnd,
    Outcome,
    TimeInForce,
)
from bridge.orders.book.half import BookHalf
from bridge.orders.book.lanes import Lanes, Tallies
from bridge.orders.book.matching import FillPlan, plan_fills, reaches
from bridge.orders.signed.listing import Listing
from bridge.orders.signed.refusals import (
    ClosedSeries,
    EpochOver,
    ForeignSeries,
    OrderReplayed,
    PostOnlyCrosses,
)
from bridge.orders.signed.way import MINT_WAYS

_MOST_ROUNDS: Final = 8
"""Of planning a roll: each round asks both books for what the poorer one had."""


@dataclass(frozen=True, slots=True)
class OpenMatch:
    """What one incoming order took of lanes, until the chain has it or it is given up."""

    spent: tuple[tuple[LaneKey, int, int], ...]
    """Lane, nonce and lots, the incoming order's first."""


class SeriesBook:
    """Bids and asks of a series."""

    __slots__ = ("halves", "listing")

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.halves = (BookHalf(bids=True), BookHalf(bids=False))


class Book:
    """Resting orders of every series, lanes and epochs of their makers, matches on their way."""

    def __init__(self) -> None:
        self.fee_bps = 0
        self.series: dict[int, SeriesBook] = {}
        self.orders: dict[bytes, BookOrder] = {}
        self.lanes = Lanes()
        self.epochs: dict[bytes, int] = {}
        self.matches: dict[int, OpenMatch] = {}
        self.touched: set[tuple[int, int, int]] = set()
        """Series, side and price of levels that changed: whoever publishes them clears it."""
        self.by_maker: dict[bytes, dict[bytes, BookOrder]] = {}
        """Resting orders of a maker, by hash."""
        self._by_lane: dict[LaneKey, tuple[BookOrder, ...]] = {}
        self._expiries: list[tuple[int, int, BookOrder]] = []

    # ── what an order meets ──

    def refuse(self, order: BookOrder, now: int) -> None:
        """Raises the reason for which an order cannot be placed now, if there is one."""
        found = self.series.get(order.series)
        if found is None:
            raise ForeignSeries(order.series)
        if now >= found.listing.expiry:
            raise ClosedSeries(order.series, found.listing.expiry)
        current = self.epochs.get(order.maker, 0)
        if order.epoch < current:
            raise EpochOver(order.epoch, current)
        if order.hash in self.orders or not self.lanes.left(order):
            lane = self.lanes.state(order.key)
            raise OrderReplayed(order.hash, order.nonce, lane.nonce if lane else 0)

    def place(self, order: BookOrder, rule: TimeInForce, sequence: int) -> Outcome:
        """Matches an order that `refuse` lets pass, and keeps its rest.

        Raises PostOnlyCrosses, having changed nothing.
        """
        left = self.lanes.left(order)
        found = self.series[order.series]
        if not reaches(order, found.halves[1 - order.side].best, self.fee_bps):
            if rule is TimeInForce.IOC:
                return Outcome(end=OrderEnd.IOC)
            return self._keep(order, left, sequence, (), ())
        plan = self._plan(order, left, {}, shared=False)
        ended: list[Ended] = []
        if plan.fills:
            if rule is TimeInForce.POST_ONLY:
                raise PostOnlyCrosses(order.hash)
            spent = [(order.key, order.nonce, plan.lots), *_spent_by(plan)]
            self._spend(sequence, spent, ended)
        fills, rests = tuple(plan.fills), left - plan.lots
        if not rests:
            return Outcome(fills, (), 0, OrderEnd.FILLED, tuple(ended))
        if plan.end is not OrderEnd.NONE or rule is TimeInForce.IOC:
            return Outcome(fills, (), 0, plan.end or OrderEnd.IOC, tuple(ended))
        return self._keep(order, rests, sequence, fills, tuple(ended))

    def place_roll(self, near: BookOrder, far: BookOrder, sequence: int) -> Outcome:
        """Fills both halves of a roll for equal lots; what the books do not have ends.

        Both orders have the roll's hash, and `refuse` lets both pass.
        """
        wanted = self.lanes.left(near)
        for _ in range(_MOST_ROUNDS):
            tallies: Tallies = {}
            plans = [self._plan(half, wanted, tallies, shared=True) for half in (near, far)]
            got = min(plan.lots for plan in plans)
            if not got:
                break
            if all(plan.lots == got for plan in plans):
                ended: list[Ended] = []
                makers = [spent for plan in plans for spent in _spent_by(plan)]
                self._spend(sequence, [(near.key, near.nonce, got), *makers], ended)
                end = OrderEnd.PAIR_UNFILLED if self.lanes.left(near) else OrderEnd.FILLED
                fills, far_fills = (tuple(plan.fills) for plan in plans)
                return Outcome(fills, far_fills, 0, end, tuple(ended))
            wanted = got
        return Outcome(end=OrderEnd.PAIR_UNFILLED)

    # ── what ends orders ──

    def expire(self, now: int) -> list[Ended]:
        """Ends orders whose expiry, or whose series' expiry, has come."""
        ended: list[Ended] = []
        while self._expiries and self._expiries[0][0] <= now:
            order = heapq.heappop(self._expiries)[2]
            if order.live:
                self._end(order, OrderEnd.EXPIRED, ended)
        return ended

    def cancel(self, key: LaneKey, nonce: int) -> list[Ended]:
        """Ends a lane's resting orders up to a nonce. The lane itself is the chain's to end."""
        ended: list[Ended] = []
        for order in self._by_lane.get(key, ()):
            if order.nonce <= nonce:
                self._end(order, OrderEnd.CANCELLED, ended)
        return ended

    def end_epochs(self, maker: bytes, epoch: int) -> list[Ended]:
        """Ends a maker's orders of epochs below this one."""
        self.epochs[maker] = max(epoch, self.epochs.get(maker, 0))
        ended: list[Ended] = []
        for order in tuple(self.by_maker.get(maker, {}).values()):
            if order.epoch < epoch:
                self._end(order, OrderEnd.EPOCH_OVER, ended)
        return ended

    def observe_lane(self, key: LaneKey, nonce: int, filled: int) -> list[Ended]:
        """Takes what the chain says of a lane, and ends orders that have nothing left by it."""
        self.lanes.observe(key, nonce, filled)
        return self._end_spent(key)

    def set_ways(self, order: bytes, ways: int) -> list[Ended]:
        """Narrows or widens what a resting order's maker can pay for; no way at all ends it."""
        ended: list[Ended] = []
        found = self.orders.get(order)
        if found is not None:
            found.ways = self.resting_ways(found, ways)
            if not found.ways:
                self._end(found, OrderEnd.UNFUNDED, ended)
        return ended

    def conclude(self, sequence: int) -> None:
        """A match is no longer on its way: its lots are the chain's now, or nobody's."""
        match = self.matches.pop(sequence, None)
        for key, nonce, lots in match.spent if match else ():
            self.lanes.conclude(key, nonce, lots)
            self._end_spent(key)

    # ── what is shown ──

    def level(self, series: int, side: int, price: int) -> int:
        """Lots that all orders of a price have left."""
        orders = self.series[series].halves[side].orders_of(price)
        return sum(self.lanes.left(order) for order in orders)

    def depth(self, series: int, side: int, most: int) -> list[tuple[int, int]]:
        """Price and lots of the best levels."""
        levels = islice(self.series[series].halves[side].levels(), most)
        return [(price, sum(map(self.lanes.left, orders))) for price, orders in levels]

    def resting_ways(self, order: BookOrder, ways: int) -> int:
        """Of these ways, those in which an order may be filled at its own price."""
        inside = self.series[order.series].listing.mints_inside(order.price)
        return ways if inside else ways & ~MINT_WAYS

    # ── inside ──

    def _plan(self, order: BookOrder, wanted: int, tallies: Tallies, *, shared: bool) -> FillPlan:
        opposite = self.series[order.series].halves[1 - order.side]
        lanes, fee = self.lanes, self.fee_bps
        return plan_fills(order, wanted, opposite, lanes, tallies, fee, shared=shared)

    def _keep(
        self,
        order: BookOrder,
        rests: int,
        sequence: int,
        fills: tuple[BookFill, ...],
        ended: tuple[Ended, ...],
    ) -> Outcome:
        """Puts the rest of an order into the book, if there is a way in which it may be filled."""
        found = self.series[order.series]
        listing = found.listing
        if listing.high and not listing.mints_inside(order.price):
            order.ways &= ~MINT_WAYS
        if not order.ways:
            return Outcome(fills, (), 0, OrderEnd.UNFUNDED, ended)
        order.sequence = sequence
        found.halves[order.side].add(order)
        self.touched.add((order.series, order.side, order.price))
        self.orders[order.hash] = order
        ours = self.by_maker.get(order.maker)
        if ours is None:
            ours = self.by_maker[order.maker] = {}
        ours[order.hash] = order
        alternatives = self._by_lane.get(order.key)
        self._by_lane[order.key] = (order,) if alternatives is None else (*alternatives, order)
        until = min(order.expiry, listing.expiry)
        heapq.heappush(self._expiries, (until, sequence, order))
        if len(self._expiries) > 2 * len(self.orders) + 1_000:
            self._expiries = [each for each in self._expiries if each[2].live]
            heapq.heapify(self._expiries)
        return Outcome(fills, (), rests, OrderEnd.NONE, ended)

    def _spend(
        self, sequence: int, spent: list[tuple[LaneKey, int, int]], ended: list[Ended]
    ) -> None:
        for key, nonce, lots in spent:
            self.lanes.spend(key, nonce, lots)
        for key, _, _ in spent:
            if key in self._by_lane:
                ended += self._end_spent(key)
        self.matches[sequence] = OpenMatch(tuple(spent))

    def _end_spent(self, key: LaneKey) -> list[Ended]:
        ended: list[Ended] = []
        for order in self._by_lane.get(key, ()):
            if self.lanes.left(order):
                self.touched.add((order.series, order.side, order.price))
            else:
                lane = self.lanes.state(key)
                filled = lane is not None and lane.nonce == order.nonce
                self._end(order, OrderEnd.FILLED if filled else OrderEnd.SUPERSEDED, ended)
        return ended

    def _end(self, order: BookOrder, why: OrderEnd, ended: list[Ended]) -> None:
        self.touched.add((order.series, order.side, order.price))
        self.series[order.series].halves[order.side].remove(order)
        del self.orders[order.hash]
        ours = self.by_maker[order.maker]
        del ours[order.hash]
        if not ours:
            del self.by_maker[order.maker]
        rest = self._by_lane[order.key]
        if len(rest) == 1:
            del self._by_lane[order.key]
        else:
            self._by_lane[order.key] = tuple(each for each in rest if each is not order)
        ended.append(Ended(order.hash, why))


def _spent_by(plan: FillPlan) -> Iterator[tuple[LaneKey, int, int]]:
    for maker, fill in zip(plan.makers, plan.fills, strict=True):
        yield maker.key, maker.nonce, fill.lots
