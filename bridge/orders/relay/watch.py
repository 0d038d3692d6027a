"""What the chain does to resting orders: funds that go, lanes that move, room, series that come.

A new block is taken at once. The makers whom it concerns are looked at afterwards, some at a time:
between them the book is free, so that no order waits for the accounts of all others to be read.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Final

from bridge.orders.book.entry import BookOrder
from bridge.orders.event.event import Event
from bridge.orders.event.fact import EpochObserved, FeeChanged, Listed, WaysChanged
from bridge.orders.event.room import RoomLost
from bridge.orders.funds.chain_state import MarketState
from bridge.orders.log.sequencer import AcceptedEvent, Sequencer
from bridge.orders.log.store import LogStore
from bridge.orders.relay.admission import Admission
from bridge.orders.relay.comebacks import Comebacks, signed_orders
from bridge.orders.relay.observation import observe_lanes
from bridge.orders.relay.rooms import Rooms
from bridge.orders.relay.settlement import MatchSettlement
from bridge.orders.signed.order import SignedOrder
from bridge.orders.signed.refusals import NoFunds, NoRoomToOpen

_log = logging.getLogger("bridge.orders")

_MAKERS_AT_A_TIME: Final = 50
"""Looked at while the book is held: some ten milliseconds."""


class ChainWatch:
    """Follows the chain block by block. Safe to share between threads."""

    def __init__(
        self,
        state: MarketState,
        sequencer: Sequencer,
        admission: Admission,
        settlement: MatchSettlement,
        comebacks: Comebacks,
        store: LogStore,
        clock: Callable[[], int],
    ) -> None:
        self._state = state
        self._sequencer = sequencer
        self._admission = admission
        self._settlement = settlement
        self._comebacks = comebacks
        self._store = store
        self._clock = clock
        self._rooms = Rooms(state, sequencer.book)
        self._orders: dict[bytes, SignedOrder] = {}
        """Resting orders by hash: what their makers signed."""
        self._due: dict[bytes, None] = {}
        """Makers whom a block concerns and who were not looked at since."""
        self._returning: set[bytes] = set()
        """Makers who were looked at and whose orders without room were not since."""
        self._passed_over: set[bytes] = set()
        """Orders that a match went on without and that were not looked at since."""

    def remember(self, orders: Iterable[SignedOrder]) -> None:
        """Orders that may rest now; those that no longer do are forgotten."""
        for order in orders:
            self._orders[order.hash] = order
            self._rooms.note(order)
        if len(self._orders) > 2 * len(self._sequencer.book.orders) + 1_000:
            resting = self._sequencer.book.orders
            self._orders = {h: order for h, order in self._orders.items() if h in resting}

    def list_series(self) -> list[Event]:
        """Series and fee as the chain has them, where the book has them not."""
        book = self._sequencer.book
        self._state.read_series()
        events: list[Event] = [
            Listed(detail.listing)
            for number, detail in self._state.series.items()
            if number not in book.series
        ]
        fee = self._state.fee_bps()
        if fee != book.fee_bps:
            events.append(FeeChanged(fee))
        return events

    def follow(self) -> list[AcceptedEvent]:
        """Goes on to the newest block, and looks at whom it concerns. Returns what the book took.

        Raises ChainError; who was not looked at by then is so the next time.
        """
        taken = self.advance()
        with self._admission.lock:
            blamed, parties = self._settlement.take_doubts()
            self._passed_over |= blamed
            self._due |= dict.fromkeys(parties)
            passed_over = frozenset(self._passed_over)
        taken += self.end_refused(passed_over)
        self._passed_over -= passed_over
        taken += self._look_at_due()
        with self._admission.lock:
            return taken + self._comebacks.follow_indexes()

    def advance(self) -> list[AcceptedEvent]:
        """Goes on to the newest block, by which orders are judged from now on. Raises ChainError.

        Reads little, however many rest: a client's order may wait for it.
        """
        # Mostly there is no new block: then orders do not wait for the question.
        head = self._state.chain.head()
        with self._admission.lock:
            if head.hash != self._state.block.hash:
                # Another thread may have gone further meanwhile.
                head = self._state.chain.head()
            if head.hash == self._state.block.hash:
                return self._sequencer.take(self._settlement.conclude(self._clock(), moved=False))
            touched = self._state.advance(head)
            self._note_due(touched)
            self._passed_over |= self._state.passed_over
            self._admission.forget_lanes(touched)
            return self.conclude() + self._sequencer.take(self.list_series())

    def conclude(self) -> list[AcceptedEvent]:
        """Ends matches by the chain as it is, whatever happened while nobody looked."""
        with self._admission.lock:
            return self._sequencer.take(self._settlement.conclude(self._clock(), moved=True))

    def end_refused(self, orders: Iterable[bytes]) -> list[AcceptedEvent]:
        """Ends resting orders that their maker's contract or a token refuses now.

        `orders` are those that a match went on without, which proves nothing against them: anyone
        may submit a match, with another signature or for a taker without means. So each is looked
        at by itself, while the book is free.
        """
        with self._admission.lock:
            resting = [order for order in orders if order in self._sequencer.book.orders]
        suspects = signed_orders(self._store, resting)
        refused = [order.hash for order in suspects if not self._comebacks.may_fill(order)]
        with self._admission.lock:
            number = self._state.block.number
            for order in refused:
                _log.info("order 0x%s ends: its maker can fill it no more", order.hex())
            return self._sequencer.take([WaysChanged(order, 0, number) for order in refused])

    def refresh(self, makers: Iterable[bytes]) -> list[AcceptedEvent]:
        """Looks again at what makers can pay for, whatever the logs say. Raises ChainError."""
        with self._admission.lock:
            self._due |= dict.fromkeys(makers)
        return self._look_at_due()

    def _note_due(self, touched: set[bytes] | None) -> None:
        book = self._sequencer.book
        for maker in dict.fromkeys((*book.resting.by_maker, *book.waiting.by_maker)):
            if touched is None or maker in touched:
                self._due[maker] = None

    def _look_at_due(self) -> list[AcceptedEvent]:
        taken: list[AcceptedEvent] = []
        with self._admission.lock:
            self._due |= self._rooms.makers_concerned()
            due = list(self._due)
        for start in range(0, len(due), _MAKERS_AT_A_TIME):
            makers = due[start : start + _MAKERS_AT_A_TIME]
            self._read_accounts(makers)
            with self._admission.lock:
                taken += self._sequencer.take(self._look_at_lanes(makers))
                for maker in makers:
                    taken += self._sequencer.take(self._look_again(maker))
                    self._returning.add(maker)
                    del self._due[maker]
        taken += self._comebacks.return_to_room(self._returning)
        self._returning.clear()
        return taken

    def _read_accounts(self, makers: Iterable[bytes]) -> None:
        """Before the book is held, as it may take a while."""
        with self._admission.lock:
            book = self._sequencer.book
            wanted = {
                (order.maker, order.series)
                for maker in makers
                for order in (
                    *book.resting.of_maker(maker),
                    *(half for parts in book.waiting.of_maker(maker) for half in parts),
                )
            }
        self._state.read_accounts(wanted)

    def _look_at_lanes(self, makers: Iterable[bytes]) -> list[Event]:
        book = self._sequencer.book
        resting = (order for maker in makers for order in book.resting.of_maker(maker))
        waiting = (parts[0] for maker in makers for parts in book.waiting.of_maker(maker))
        keys = [order.key for order in (*resting, *waiting)]
        return observe_lanes(self._state, book, keys)

    def _look_again(self, maker: bytes) -> list[Event]:
        book, number = self._sequencer.book, self._state.block.number
        resting = book.resting.of_maker(maker)
        # One that was placed this moment may not have been handed over yet.
        unknown = [order.hash for order in resting if order.hash not in self._orders]
        self.remember(signed_orders(self._store, unknown))
        events: list[Event] = []
        epoch = self._state.epoch(maker)
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
