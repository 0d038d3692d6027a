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
        self._lanes: dict[bytes, dict[int, LaneState]] = {}
        """By maker, then by number: one table of pairs costs a hash of both at each look."""

    def state(self, key: LaneKey) -> LaneState | None:
        """None where nothing is known to have happened."""
        ours = self._lanes.get(key[0])
        return None if ours is None else ours.get(key[1])

    def left(self, order: BookOrder, tallies: Tallies | None = None) -> int:
        """Lots an order has left after what is filled, matched, and taken by a plan."""
        nonce = filled = 0
        ours = self._lanes.get(order.maker)
        if ours is not None:
            lane = ours.get(order.lane)
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
        lane = self.state(order.key)
        filled = lane is not None and lane.nonce == order.nonce
        return OrderEnd.FILLED if filled else OrderEnd.SUPERSEDED

    def spend(self, key: LaneKey, nonce: int, lots: int) -> LaneState:
        """Counts lots matched, and returns their lane. The nonce is the lane's or a later one."""
        maker, number = key
        ours = self._lanes.get(maker)
        if ours is None:
            ours = self._lanes[maker] = {}
        lane = ours.get(number)
        if lane is None:
            lane = ours[number] = LaneState(nonce)
        elif nonce > lane.nonce:
            lane.nonce, lane.settled, lane.pending = nonce, 0, 0
        lane.pending += lots
        return lane

    def cancel(self, key: LaneKey, nonce: int) -> None:
        """Notes a maker's request: what was matched of the lane does not come back to the book."""
        lane = self.state(key)
        if lane is not None:
            lane.cancelled = max(lane.cancelled, nonce)

    def conclude(self, key: LaneKey, nonce: int, lots: int) -> None:
        """Lots matched earlier are no longer on their way: filled on the chain, or given up."""
        lane = self.state(key)
        if lane is not None and lane.nonce == nonce:
            lane.pending = max(lane.pending - lots, 0)

    def observe(self, key: LaneKey, nonce: int, filled: int) -> None:
        """Takes what the chain says; a nonce that is behind what was matched here says nothing."""
        lane = self._lanes.setdefault(key[0], {}).setdefault(key[1], LaneState())
        if nonce > lane.nonce:
            lane.nonce, lane.settled, lane.pending = nonce, filled, 0
        elif nonce == lane.nonce:
            lane.settled = filled

    def to_map(self) -> Mapping[LaneKey, tuple[int, int, int, int]]:
        """All of it, for comparing two books."""
        return {
            (maker, number): (lane.nonce, lane.settled, lane.pending, lane.cancelled)
            for maker, ours in self._lanes.items()
            for number, lane in ours.items()
        }
