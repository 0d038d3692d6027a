"""The books of all series: every event changes them in one way, whoever replays it.

No clock, no chain, no disk: time comes in with each event, in Unix seconds, and what the chain says
comes in as events too. That is what lets an auditor arrive at the same book.
"""

from collections import OrderedDict

from bridge.orders.book.calls import CallDesk
from bridge.orders.book.entry import (
    BookFill,
    BookOrder,
    Ended,
    LaneKey,
    OrderEnd,
    Outcome,
    TimeInForce,
)
from bridge.orders.book.lanes import Lanes, Tallies
from bridge.orders.book.matches import OpenMatches
from bridge.orders.book.matching import FillPlan, plan_fills
from bridge.orders.book.near import is_near_index, near_bounds
from bridge.orders.book.resting import MOST_OF_LANE, RestingOrders
from bridge.orders.book.returns import Returns
from bridge.orders.book.rolls import RollDesk
from bridge.orders.book.series_book import SeriesBook
from bridge.orders.book.waiting import WaitingOrders
from bridge.orders.signed.refusals import (
    ClosedSeries,
    EpochOver,
    ForeignSeries,
    OrderReplayed,
    PostOnlyCrosses,
    TooManyOrders,
)
from bridge.orders.signed.way import MINT_WAYS

# A member of an enumeration takes 0.2 us to look up in its class, and each order asks for several.
_NONE, _FILLED = OrderEnd.NONE, OrderEnd.FILLED
_CALL, _IOC, _POST_ONLY = TimeInForce.CALL, TimeInForce.IOC, TimeInForce.POST_ONLY


