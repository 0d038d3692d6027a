"""The books of all series: every event changes them in one way, whoever replays it.

No clock, no chain, no disk: time comes in with each event, in Unix seconds, and what the chain says
comes in as events too. That is what lets an auditor arrive at the same book.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from bridge.orders.book.calls import CallDesk
from bridge.orders.book.entry import (
    BookFill,
    BookOrder,
    Clearing,
    Ended,
    LaneKey,
    OpenMatch,
    OrderEnd,
    Outcome,
    TimeInForce,
)
from bridge.orders.book.lanes import Lanes, Tallies
from bridge.orders.book.matching import FillPlan, plan_fills, reaches
from bridge.orders.book.resting import RestingOrders
from bridge.orders.book.returns import Returns
from bridge.orders.book.series_book import SeriesBook
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


class Book:
    """Resting orders of every series, lanes and epochs of their makers, matches on their way."""

    def __init__(self) -> None:
        self.fee_bps = 0
        self.series: dict[int, SeriesBook] = {}
        self.resting = RestingOrders(self.series)
        self.orders = self.resting.by_hash
        self.lanes = Lanes()
        self.epochs: dict[bytes, int] = {}
        self.matches: dict[int, OpenMatch] = {}
        self.by_maker = self.resting.by_maker
        """Resting orders of a maker, by hash."""
        self.returns = Returns()
        self.calls = CallDesk(self.series, self.resting, self.lanes)

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
        order.rule = rule
        if rule is TimeInForce.CALL:
            order.in_call = True
            self.calls.admit(order)
            return self._keep(order, left, sequence, (), ())
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
            # A rest that a rule ended has ended, whatever becomes of the match.
            taker = (order,) if plan.end is OrderEnd.NONE else ()
            self._spend(sequence, spent, ended, (*taker, *plan.makers))
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
                met = tuple(maker for plan in plans for maker in plan.makers)
                self._spend(sequence, [(near.key, near.nonce, got), *makers], ended, met)
                end = OrderEnd.PAIR_UNFILLED if self.lanes.left(near) else OrderEnd.FILLED
                fills, far_fills = (tuple(plan.fills) for plan in plans)
                return Outcome(fills, far_fills, 0, end, tuple(ended))
            wanted = got
        return Outcome(end=OrderEnd.PAIR_UNFILLED)

    def expire(self, now: int) -> list[Ended]:
        """Ends orders whose expiry, or whose series' expiry, has come."""
        return self.resting.expire(now)

    def cancel(self, key: LaneKey, nonce: int) -> list[Ended]:
        """Ends a lane's resting orders up to a nonce. The lane itself is the chain's to end."""
        self.lanes.cancel(key, nonce)
        orders = self.resting.of_lane(key)
        return self.resting.end_where(orders, OrderEnd.CANCELLED, lambda o: o.nonce <= nonce)

    def end_epochs(self, maker: bytes, epoch: int) -> list[Ended]:
        """Ends a maker's orders of epochs below this one."""
        self.epochs[maker] = max(epoch, self.epochs.get(maker, 0))
        orders = self.resting.of_maker(maker)
        return self.resting.end_where(orders, OrderEnd.EPOCH_OVER, lambda o: o.epoch < epoch)

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
                ended.append(self.resting.end(found, OrderEnd.UNFUNDED))
        return ended

    def conclude(self, sequence: int) -> None:
        """A match is no longer on its way: its lots are the chain's now, or nobody's."""
        match = self.matches.pop(sequence, None)
        if match is None:
            return
        for key, nonce, lots in match.spent:
            self.lanes.conclude(key, nonce, lots)
            self._end_spent(key)
        self.returns.note(match.orders)

    def come_back(self, order: BookOrder, sequence: int, now: int) -> Outcome:
        """Places an order again that a match took out of the book and the chain did not fill.

        It comes after all that have come meanwhile. Raises OrderRefused, having changed nothing.
        """
        rule, returns = self.returns.require(order, self.lanes.state(order.key), now)
        self.refuse(order, now)
        order.returns = returns
        outcome = self.place(order, rule, sequence)
        self.returns.forget(order.hash)
        return outcome

    def clear_call(self, series: int, hour: int, sequence: int) -> Outcome:
        """Clears a call that was closed; `sequence` is of the entry that says so.

        Its fills are matches of their buyers, its orders end. Raises CallOutOfTurn.
        """
        clearing, result = self.calls.clear(series, hour, self.fee_bps)
        ended = self._spend_call(clearing, sequence)
        ended += self.calls.finish(series, result)
        return Outcome(ended=tuple(ended), clearing=clearing)

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
        if order.in_call and order.side == 0:
            # It trades at the call's price, which may be inside the band where its limit is not.
            return ways
        inside = self.series[order.series].listing.mints_inside(order.price)
        return ways if inside else ways & ~MINT_WAYS

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
        order.ways = self.resting_ways(order, order.ways)
        if not order.ways:
            return Outcome(fills, (), 0, OrderEnd.UNFUNDED, ended)
        self.resting.add(order, sequence)
        return Outcome(fills, (), rests, OrderEnd.NONE, ended)

    def _spend(
        self,
        sequence: int,
        spent: list[tuple[LaneKey, int, int]],
        ended: list[Ended],
        orders: tuple[BookOrder, ...],
    ) -> None:
        for key, nonce, lots in spent:
            self.lanes.spend(key, nonce, lots)
        for key, _, _ in spent:
            ended += self._end_spent(key)
        self.matches[sequence] = OpenMatch(tuple(spent), sequence, orders)

    def _spend_call(self, clearing: Clearing, sequence: int) -> list[Ended]:
        spent: dict[int, list[tuple[LaneKey, int, int]]] = {}
        for fill in clearing.fills:
            buyer, seller = self.orders[fill.buyer], self.orders[fill.seller]
            sellers = spent.setdefault(buyer.sequence, [(buyer.key, buyer.nonce, 0)])
            sellers[0] = (buyer.key, buyer.nonce, sellers[0][2] + fill.lots)
            sellers.append((seller.key, seller.nonce, fill.lots))
        ended: list[Ended] = []
        for order, takes in spent.items():
            for key, nonce, lots in takes:
                self.lanes.spend(key, nonce, lots)
            self.matches[order] = OpenMatch(tuple(takes), sequence)
        for takes in spent.values():
            for key, _, _ in takes:
                ended += self._end_spent(key)
        return ended

    def _end_spent(self, key: LaneKey) -> list[Ended]:
        ended: list[Ended] = []
        for order in self.resting.of_lane(key):
            if self.lanes.left(order):
                self.resting.touch(order)
            else:
                lane = self.lanes.state(key)
                filled = lane is not None and lane.nonce == order.nonce
                why = OrderEnd.FILLED if filled else OrderEnd.SUPERSEDED
                ended.append(self.resting.end(order, why))
        return ended


def _spent_by(plan: FillPlan) -> Iterator[tuple[LaneKey, int, int]]:
    for maker, fill in zip(plan.makers, plan.fills, strict=True):
        yield maker.key, maker.nonce, fill.lots
