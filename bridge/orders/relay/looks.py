"""Makers whom a block concerns, looked at some orders at a time.

What a look needs of the chain is read while the book is free. Then the book is held for some
hundred orders, and nothing is asked. Where a block came meanwhile, what was read says nothing any
more: the rest is looked at in the next pass.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from bridge.orders.book.entry import BookOrder
from bridge.orders.event.event import Event
from bridge.orders.event.fact import EpochObserved, WaysChanged
from bridge.orders.event.room import RoomLost
from bridge.orders.funds.chain_state import MarketState
from bridge.orders.log.sequencer import AcceptedEvent, Sequencer
from bridge.orders.log.store import LogStore
from bridge.orders.relay.admission import Admission
from bridge.orders.relay.comebacks import Comebacks, signed_orders
from bridge.orders.relay.lanes_due import LanesDue
from bridge.orders.relay.observation import lane_events
from bridge.orders.relay.rooms import Rooms
from bridge.orders.relay.settlement import MatchSettlement
from bridge.orders.signed.order import SignedOrder
from bridge.orders.signed.refusals import NoFunds, NoRoomToOpen

_log = logging.getLogger("bridge.orders")

_AT_A_TIME: Final = 500
"""Orders, or lanes, that are looked at while the book is held: some ten milliseconds."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some orders of a maker that is due."""

    maker: bytes
    orders: list[BookOrder]
    pairs: frozenset[tuple[bytes, int]]
    """The maker with each series that it has to be known for."""
    is_last: bool

    @property
    def size(self) -> int:
        """As much work as so many orders."""
        return max(len(self.orders), 1)


