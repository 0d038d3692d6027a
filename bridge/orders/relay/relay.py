"""One relay put together: what its API asks, and the pass that follows the chain."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bridge.orders.book.series_book import CallResult
from bridge.orders.event.entry import Entry
from bridge.orders.event.event import OrderPlaced, OrderReturned, RollPlaced, unpack_event
from bridge.orders.event.fact import CallCleared, LogVenue, MatchConcluded
from bridge.orders.event.receipt import OrderReceipt
from bridge.orders.funds.chain_state import MarketState
from bridge.orders.log.sequencer import AcceptedEvent, Sequencer, read_clock
from bridge.orders.log.store import LogStore
from bridge.orders.relay.admission import Admission
from bridge.orders.relay.calls import HourlyCalls
from bridge.orders.relay.feed import BookFeed
from bridge.orders.relay.metrics import RelayMetrics
from bridge.orders.relay.settlement import MatchSettlement, Sender
from bridge.orders.relay.submission import Admitted, OrderSubmission, Result
from bridge.orders.relay.tape import MatchedTrade, Tape
from bridge.orders.relay.watch import ChainWatch, resting_orders
from bridge.orders.signed.cancel_request import CancelRequest
from bridge.orders.signed.listing import Listing, VenueRules
from bridge.orders.signed.order import SignedOrder
from bridge.orders.signed.refusals import ForeignSeries, OrderRefused
from bridge.orders.signed.signature import FastKey
from bridge.orders.signed.verification import Verifier
from pargrade.chain.call import Call
from pargrade.chain.development import is_development
from pargrade.chain.errors import UnknownBlock
from pargrade.errors import PargradeError

_log = logging.getLogger("bridge.orders")
_MOST_LOOKS = 3
"""At the chain for one batch, whose block a re-org took each time."""


class NoSuchOrder(PargradeError):
    """An order this relay never accepted."""

    hint = "Ask by the order's hash without the domain, as its receipt has it."

    def __init__(self, order: bytes) -> None:
        self.order = order
        super().__init__(f"no order 0x{order.hex()} was accepted here")


class Relay:
    """Books, log and chain of one exchange. Its methods may be called from any thread."""

    def __init__(
        self,
        state: MarketState,
        store: LogStore,
        rules: VenueRules,
        key: FastKey,
        sender: Sender | None = None,
    ) -> None:
        """Replays the log and looks at the chain. Raises OtherLog, DatabaseDown, ChainError."""
        self.rules = rules
        self.state = state
        self._store = store
        clock = _clock_of(state)
        venue = LogVenue(
            rules.chain_id,
            bytes.fromhex(rules.exchange[2:]),
            bytes.fromhex(rules.matcher[2:]),
            key.address,
        )
        self.sequencer = Sequencer(store, venue, key, clock)
        self.listings: dict[int, Listing] = {}
        verifier = Verifier(rules, self.listings)
        self._admission = Admission(state, self.sequencer, store, verifier, clock)
        self._settlement = MatchSettlement(state, self.sequencer, store, sender)
        self._watch = ChainWatch(
            state, self.sequencer, self._admission, self._settlement, store, clock
        )
        self._calls = HourlyCalls(state, self.sequencer, clock)
        self._tape = Tape()
        self.feed = BookFeed(self.sequencer.book)
        self.metrics = RelayMetrics(self.sequencer)
        with self.lock:
            self._start()

    @property
    def lock(self) -> threading.RLock:
        """Guards the book."""
        return self._admission.lock

    def _start(self) -> None:
        book = self.sequencer.book
        # A call that was closed before the relay ended comes to what it was closed at.
        self._note(self._calls.clear_closed())
        self._watch.remember(resting_orders(self._store, list(book.orders)))
        self.sequencer.submit(self._watch.list_series())
        self._note([])
        self._note(self._watch.refresh(list(book.by_maker)))
        book.resting.touched.clear()

    def place(self, submissions: Sequence[OrderSubmission | OrderRefused]) -> list[Result]:
        """What became of each order, in their order."""
        results = self._place_at_head(submissions)
        self.metrics.note_orders(results)
        taken = [
            result.accepted
            for result in results
            if isinstance(result, Admitted) and result.accepted is not None
        ]
        with self.lock:
            self._watch.remember(
                each.signed
                for each in submissions
                if isinstance(each, OrderSubmission) and isinstance(each.signed, SignedOrder)
            )
            self._note(taken)
        return results

    def _place_at_head(self, submissions: Sequence[OrderSubmission | OrderRefused]) -> list[Result]:
        """Judges by a block that is there: where a re-org took the last one, by the next."""
        for _ in range(_MOST_LOOKS):
            try:
                return self._admission.place(submissions)
            except UnknownBlock:
                self._note(self._watch.follow())
        return self._admission.place(submissions)

    def cancel(self, request: CancelRequest) -> AcceptedEvent:
        """Matches a maker's orders no more. Raises BadCancel."""
        accepted = self._admission.cancel(request)
        with self.lock:
            self._note([accepted])
        return accepted

    def order(self, order: bytes) -> dict[str, Any]:
        """Where an order stands. Raises NoSuchOrder."""
        entry = self._entry_of(order)
        receipt = self.sequencer.sign_receipt(order, entry)
        with self.lock:
            resting = self.sequencer.book.orders.get(order)
            left = 0 if resting is None else self.sequencer.book.lanes.left(resting)
        end = self._tape.end_of(order)
        state = "resting" if resting else "ended" if end is None else end.name.lower()
        event = unpack_event(entry.body)
        assert isinstance(event, OrderPlaced | RollPlaced)
        return {
            "order": "0x" + order.hex(),
            "state": state,
            "rests": str(left),
            "signed": event.signed.to_json(),
            "receipt": receipt.to_json(),
        }

    def resting_of(self, maker: bytes) -> list[dict[str, Any]]:
        """A maker's resting orders, the oldest first."""
        with self.lock:
            book = self.sequencer.book
            return [
                {
                    "order": "0x" + order.hash.hex(),
                    "sequence": order.sequence,
                    "series": str(order.series),
                    "side": order.side,
                    "price": str(order.price),
                    "rests": str(book.lanes.left(order)),
                    "lane": str(order.lane),
                    "nonce": str(order.nonce),
                    "expiry": order.expiry,
                }
                for order in book.by_maker.get(maker, {}).values()
            ]

    def depth(self, series: int, most: int) -> dict[str, Any]:
        """The best levels of both sides. Raises ForeignSeries."""
        with self.lock:
            self._require(series)
            book, (sequence, _) = self.sequencer.book, self.sequencer.head
            bids, asks = (
                [[str(price), str(lots)] for price, lots in book.depth(series, side, most)]
                for side in (0, 1)
            )
        return {"series": str(series), "sequence": sequence, "bids": bids, "asks": asks}

    def trades(self, series: int, most: int) -> list[MatchedTrade]:
        """The newest trades, the newest first. Raises ForeignSeries."""
        self._require(series)
        return self._tape.trades(series, most)

    def calls(self, series: int, most: int) -> list[CallResult]:
        """The newest calls of a series, the newest first. Raises ForeignSeries."""
        with self.lock:
            self._require(series)
            return list(self.sequencer.book.series[series].calls)[-most:][::-1]

    def settlement_marks(self, series: int, most: int) -> list[CallResult]:
        """The first call of each day of UTC, the newest first. Raises ForeignSeries."""
        with self.lock:
            self._require(series)
            first: dict[int, CallResult] = {}
            for call in self.sequencer.book.series[series].calls:
                first.setdefault(call.hour // 24, call)
        return list(first.values())[-most:][::-1]

    def match_call(self, sequence: int) -> Call[Any]:
        """What a match's taker, or anyone its orders allow, sends. Raises NoSuchMatch."""
        with self.lock:
            return self._settlement.call_of(sequence)

    def entries(self, first: int, most: int) -> Iterator[Entry]:
        """Entries of the log."""
        return self._store.read(first, most)

    def receipt(self, order: bytes) -> OrderReceipt:
        """The receipt of an accepted order. Raises NoSuchOrder."""
        return self.sequencer.sign_receipt(order, self._entry_of(order))

    def _entry_of(self, order: bytes) -> Entry:
        entry = self._store.find([order]).get(order)
        if entry is None:
            raise NoSuchOrder(order)
        return entry

    def follow(self) -> None:
        """One pass: the chain looked at, matches sent, orders ended. Raises ChainError."""
        with self.lock:
            for ended in self.sequencer.expire():
                self._tape.note_end(*ended)
        self._note(self._watch.follow())
        with self.lock:
            self._note(self._calls.hold())
            waiting = list(self.sequencer.book.matches)
        ends = self._settlement.send(waiting)
        if ends:
            parties = self._parties(ends)
            with self.lock:
                results = self.sequencer.submit(ends)
                self._note([each for each in results if isinstance(each, AcceptedEvent)])
            blamed, self._settlement.blamed = self._settlement.blamed, set()
            self._note(self._watch.end_refused(blamed))
            self._note(self._watch.refresh(parties))
        else:
            self._note(self._watch.follow())
        self._note(self._watch.return_unfilled())

    def _parties(self, ends: Sequence[MatchConcluded]) -> set[bytes]:
        matches = self.sequencer.book.matches
        spent = [s for end in ends if end.sequence in matches for s in matches[end.sequence].spent]
        return {key[0] for key, _, _ in spent}

    def _note(self, taken: Sequence[AcceptedEvent]) -> None:
        with self.lock:
            for accepted in taken:
                self.feed.note(self._tape.note(accepted))
                self._settlement.note(accepted)
                if isinstance(accepted.event, MatchConcluded):
                    self.metrics.note_match(settled=accepted.event.settled)
                elif isinstance(accepted.event, OrderReturned):
                    self.metrics.note_return()
                elif isinstance(accepted.event, CallCleared):
                    self.metrics.note_call()
            book = self.sequencer.book
            if len(self.listings) != len(book.series):
                self.listings.update({n: found.listing for n, found in book.series.items()})

    def _require(self, series: int) -> None:
        if series not in self.listings:
            raise ForeignSeries(series)


def _clock_of(state: MarketState) -> Callable[[], int]:
    """The wall's time; on a development chain the chain's, which need not be the wall's."""
    if not is_development(state.chain.chain_id):
        return read_clock
    return lambda: state.block.timestamp * 1_000_000
