"""Matches on their way to the chain, and the orders that have nothing left by them."""

from collections.abc import Sequence

from bridge.orders.book.entry import (
    BookOrder,
    Clearing,
    Ended,
    LaneKey,
    OpenMatch,
    OrderEnd,
    Parts,
    Spent,
)
from bridge.orders.book.lanes import Lanes
from bridge.orders.book.resting import RestingOrders
from bridge.orders.book.waiting import WaitingOrders

# A member of an enumeration takes 0.2 us to look up in its class.
_FILLED, _SUPERSEDED = OrderEnd.FILLED, OrderEnd.SUPERSEDED


class OpenMatches:
    """Counts lots of lanes for each match until it ends."""

    __slots__ = ("_lanes", "_resting", "_waiting", "by_sequence")

    def __init__(self, lanes: Lanes, resting: RestingOrders, waiting: WaitingOrders) -> None:
        self._lanes = lanes
        self._resting = resting
        self._waiting = waiting
        self.by_sequence: dict[int, OpenMatch] = {}

    def begin(
        self,
        sequence: int,
        spent: Sequence[Spent],
        orders: tuple[BookOrder, ...],
        roll: Parts = (),
    ) -> list[Ended]:
        """Opens the match of the entry `sequence`. Returns the orders that it leaves nothing of."""
        ended: list[Ended] = []
        spend, of_lane, waits = self._lanes.spend, self._resting.of_lane, self._waiting.by_hash
        for key, nonce, lots in spent:
            lane = spend(key, nonce, lots)
            for order in of_lane(key):
                if lane.left(order):
                    self._resting.touch(order)
                else:
                    why = _FILLED if lane.nonce == order.nonce else _SUPERSEDED
                    ended.append(self._resting.end(order, why))
            if waits:
                ended += self._waiting.end_spent(key, self._lanes)
        self.by_sequence[sequence] = OpenMatch(tuple(spent), sequence, orders, roll)
        return ended

    def begin_call(self, clearing: Clearing, sequence: int) -> list[Ended]:
        """Opens a match for each buyer of a call that the entry `sequence` cleared."""
        spent: dict[int, list[Spent]] = {}
        orders = self._resting.by_hash
        for fill in clearing.fills:
            buyer, seller = orders[fill.buyer], orders[fill.seller]
            sellers = spent.setdefault(buyer.sequence, [(buyer.key, buyer.nonce, 0)])
            sellers[0] = (buyer.key, buyer.nonce, sellers[0][2] + fill.lots)
            sellers.append((seller.key, seller.nonce, fill.lots))
        for order, takes in spent.items():
            for key, nonce, lots in takes:
                self._lanes.spend(key, nonce, lots)
            self.by_sequence[order] = OpenMatch(tuple(takes), sequence)
        keys = [key for takes in spent.values() for key, _, _ in takes]
        return [each for key in keys for each in self.end_spent(key)]

    def conclude(self, match: OpenMatch) -> list[Ended]:
        """Counts a match's lots no more."""
        ended: list[Ended] = []
        for key, nonce, lots in match.spent:
            self._lanes.conclude(key, nonce, lots)
            ended += self.end_spent(key)
        return ended

    def end_spent(self, key: LaneKey) -> list[Ended]:
        """Ends a lane's orders that have nothing left."""
        ended: list[Ended] = []
        for order in self._resting.of_lane(key):
            if self._lanes.left(order):
                self._resting.touch(order)
            else:
                ended.append(self._resting.end(order, self._lanes.end_of(order)))
        if self._waiting.by_hash:
            ended += self._waiting.end_spent(key, self._lanes)
        return ended
