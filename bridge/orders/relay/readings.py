"""What judging orders needs of the chain, read while the book is free.

A stranger's order may name an account and a lane that nobody has asked about: the way to the
endpoint and back is then the stranger's to wait for, and nobody else's. What was read counts while
the block that it was read at is the one that orders are judged by.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from bridge.orders.book.entry import LaneKey
from bridge.orders.event.event import Event
from bridge.orders.event.fact import EpochObserved, LaneObserved
from bridge.orders.funds.chain_state import MarketState
from bridge.orders.log.sequencer import Sequencer
from bridge.orders.signed.order import Signed
from pargrade.chain.errors import ChainError, RpcDown, UnknownBlock

_MOST_LANES: Final = 1_000_000
"""Remembered, so that a maker's next order costs no question."""
_UNUSED: Final = (0, 0)


class Readings:
    """Accounts, rooms and lanes at the block of `state`. Safe to share between threads."""

    def __init__(self, state: MarketState, sequencer: Sequencer, lock: threading.RLock) -> None:
        """`lock` guards the book."""
        self._state = state
        self._sequencer = sequencer
        self._lock = lock
        self._lanes: dict[bytes, dict[int, tuple[int, int]]] = {}
        """Nonce and filled lots of lanes that the book has not heard of, by maker and number."""
        self._count = 0
        """Of all makers."""

    def forget(self, makers: set[bytes] | None) -> None:
        """Lanes of these makers, or of all, are read again. Whoever holds the book calls it."""
        if makers is None:
            self._lanes.clear()
            self._count = 0
            return
        for maker in makers:
            self._count -= len(self._lanes.pop(maker, ()))

    def read_accounts(self, orders: Sequence[Signed]) -> dict[bytes, ChainError]:
        """What makers have, and what room their series has. Returns why not, by order.

        Raises UnknownBlock, which says nothing of any order.
        """
        try:
            self._read(orders)
        except UnknownBlock:
            raise
        except ChainError as failure:
            if isinstance(failure, RpcDown) or len(orders) == 1:
                return {signed.hash: failure for signed in orders}
            alone = (self.read_accounts([signed]) for signed in orders)
            return {order: why for found in alone for order, why in found.items()}
        return {}

    def read_lanes(self, orders: Iterable[Signed]) -> None:
        """Lanes that neither the book nor this has heard of. Raises ChainError."""
        with self._lock:
            block = self._state.block
            asked = self._unheard(orders)
        if not asked:
            return
        found = self._state.lanes(asked, block)
        with self._lock:
            if self._state.block.hash == block.hash:
                self._keep(found)

    def has(self, orders: Iterable[Signed]) -> bool:
        """Whether orders can be judged without a question. Whoever holds the book calls it."""
        orders = list(orders)
        return not self._unheard(orders) and all(
            self._state.knows(half.maker, half.series)
            for signed in orders
            for half in signed.halves
        )

    def observe(self, orders: Sequence[Signed]) -> list[Event]:
        """What the chain has of lanes and makers that the book has not heard of.

        Whoever holds the book calls it; what was not read is read now. Raises ChainError.
        """
        book, number = self._sequencer.book, self._state.block.number
        first_halves = [signed.halves[0] for signed in orders]
        unread = self._state.lanes(self._unheard(orders))
        events: list[Event] = []
        for key in dict.fromkeys((order.maker, order.lane) for order in first_halves):
            lane = unread.get(key) or self._lanes.get(key[0], {}).get(key[1], _UNUSED)
            if lane != _UNUSED and book.lanes.state(key) is None:
                events.append(LaneObserved(*key, *lane, number))
        for maker in dict.fromkeys(order.maker for order in first_halves):
            epoch = self._state.epoch(maker)
            if epoch > book.epochs.get(maker, 0):
                events.append(EpochObserved(maker, epoch, number))
        return events

    def _read(self, orders: Iterable[Signed]) -> None:
        asked = {(half.maker, half.series) for signed in orders for half in signed.halves}
        self._state.read_accounts(asked)
        for series in {series for _, series in asked}:
            self._state.room(series)

    def _keep(self, lanes: Mapping[LaneKey, tuple[int, int]]) -> None:
        if self._count + len(lanes) > _MOST_LANES:
            self.forget(None)
        for (maker, number), lane in lanes.items():
            ours = self._lanes.setdefault(maker, {})
            self._count += number not in ours
            ours[number] = lane

    def _unheard(self, orders: Iterable[Signed]) -> list[LaneKey]:
        known = self._sequencer.book.lanes
        keys = dict.fromkeys((s.halves[0].maker, s.halves[0].lane) for s in orders)
        return [
            key
            for key in keys
            if key[1] not in self._lanes.get(key[0], ()) and known.state(key) is None
        ]
