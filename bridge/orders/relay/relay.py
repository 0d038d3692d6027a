"""One relay put together: what its API asks, and the pass that follows the chain."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from bridge.orders.book.entry import Ended
from bridge.orders.event.entry import Entry
from bridge.orders.event.event import OrderReturned
from bridge.orders.event.fact import CallCleared, LogVenue, MatchConcluded
from bridge.orders.funds.chain_state import MarketState
from bridge.orders.log.sequencer import AcceptedEvent, Sequencer, read_clock
from bridge.orders.log.store import LogStore
from bridge.orders.relay.admission import Admission
from bridge.orders.relay.calls import HourlyCalls
from bridge.orders.relay.comebacks import Comebacks, signed_orders
from bridge.orders.relay.feed import BookFeed
from bridge.orders.relay.levels import BookLevels
from bridge.orders.relay.metrics import RelayMetrics
from bridge.orders.relay.sender import Sender
from bridge.orders.relay.settlement import MatchSettlement
from bridge.orders.relay.submission import Admitted, OrderSubmission, Result
from bridge.orders.relay.tape import Tape
from bridge.orders.relay.views import BookViews
from bridge.orders.relay.watch import ChainWatch
from bridge.orders.signed.cancel_request import CancelRequest
from bridge.orders.signed.listing import Listing, VenueRules
from bridge.orders.signed.order import SignedOrder
from bridge.orders.signed.refusals import OrderRefused
from bridge.orders.signed.signature import FastKey
from bridge.orders.signed.verification import Verifier
from pargrade.chain.call import Call
from pargrade.chain.development import is_development
from pargrade.chain.errors import UnknownBlock

_log = logging.getLogger("bridge.orders")
_MOST_LOOKS = 3
"""At the chain for one batch, whose block a re-org took each time."""


class Relay:
    """Books, log and chain of one exchange. Its methods may be called from any thread."""

    def __init__(
        self,
        state: MarketState,
        store: LogStore,
        rules: VenueRules,
        key: FastKey,
        sender: Sender | None = None,
        taker_percent: int = 100,
    ) -> None:
        """Replays the log and looks at the chain.

        `taker_percent` is what one taker's matches may cost of what the sender's day may. Raises
        OtherLog, LogAltered, DatabaseDown, ChainError.
        """
        self.rules = rules
        self.state = state
        self._sender = sender
        self._taker_percent = taker_percent
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
        self._settlement = MatchSettlement(
            state,
            self.sequencer,
            store,
            sender,
            verifier.is_signed_by_key,
            clock,
            self.lock,
            taker_percent,
        )
        settlement = self._settlement
        self._comebacks = Comebacks(
            state, self.sequencer, self._admission, store, lambda: settlement.is_behind
        )
        self._watch = ChainWatch(
            state, self.sequencer, self._admission, self._settlement, self._comebacks, store, clock
        )
        self._calls = HourlyCalls(state, self.sequencer, clock)
        self._tape = Tape()
        levels = BookLevels(self.sequencer.book)
        self.views = BookViews(self.sequencer, store, self._tape, self.listings, levels, self.lock)
        self.feed = BookFeed(levels)
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
        roomless = [order.hash for order in book.waiting.without_room()]
        self._watch.remember(signed_orders(self._store, [*book.orders, *roomless]))
        self._note(self._watch.list_series())
        self._note(self._comebacks.follow_indexes())
        # What was mined before the relay ended has arrived, whether it took note of it or not.
        self._note(self._watch.conclude())
        self._note(self._watch.refresh([*book.resting.by_maker, *book.waiting.by_maker]))
        # Who subscribes now begins with a snapshot of all this.
        self.feed.skip()

    def place(
        self, submissions: Sequence[OrderSubmission | OrderRefused], asker: str = ""
    ) -> list[Result]:
        """What became of each order, in their order. `asker` is who sends them, by address."""
        results = self._place_at_head(submissions, asker)
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

    def _look_at_indexes(self, submissions: Sequence[OrderSubmission | OrderRefused]) -> None:
        """Of series in which an order of these keeps near the index."""
        asked = {
            half.series
            for each in submissions
            if isinstance(each, OrderSubmission)
            for half in each.signed.halves
            if half.percent
        }
        if asked:
            self._note(self._comebacks.observe_indexes(asked))

    def _place_at_head(
        self, submissions: Sequence[OrderSubmission | OrderRefused], asker: str
    ) -> list[Result]:
        """Judges by a block that is there: where a re-org took the last one, by the next."""
        paced: set[bytes] = set()
        for _ in range(_MOST_LOOKS):
            try:
                self._look_at_indexes(submissions)
                return self._admission.place(submissions, paced, asker)
            except UnknownBlock:
                self._note(self._watch.advance())
        return self._admission.place(submissions, paced, asker)

    def cancel(self, request: CancelRequest) -> AcceptedEvent | None:
        """Matches a maker's orders no more; None where that changes nothing. Raises BadCancel."""
        accepted = self._admission.cancel(request)
        if accepted is not None:
            with self.lock:
                self._note([accepted])
        return accepted

    def match_calls(self, sequence: int) -> list[Call[Any]]:
        """What a match's taker, or anyone its orders allow, sends: nearly always one transaction.

        Raises NoSuchMatch.
        """
        parts = self._settlement.parts_of(sequence)
        return [part.call(self.state.exchange) for part in parts]

    def fills_of(self, sequence: int) -> int:
        """How many fills a match has that is on its way; 0 for any other."""
        match = self.sequencer.book.matches.get(sequence)
        return 0 if match is None else len(match.spent)

    def entries(self, first: int, most: int) -> Iterator[Entry]:
        """Entries of the log."""
        return self._store.read(first, most)

    def follow(self) -> None:
        """One whole pass: looks, sends matches and waits for them, looks. Raises ChainError."""
        self.look()
        self.send_matches()
        self.look()

    def look(self) -> None:
        """Looks at the chain: orders and matches end, and come back. Raises ChainError."""
        with self.lock:
            self._note_expired(self.sequencer.expire())
        self._note(self._watch.follow())
        with self.lock:
            self._note(self._calls.hold())
        self._note(self._comebacks.return_unfilled())
        self._note(self._comebacks.resume_rolls())

    def send_matches(self) -> None:
        """Sends matches that wait, and waits for their ends; meanwhile others may look.

        What came of them is found at the next look. Raises ChainError.
        """
        self._settlement.send()

    @property
    def submits(self) -> bool:
        """Whether it sends matches: else their takers do."""
        return self._sender is not None

    @property
    def taker_wei_per_day(self) -> str | None:
        """What it pays for one taker's matches in 24 hours, wei in text; None without a bound."""
        cap = None if self._sender is None else self._sender.fee_cap_per_day
        return None if cap is None else str(cap * self._taker_percent // 100)

    @property
    def problem(self) -> str:
        """Why matches were not sent lately; empty where they are, or takers send them."""
        return self._settlement.problem

    def _note(self, taken: Sequence[AcceptedEvent]) -> None:
        with self.lock:
            self._note_expired(self.sequencer.take_expired())
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

    def _note_expired(self, expired: Iterable[Ended]) -> None:
        for ended in expired:
            self._tape.note_end(ended.order, ended.why)


def _clock_of(state: MarketState) -> Callable[[], int]:
    """The wall's time; on a development chain the chain's, which need not be the wall's."""
    if not is_development(state.chain.chain_id):
        return read_clock
    return lambda: state.block.timestamp * 1_000_000
