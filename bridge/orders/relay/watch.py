"""What the chain does to resting orders: funds that go, lanes that move, series that come."""

import logging
from collections.abc import Callable, Iterable

from bridge.orders.event.event import Event
from bridge.orders.event.fact import EpochObserved, FeeChanged, Listed, WaysChanged
from bridge.orders.funds.chain_state import MarketState
from bridge.orders.log.sequencer import AcceptedEvent, Sequencer
from bridge.orders.log.store import LogStore
from bridge.orders.relay.admission import Admission
from bridge.orders.relay.comebacks import Comebacks, signed_orders
from bridge.orders.relay.settlement import MatchSettlement
from bridge.orders.signed.order import SignedOrder
from bridge.orders.signed.refusals import NoFunds

_log = logging.getLogger("bridge.orders")


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
        self._orders: dict[bytes, SignedOrder] = {}
        """Resting orders by hash: what their makers signed."""

    def remember(self, orders: Iterable[SignedOrder]) -> None:
        """Orders that may rest now; those that no longer do are forgotten."""
        for order in orders:
            self._orders[order.hash] = order
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
        """Goes on to the newest block. Returns what the book took. Raises ChainError."""
        # Mostly there is no new block: then orders do not wait for the question.
        head = self._state.chain.head()
        with self._admission.lock:
            if head.hash != self._state.block.hash:
                # Another thread may have gone further meanwhile.
                head = self._state.chain.head()
            if head.hash == self._state.block.hash:
                return self._sequencer.take(self._settlement.conclude(self._clock(), moved=False))
            touched = self._state.advance(head)
            self._admission.forget_lanes(touched)
            taken = self._sequencer.take(self._settlement.conclude(self._clock(), moved=True))
            taken += self.end_refused(self._state.passed_over)
            taken += self._sequencer.take(self.list_series())
            book = self._sequencer.book
            makers = dict.fromkeys((*book.by_maker, *book.waiting.by_maker))
            for maker in [each for each in makers if touched is None or each in touched]:
                taken += self._sequencer.take(self._look_again(maker))
            taken += self._comebacks.follow_indexes()
        return taken

    def end_refused(self, orders: Iterable[bytes]) -> list[AcceptedEvent]:
        """Ends resting orders that their maker's contract or a token refuses now.

        `orders` are those that a match went on without, which proves nothing against them: anyone
        may submit a match, with another signature or for a taker without means. So each is looked
        at by itself.
        """
        with self._admission.lock:
            book, number = self._sequencer.book, self._state.block.number
            events: list[Event] = []
            for order in signed_orders(self._store, [o for o in orders if o in book.orders]):
                if not self._comebacks.may_fill(order):
                    _log.info("order 0x%s ends: its maker can fill it no more", order.hash.hex())
                    events.append(WaysChanged(order.hash, 0, number))
            return self._sequencer.take(events)

    def refresh(self, makers: Iterable[bytes]) -> list[AcceptedEvent]:
        """Looks again at what makers can pay for, whatever the logs say."""
        with self._admission.lock:
            book = self._sequencer.book
            return [
                accepted
                for maker in makers
                if maker in book.by_maker or maker in book.waiting.by_maker
                for accepted in self._sequencer.take(self._look_again(maker))
            ]

    def _look_again(self, maker: bytes) -> list[Event]:
        book, number = self._sequencer.book, self._state.block.number
        resting = list(book.by_maker.get(maker, {}).values())
        # One that was placed this moment may not have been handed over yet.
        unknown = [order.hash for order in resting if order.hash not in self._orders]
        self.remember(signed_orders(self._store, unknown))
        events: list[Event] = []
        epoch = self._state.epoch(maker)
        if epoch > book.epochs.get(maker, 0):
            events.append(EpochObserved(maker, epoch, number))
        waiting = (parts[0] for parts in book.waiting.of_maker(maker))
        events += self._settlement.observe(order.key for order in (*resting, *waiting))
        for order in resting:
            left = book.lanes.left(order)
            if not left:
                continue
            try:
                ways = self._admission.funded_ways(self._orders[order.hash], left)
            except NoFunds as refused:
                _log.info("order 0x%s ends: %s", order.hash.hex(), refused.lacking)
                ways = 0
            if book.resting_ways(order, ways) != order.ways:
                events.append(WaysChanged(order.hash, ways, number))
        return events