class Book:
    """Resting orders of every series, lanes and epochs of their makers, matches on their way."""

    def __init__(self) -> None:
        self.fee_bps = 0
        self.series: dict[int, SeriesBook] = {}
        self.resting = RestingOrders(self.series)
        self.orders = self.resting.by_hash
        self.lanes = Lanes()
        self.epochs: dict[bytes, int] = {}
        self.waiting = WaitingOrders(self.series)
        self._matches = OpenMatches(self.lanes, self.resting, self.waiting)
        self.matches = self._matches.by_sequence
        self.returns = Returns()
        self.rolls = RollDesk(self.lanes, self.waiting, self._matches, self.epochs, self._plan_half)
        self.calls = CallDesk(self.series, self.resting, self.lanes)

    def refuse(self, order: BookOrder, now: int) -> int:
        """Lots that an order has left. Raises the reason for which it cannot be placed now."""
        found = self.series.get(order.series)
        if found is None:
            raise ForeignSeries(order.series)
        if now >= found.listing.expiry:
            raise ClosedSeries(order.series, found.listing.expiry)
        current = self.epochs.get(order.maker, 0)
        if order.epoch < current:
            raise EpochOver(order.epoch, current)
        is_here = order.hash in self.orders or order.hash in self.waiting.by_hash
        left = 0 if is_here else self.lanes.left(order)
        if not left:
            lane = self.lanes.state(order.key)
            raise OrderReplayed(order.hash, order.nonce, lane.nonce if lane else 0)
        if self.waiting.by_hash or self.resting.may_crowd(order.maker):
            self._require_room(order.key)
        return left

    def place(
        self, order: BookOrder, rule: TimeInForce, sequence: int, left: int | None = None
    ) -> Outcome:
        """Matches an order that `refuse` lets pass, and keeps its rest.

        `left` is what `refuse` returned. Raises PostOnlyCrosses, having changed nothing.
        """
        if left is None:
            left = self.lanes.left(order)
        found = self.series[order.series]
        order.rule = rule
        if rule is _CALL:
            order.in_call = True
            self.calls.admit(order)
            return self._keep(found, order, left, sequence)
        opposite = found.halves[1 - order.side]
        best = opposite.best_for(order.maker) if opposite.named else opposite.best
        # Most orders do not come near, and the fee only makes that rarer.
        if best is None or (best > order.price if order.side == 0 else best < order.price):
            if rule is _IOC:
                return Outcome(end=OrderEnd.IOC)
            return self._keep(found, order, left, sequence)
        # One lot would be too many for an order that may only rest.
        plan = self._plan(order, 1 if rule is _POST_ONLY else left, {}, shared=False)
        ended: list[Ended] = []
        if plan.fills:
            if rule is _POST_ONLY:
                raise PostOnlyCrosses(order.hash)
            spent = [(order.key, order.nonce, plan.lots), *plan.spent]
            # A rest that a rule ended has ended, whatever becomes of the match.
            taker = (order,) if plan.end is _NONE else ()
            ended = self._matches.begin(sequence, spent, (*taker, *plan.makers))
        fills, rests = tuple(plan.fills), left - plan.lots
        if not rests:
            return Outcome(fills, (), 0, _FILLED, tuple(ended))
        if plan.end is not _NONE or rule is _IOC:
            return Outcome(fills, (), 0, plan.end or OrderEnd.IOC, tuple(ended))
        return self._keep(found, order, rests, sequence, fills, tuple(ended))

    def expire(self, now: int) -> list[Ended]:
        """Ends orders whose expiry, or whose series' expiry, has come."""
        ended = self.resting.expire(now)
        return ended + self.waiting.expire(now) if self.waiting.by_hash else ended

    def cancel(self, key: LaneKey, nonce: int) -> list[Ended]:
        """Ends a lane's orders up to a nonce. The lane itself is the chain's to end."""
        self.lanes.cancel(key, nonce)
        why, orders = OrderEnd.CANCELLED, self.resting.of_lane(key)
        ended = self.resting.end_where(orders, why, lambda order: order.nonce <= nonce)
        return ended + self.waiting.end_lane(key, why, lambda order: order.nonce <= nonce)

    def cancels(self, key: LaneKey, nonce: int) -> bool:
        """Whether `cancel` would end an order, or keep one of a match from coming back."""
        here = (*self.resting.of_lane(key), *(parts[0] for parts in self.waiting.of_lane(key)))
        if any(order.nonce <= nonce for order in here):
            return True
        lane = self.lanes.state(key)
        if lane is None or lane.cancelled >= min(nonce, lane.nonce):
            return False
        return bool(lane.pending) or any(order.key == key for order in self.returns)

    def end_epochs(self, maker: bytes, epoch: int) -> list[Ended]:
        """Ends a maker's orders of epochs below this one."""
        self.epochs[maker] = max(epoch, self.epochs.get(maker, 0))
        why, orders = OrderEnd.EPOCH_OVER, self.resting.of_maker(maker)
        ended = self.resting.end_where(orders, why, lambda order: order.epoch < epoch)
        return ended + self.waiting.end_of_maker(maker, why, lambda order: order.epoch < epoch)

    def observe_lane(self, key: LaneKey, nonce: int, filled: int) -> list[Ended]:
        """Takes what the chain says of a lane, and ends orders that have nothing left by it."""
        self.lanes.observe(key, nonce, filled)
        return self._matches.end_spent(key)

    def observe_index(self, series: int, spot: int) -> list[Ended]:
        """Takes the fresh index, 0 for none: orders whose price it is not near wait.

        Those of them to which it is near again are due: each has to come back before anything
        else happens.
        """
        found = self.series.get(series)
        if found is None:
            return []
        found.index = spot
        ended: list[Ended] = []
        for order in self.resting.off_index(series, spot):
            ended.append(self.resting.end(order, OrderEnd.OFF_INDEX))
            self.waiting.add((order,), order.sequence)
        near = self.waiting.near(series, spot)
        self.waiting.due = OrderedDict.fromkeys(order.hash for order in near)
        return ended

    def set_ways(self, order: bytes, ways: int) -> list[Ended]:
        """Narrows or widens what a resting order's maker can pay for; no way at all ends it."""
        found = self.orders.get(order)
        if found is None:
            return []
        ways = self.resting_ways(found, ways)
        if not ways:
            return [self.resting.end(found, OrderEnd.UNFUNDED)]
        self.series[found.series].half_of(found).change_ways(found, ways)
        return []

    def set_aside(self, order: bytes) -> list[Ended]:
        """Lets a resting order wait until its series takes the pairs that it would open.

        One of a call ends: the call does not wait for it.
        """
        found = self.orders.get(order)
        if found is None:
            return []
        ended = [self.resting.end(found, OrderEnd.NO_ROOM)]
        if not found.in_call:
            found.no_room = True
            self.waiting.add((found,), found.sequence)
        return ended

    def conclude(self, sequence: int, *, settled: bool) -> list[Ended]:
        """A match is no longer on its way: its lots are the chain's now, or nobody's."""
        match = self.matches.pop(sequence, None)
        if match is None:
            return []
        ended = self._matches.conclude(match)
        self.returns.note(o for o in match.orders if o.hash not in self.waiting.by_hash)
        if match.roll and not settled:
            ended += self.rolls.wait_again(match.roll)
        return ended

    def come_back(self, order: BookOrder, sequence: int, now: int) -> Outcome:
        """Places an order again: the chain did not fill its match, or it waited and is free.

        It comes after all that have come meanwhile. Raises OrderRefused, having changed nothing.
        """
        kept = self.waiting.by_hash.get(order.hash, ())
        if self.waiting.due or len(kept) == 1:
            return self._stop_waiting(order, sequence)
        rule, returns = self.returns.require(order, self.lanes.state(order.key), now)
        left = self.refuse(order, now)
        order.returns = returns
        outcome = self.place(order, rule, sequence, left)
        self.returns.forget(order.hash)
        return outcome

    def clear_call(self, series: int, hour: int, sequence: int) -> Outcome:
        """Clears a call that was closed; `sequence` is of the entry that says so.

        Its fills are matches of their buyers, its orders end. Raises CallOutOfTurn.
        """
        clearing, result = self.calls.clear(series, hour, self.fee_bps)
        ended = self._matches.begin_call(clearing, sequence)
        ended += self.calls.finish(series, result)
        return Outcome(ended=tuple(ended), clearing=clearing)

    def resting_ways(self, order: BookOrder, ways: int) -> int:
        """Of these ways, those in which an order may be filled at its own price."""
        if order.in_call and order.side == 0:
            # It trades at the call's price, which may be inside the band where its limit is not.
            return ways
        inside = self.series[order.series].listing.mints_inside(order.price)
        return ways if inside else ways & ~MINT_WAYS

    def _require_room(self, key: LaneKey) -> None:
        """Raises TooManyOrders where a lane has as many orders as it may."""
        here = len(self.resting.of_lane(key)) + self.waiting.count_of_lane(key)
        if here >= MOST_OF_LANE:
            raise TooManyOrders(MOST_OF_LANE, "of this lane")

    def _plan_half(self, half: BookOrder, wanted: int, tallies: Tallies) -> FillPlan:
        return self._plan(half, wanted, tallies, shared=True)

    def _plan(self, order: BookOrder, wanted: int, tallies: Tallies, *, shared: bool) -> FillPlan:
        found = self.series[order.series]
        near = near_bounds(order.percent, found.index or 0) if order.percent else None
        opposite, lanes, fee = found.halves[1 - order.side], self.lanes, self.fee_bps
        return plan_fills(order, wanted, opposite, lanes, tallies, fee, near=near, shared=shared)

    def _stop_waiting(self, order: BookOrder, sequence: int) -> Outcome:
        """An order that waited for the index, in its turn, or for room. Raises NotReturning."""
        kept = self.waiting.take_turn(order.hash)
        order.returns = kept.returns
        try:
            return self.place(order, kept.rule, sequence)
        except PostOnlyCrosses:
            return Outcome(end=OrderEnd.CROSSED)

    def _keep(
        self,
        found: SeriesBook,
        order: BookOrder,
        rests: int,
        sequence: int,
        fills: tuple[BookFill, ...] = (),
        ended: tuple[Ended, ...] = (),
    ) -> Outcome:
        """Puts the rest of an order into the book, if there is a way in which it may be filled."""
        # Of a series without a band every way is open at any price.
        if found.listing.high:
            order.ways = self.resting_ways(order, order.ways)
        if not order.ways:
            return Outcome(fills, (), 0, OrderEnd.UNFUNDED, ended)
        if order.percent and not order.in_call:
            spot = found.index or 0
            if not is_near_index(order.percent, order.price, spot):
                self.waiting.add((order,), sequence)
                return Outcome(fills, (), 0, OrderEnd.OFF_INDEX, ended)
        self.resting.add(order, sequence)
        return Outcome(fills, (), rests, _NONE, ended)