class MakerLooks:
    """Safe to share between threads, but that one at a time calls `look`."""

    def __init__(
        self,
        state: MarketState,
        sequencer: Sequencer,
        admission: Admission,
        settlement: MatchSettlement,
        comebacks: Comebacks,
        store: LogStore,
    ) -> None:
        self._state = state
        self._sequencer = sequencer
        self._admission = admission
        self._settlement = settlement
        self._comebacks = comebacks
        self._store = store
        self._rooms = Rooms(state, sequencer.book)
        self._lanes = LanesDue(sequencer.book, store)
        self._orders: dict[bytes, SignedOrder] = {}
        """Resting orders by hash: what their makers signed."""
        self._due: dict[bytes, None] = {}
        """Makers whose means may have changed and who were not looked at since."""
        self._returning: set[bytes] = set()
        """Makers who were looked at and whose orders without room were not since."""

    def remember(self, orders: Iterable[SignedOrder]) -> None:
        """Orders that may rest now; those that no longer do are forgotten."""
        for order in orders:
            self._orders[order.hash] = order
            self._rooms.note(order)
        if len(self._orders) > 2 * len(self._sequencer.book.orders) + 1_000:
            resting = self._sequencer.book.orders
            self._orders = {h: order for h, order in self._orders.items() if h in resting}

    def note_due(self, makers: Iterable[bytes]) -> None:
        """Means of these makers may have changed."""
        with self._admission.lock:
            self._due |= dict.fromkeys(makers)

    def note_all_due(self, makers: Iterable[bytes]) -> None:
        """Means and lanes of these makers may have changed."""
        with self._admission.lock:
            for maker in makers:
                self._due[maker] = None
                self._lanes.note_all_of(maker)

    def note_block(self, touched: set[bytes] | None) -> None:
        """Whom and what the blocks gone through last concern; None for everyone."""
        with self._admission.lock:
            book = self._sequencer.book
            makers = dict.fromkeys((*book.resting.by_maker, *book.waiting.by_maker))
            if touched is None:
                self.note_all_due(makers)
            else:
                self.note_due(maker for maker in makers if maker in touched)
                self._lanes.note(self._state.news)

    def look(self) -> list[AcceptedEvent]:
        """Looks at all that is due. Raises ChainError; what was not looked at by then stays due.

        Lanes first, as what makers have to have follows from what is left of their orders.
        """
        self._rooms.read()
        with self._admission.lock:
            self._due |= self._rooms.makers_concerned()
        return self._look_at_lanes() + self._look_at_means()

    def _look_at_lanes(self) -> list[AcceptedEvent]:
        taken: list[AcceptedEvent] = []
        with self._admission.lock:
            moved = self._lanes.moved()
        found = self._lanes.find(moved)
        with self._admission.lock:
            self._lanes.note_found(moved, found)
            keys = self._lanes.first(_AT_A_TIME)
        while keys:
            self._state.read_lanes(keys)
            with self._admission.lock:
                lanes = self._state.known_lanes(keys)
                if self._settlement.is_behind or len(lanes) < len(keys):
                    # A block came: all of it is looked at in the next pass.
                    break
                events = lane_events(self._sequencer.book, lanes, self._state.block.number)
                taken += self._sequencer.take(events)
                self._lanes.discard(keys)
                keys = self._lanes.first(_AT_A_TIME)
        return taken

    def _look_at_means(self) -> list[AcceptedEvent]:
        taken: list[AcceptedEvent] = []
        with self._admission.lock:
            due = list(self._due)
        for pieces in self._in_pieces(due):
            block, pairs = self._state.block, {pair for piece in pieces for pair in piece.pairs}
            self._state.read_accounts(pairs)
            for series in {series for _, series in pairs}:
                self._state.room(series)
            with self._admission.lock:
                if block.hash != self._state.block.hash:
                    break
                known = [p for p in pieces if all(self._state.knows(*pair) for pair in p.pairs)]
                events = [event for piece in known for event in self._look_again(piece)]
                taken += self._sequencer.take(events)
                for piece in known:
                    if piece.is_last:
                        self._returning.add(piece.maker)
                        self._due.pop(piece.maker, None)
        taken += self._comebacks.return_to_room(self._returning)
        self._returning.clear()
        return taken

    def _in_pieces(self, makers: Iterable[bytes]) -> Iterator[list[_Piece]]:
        """Their orders, so many at a time that the book is held for some milliseconds."""
        pieces, size = list[_Piece](), 0
        for maker in makers:
            for piece in self._pieces_of(maker):
                if size + piece.size > _AT_A_TIME:
                    yield pieces
                    pieces, size = [], 0
                pieces.append(piece)
                size += piece.size
        if pieces:
            yield pieces

    def _pieces_of(self, maker: bytes) -> Iterator[_Piece]:
        with self._admission.lock:
            book = self._sequencer.book
            resting = book.resting.of_maker(maker)
            waiting = {half.series for parts in book.waiting.of_maker(maker) for half in parts}
        for start in range(0, max(len(resting), 1), _AT_A_TIME):
            orders = resting[start : start + _AT_A_TIME]
            is_last = start + _AT_A_TIME >= len(resting)
            series = {order.series for order in orders} | (waiting if is_last else set())
            yield _Piece(maker, orders, frozenset((maker, number) for number in series), is_last)

    def _look_again(self, piece: _Piece) -> list[Event]:
        book, number, maker = self._sequencer.book, self._state.block.number, piece.maker
        resting = [order for order in piece.orders if order.live]
        # One that was placed this moment may not have been handed over yet.
        unknown = [order.hash for order in resting if order.hash not in self._orders]
        self.remember(signed_orders(self._store, unknown))
        events: list[Event] = []
        epoch = self._state.epoch(maker) if piece.pairs else 0
        if epoch > book.epochs.get(maker, 0):
            events.append(EpochObserved(maker, epoch, number))
        for order in resting:
            if left := book.lanes.left(order):
                events += self._judge(order, left)
        return events

    def _judge(self, order: BookOrder, left: int) -> list[Event]:
        """What becomes of a resting order by what its maker has and its series takes now."""
        number = self._state.block.number
        try:
            ways = self._admission.funded_ways(self._orders[order.hash], left)
        except NoRoomToOpen as refused:
            _log.info("order 0x%s waits: %s", order.hash.hex(), refused.why)
            return [RoomLost(order.hash, number)]
        except NoFunds as refused:
            _log.info("order 0x%s ends: %s", order.hash.hex(), refused.lacking)
            ways = 0
        if self._sequencer.book.resting_ways(order, ways) == order.ways:
            return []
        return [WaysChanged(order.hash, ways, number)]
