"""Whether matches have arrived on the chain, and which are given up.

A match is sent by the relay's outbox, or by whoever fetches its calldata. Either way the chain says
when it has arrived: by the exchange's event, or by the lanes. One that cannot be filled, or is not
filled in time, is given up: its lots go back to the orders that still rest.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from bridge.orders.book.entry import LaneKey, OpenMatch
from bridge.orders.book.lanes import CANCELLED
from bridge.orders.event.event import Event, Incoming, unpack_event
from bridge.orders.event.fact import MatchConcluded
from bridge.orders.funds.chain_state import MarketState
from bridge.orders.log.sequencer import MICROS, AcceptedEvent, Sequencer
from bridge.orders.log.store import LogStore
from bridge.orders.relay.dispatch import MatchDispatch
from bridge.orders.relay.match_calls import MatchCalls, MatchPart
from bridge.orders.relay.observation import lane_events
from bridge.orders.relay.sender import Sender
from bridge.orders.signed.order import Signed

WITHIN_S: Final = 120
"""A match that is not on the chain so long after it was sent is given up; of one that the relay
does not send, so long after it was made."""

_log = logging.getLogger("bridge.orders")

_Made = tuple[int, bytes, int]
"""When a match was made, microseconds, the hash of what took, and the block it was judged by."""


class MatchSettlement:
    """The matches of one log. Its methods are called with the book held, but for `send`."""

    def __init__(
        self,
        state: MarketState,
        sequencer: Sequencer,
        store: LogStore,
        sender: Sender | None,
        is_key_signed: Callable[[Signed], bool],
        clock: Callable[[], int],
        lock: threading.RLock,
        taker_percent: int,
    ) -> None:
        """Without a sender, takers send their matches themselves."""
        self._state = state
        self._sequencer = sequencer
        self._store = store
        self._lock = lock
        self._calls = MatchCalls(sequencer, store, is_key_signed)
        self._dispatch: MatchDispatch | None = None
        if sender is not None:
            self._dispatch = MatchDispatch(state, self._calls, sender, taker_percent, lock, clock)
        self._made: dict[int, _Made] = {}
        self._arrived: set[int] = set()
        """Matches of which the chain has filled something, though not yet all that was sent."""
        self._parties: set[bytes] = set()
        self.unread: set[LaneKey] = set()
        """Lanes that have to be read before `conclude` can say anything."""
        self._has_news = self._has_gap = False
        """Whether blocks were not looked at yet, and whether any were passed over.

        A look that fails is made up for by the next.
        """

    @property
    def is_behind(self) -> bool:
        """Whether ends of matches are still to be found in the state of this block.

        Until they are, lanes must not be observed: their lots would be counted twice, as filled
        and as on their way.
        """
        return self._has_news

    @property
    def problem(self) -> str:
        """Why matches were not sent lately; empty where they are, or where nobody wants it."""
        return "" if self._dispatch is None else self._dispatch.problem

    def note(self, accepted: AcceptedEvent) -> None:
        """Remembers when an order's own match was made: else the log has to be asked for it."""
        event, entry = accepted.event, accepted.entry
        if isinstance(event, Incoming) and accepted.outcome.fills:
            self._made[entry.sequence] = (entry.time, event.signed.hash, event.block)

    def parts_of(self, sequence: int) -> list[MatchPart]:
        """What fills a match on the chain, in as many transactions as it takes.

        Raises NoSuchMatch.
        """
        return self._calls.parts(sequence)

    def send(self) -> None:
        """Sends matches that wait, and waits for them; the book is free. Raises ChainError."""
        if self._dispatch is None:
            return
        with self._lock:
            # As they were made: an order that waited for a call may be older than one before it.
            waiting = sorted(self._sequencer.book.matches, key=self._made_at)
        self._dispatch.send(waiting)

    def take_doubts(self) -> tuple[set[bytes], set[bytes]]:
        """Since the last time: orders that refused a match, and parties of matches given up."""
        parties, self._parties = self._parties, set()
        if self._dispatch is None:
            return set(), parties
        return self._dispatch.take_blamed(), parties

    def conclude(self, now: int, *, moved: bool) -> list[Event]:
        """Ends of matches that have arrived, that are refused, or whose time is over; their lanes.

        `now` is Unix time in microseconds; `moved`, whether there is a block not looked at yet.
        Asks for no lane: where one was not read at this block nothing ends, and `unread` has what
        to read before the next try.
        """
        book = self._sequencer.book
        waiting = {key: book.matches[key] for key in sorted(book.matches, key=self._made_at)}
        if not waiting:
            self._has_news = self._has_gap = False
            self.unread = set()
            return []
        self._has_news |= moved
        self._has_gap |= moved and self._state.has_gap
        self._note_arrivals(waiting, moved=moved)
        ended = {n for n in waiting if self._is_refused(n)}
        keys = {match.spent[0][0] for n, match in waiting.items() if self._has_news or n in ended}
        lanes = self._state.known_lanes(keys)
        self.unread = keys - lanes.keys()
        if self.unread:
            return []
        counted: dict[LaneKey, int] = {}
        concluded: list[Event] = []
        looked_at: set[LaneKey] = set()
        given_up: list[int] = []
        for sequence, match in waiting.items():
            is_over = sequence in ended or self._is_late(sequence, now)
            is_settled = self._is_settled(sequence, match, lanes, counted, is_over=is_over)
            if is_settled or is_over:
                concluded.append(MatchConcluded(sequence, is_settled, self._state.block.number))
                looked_at |= {key for key, _, _ in match.spent}
                if not is_settled:
                    given_up.append(sequence)
        found = self._state.known_lanes(looked_at)
        self.unread = looked_at - found.keys()
        if self.unread:
            return []
        for sequence in given_up:
            _log.warning("match %d is given up", sequence)
            self._parties |= {key[0] for key, _, _ in waiting[sequence].spent}
        # Lots are counted once: they stop being on their way before the chain's are looked at.
        events = [*concluded, *lane_events(book, found, self._state.block.number)]
        self._has_news = False
        self._forget_others(waiting)
        return events

    def _is_refused(self, sequence: int) -> bool:
        """Whether nothing of it can be filled in a state as new as the one at hand."""
        sending = self._dispatch.find(sequence) if self._dispatch else None
        refused_at = None if sending is None else sending.refused_at
        return refused_at is not None and refused_at <= self._state.block.number

    def _is_settled(
        self,
        sequence: int,
        match: OpenMatch,
        lanes: Mapping[LaneKey, tuple[int, int]],
        counted: dict[LaneKey, int],
        *,
        is_over: bool,
    ) -> bool:
        """Whether the chain has filled it, and nothing of it is waited for any more."""
        key, nonce, lots = match.spent[0]
        state, (chain_nonce, filled) = self._sequencer.book.lanes.state(key), lanes.get(key, (0, 0))
        before = counted.get(key, state.settled if state and state.nonce == nonce else 0)
        is_whole = chain_nonce == nonce and before + lots <= filled != CANCELLED
        sending = self._dispatch.find(sequence) if self._dispatch else None
        is_partly = not is_over and sending is not None and sending.is_open and sending.parts > 1
        is_settled = is_whole or (sequence in self._arrived and not is_partly)
        if is_settled:
            counted[key] = before + lots
        return is_settled

    def _is_late(self, sequence: int, now: int) -> bool:
        dispatch = self._dispatch
        sending = dispatch.find(sequence) if dispatch else None
        if sending is not None and not sending.is_unpaid:
            return now > sending.since + WITHIN_S * MICROS
        # One that waits for its turn to be sent is not late.
        waits = sending is None and dispatch is not None and dispatch.is_sending
        return not waits and now > self._made_of(sequence)[0] + WITHIN_S * MICROS

    def _note_arrivals(self, waiting: Iterable[int], *, moved: bool) -> None:
        """Matches whose orders took from makers after they were made, says the exchange."""
        took = dict.fromkeys(self._state.news.taken, self._state.block.number) if moved else {}
        if self._has_gap:
            took = self._state.read_taken(1 + min(self._made_of(n)[2] for n in waiting))
            self._has_gap = False
        for sequence in waiting:
            _, taker, block = self._made_of(sequence)
            if took.get(taker, -1) > block:
                self._arrived.add(sequence)

    def _forget_others(self, waiting: Mapping[int, OpenMatch]) -> None:
        self._made = {seq: made for seq, made in self._made.items() if seq in waiting}
        self._arrived &= waiting.keys()
        if self._dispatch is not None:
            self._dispatch.forget_others(list(waiting))

    def _made_at(self, sequence: int) -> tuple[int, int]:
        match = self._sequencer.book.matches.get(sequence)
        return (match.entry if match else sequence, sequence)

    def _made_of(self, sequence: int) -> _Made:
        if sequence not in self._made:
            made = next(self._store.read(self._sequencer.book.matches[sequence].entry, 1))
            event = unpack_event(next(self._store.read(sequence, 1)).body)
            assert isinstance(event, Incoming)
            self._made[sequence] = (made.time, event.signed.hash, event.block)
        return self._made[sequence]
