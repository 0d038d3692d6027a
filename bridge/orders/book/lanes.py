"""Lanes of makers: what the chain has filled, and what was matched and is on its way there."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from bridge.orders.book.entry import BookOrder, LaneKey, OrderEnd

CANCELLED: Final = 2**64 - 1
"""Lots that the exchange counts as filled of a nonce that its maker cancelled."""


class LaneState(Struct, gc=False):
    """Where a lane has come to; the twin of the exchange's Lane, ahead of it by `pending`."""

    nonce: int = 0
    settled: int = 0
    """Lots of this nonce that the chain counts as filled; CANCELLED where it is."""
    pending: int = 0
    """Lots matched here whose transaction is not concluded."""
    cancelled: int = 0
    """The nonce up to which the maker asked to be matched no more, since anything was."""

    def left(self, order: BookOrder) -> int:
        """Lots an order of this lane has left."""
        if order.nonce == self.nonce:
            left = order.lots - self.settled - self.pending
            return left if left > 0 else 0
        return order.lots if order.nonce > self.nonce else 0


Tallies = dict[LaneKey, tuple[int, int]]
"""What a plan that is not yet carried out takes of lanes: nonce and lots."""


class Lanes:
    """All lanes that any order has named, as far as they have moved."""

    def __init__(self) -> None:
        self._lanes: dict[LaneKey, LaneState] = {}

    def state(self, key: LaneKey) -> LaneState | None:
        """None where nothing is known to have happened."""
        return self._lanes.get(key)

    def left(self, order: BookOrder, tallies: Tallies | None = None) -> int:
        """Lots an order has left after what is filled, matched, and taken by a plan."""
        nonce = filled = 0
        lane = self._lanes.get(order.key)
        if lane is not None:
            nonce, filled = lane.nonce, lane.settled + lane.pending
        if tallies:
            tally = tallies.get(order.key)
            if tally is not None:
                if tally[0] > nonce:
                    nonce, filled = tally
                else:
                    filled += tally[1]
        if order.nonce < nonce:
            return 0
        if order.nonce > nonce:
            return order.lots
        left = order.lots - filled
        return left if left > 0 else 0

    def end_of(self, order: BookOrder) -> OrderEnd:
        """Why an order that has nothing left ended."""
        lane = self._lanes.get(order.key)
        filled = lane is not None and lane.nonce == order.nonce
        return OrderEnd.FILLED if filled else OrderEnd.SUPERSEDED

    def spend(self, key: LaneKey, nonce: int, lots: int) -> LaneState:
        """Counts lots matched, and returns their lane. The nonce is the lane's or a later one."""
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = LaneState(nonce)
        elif nonce > lane.nonce:
            lane.nonce, lane.settled, lane.pending = nonce, 0, 0
        lane.pending += lots
        return lane

    def cancel(self, key: LaneKey, nonce: int) -> None:
        """Notes a maker's request: what was matched of the lane does not come back to the book."""
        lane = self._lanes.get(key)
        if lane is not None:
            lane.cancelled = max(lane.cancelled, nonce)

    def conclude(self, key: LaneKey, nonce: int, lots: int) -> None:
        """Lots matched earlier are no longer on their way: filled on the chain, or given up."""
        lane = self._lanes.get(key)
        if lane is not None and lane.nonce == nonce:
            lane.pending = max(lane.pending - lots, 0)

    def observe(self, key: LaneKey, nonce: int, filled: int) -> None:
        """Takes what the chain says; a nonce that is behind what was matched here says nothing."""
        lane = self._lanes.setdefault(key, LaneState())
        if nonce > lane.nonce:
            lane.nonce, lane.settled, lane.pending = nonce, filled, 0
        elif nonce == lane.nonce:
            lane.settled = filled

    def to_map(self) -> Mapping[LaneKey, tuple[int, int, int, int]]:
        """All of it, for comparing two books."""
        return {
            key: (lane.nonce, lane.settled, lane.pending, lane.cancelled)
            for key, lane in self._lanes.items()
        }
