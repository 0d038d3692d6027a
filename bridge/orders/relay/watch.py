"""What the chain does to resting orders: funds that go, lanes that move, room, series that come.

A new block is taken at once. The makers whom it concerns are looked at afterwards, some orders at a
time: what that needs is read while the book is free, so that no order waits for the lanes and
accounts of others, however many there are and whoever had them named in a log.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Final

from bridge.orders.event.event import Event
from bridge.orders.event.fact import FeeChanged, Listed, WaysChanged
from bridge.orders.funds.chain_state import MarketState
from bridge.orders.log.sequencer import AcceptedEvent, Sequencer
from bridge.orders.log.store import LogStore
from bridge.orders.relay.admission import Admission
from bridge.orders.relay.comebacks import Comebacks, signed_orders
from bridge.orders.relay.looks import MakerLooks
from bridge.orders.relay.settlement import MatchSettlement
from bridge.orders.signed.order import SignedOrder

_log = logging.getLogger("bridge.orders")

_MOST_READINGS: Final = 4
"""Of what others may have gone past meanwhile. For matches: what shows that they have arrived, then
all their lanes."""


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
        self._looks = MakerLooks(state, sequencer, admission, settlement, comebacks, store)
        self._passed_over: set[bytes] = set()
        """Orders that a match went on without and that were not looked at since."""

    def remember(self, orders: Iterable[SignedOrder]) -> None:
        """Orders that may rest now."""
        self._looks.remember(orders)

    def list_series(self) -> list[AcceptedEvent]:
        """Takes series and fee as the chain has them, where the book has them not."""
        self._state.read_series()
        fee = self._state.fee_bps()
        with self._admission.lock:
            book = self._sequencer.book
            events: list[Event] = [
                Listed(detail.listing)
                for number, detail in self._state.series.items()
                if number not in book.series
            ]
            if fee != book.fee_bps:
                events.append(FeeChanged(fee))
            return self._sequencer.take(events)

    def follow(self) -> list[AcceptedEvent]:
        """Goes on to the newest block, and looks at whom it concerns. Returns what the book took.

        Raises ChainError; who was not looked at by then is so the next time.
        """
        taken = self.advance()
        with self._admission.lock:
            blamed, parties = self._settlement.take_doubts()
            self._passed_over |= blamed
            self._looks.note_due(parties)
            passed_over = frozenset(self._passed_over)
        taken += self.end_refused(passed_over)
        self._passed_over -= passed_over
        taken += self._looks.look()
        return taken + self._comebacks.follow_indexes()

    def advance(self) -> list[AcceptedEvent]:
        """Goes on to the newest block, by which orders are judged from now on. Raises ChainError.

        What it needs is read while the book is free: a client's order may wait for it.
        """
        taken: list[AcceptedEvent] = []
        for _ in range(_MOST_READINGS):
            step = self._state.look_ahead()
            if step is None:
                return taken + self.conclude(moved=False)
            with self._admission.lock:
                # Else another thread has gone further meanwhile, and there may be more.
                if self._state.advance(step):
                    touched = step.news.touched if step.news else None
                    self._looks.note_block(touched)
                    self._passed_over |= self._state.news.passed_over
                    self._admission.forget_lanes(touched)
                    taken += self._conclude(moved=True)
                    break
        taken += self.conclude(moved=False)
        return taken + self.list_series()

    def conclude(self, *, moved: bool = True) -> list[AcceptedEvent]:
        """Ends matches by the chain as it is, whatever happened while nobody looked.

        What it needs of lanes is read between two tries, while the book is free. Raises ChainError.
        """
        taken = self._conclude(moved=moved)
        for _ in range(_MOST_READINGS):
            with self._admission.lock:
                unread = set(self._settlement.unread)
            if not unread:
                break
            self._state.read_lanes(unread)
            taken += self._conclude(moved=False)
        return taken

    def _conclude(self, *, moved: bool) -> list[AcceptedEvent]:
        with self._admission.lock:
            return self._sequencer.take(self._settlement.conclude(self._clock(), moved=moved))

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
        """Looks again at lanes and means of makers, whatever the logs say. Raises ChainError."""
        self._looks.note_all_due(makers)
        return self._looks.look()
