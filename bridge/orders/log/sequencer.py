"""The single writer: events one after the other into the log, each applied once it has its place.

    place and time → applied to the book → chained → written and synced → receipt

An order is accepted when its entry is synced, not before. A disk that fails ends the sequencer, and
so does any other failure on the way: the book is then ahead of the log, and only a restart, which
replays the log, puts that right.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.orders.book.book import Book
from bridge.orders.book.entry import Ended, Outcome
from bridge.orders.event.entry import GENESIS, Entry, head_after
from bridge.orders.event.event import Event, OrderPlaced, pack_event, unpack_event
from bridge.orders.event.fact import CallClosed, LogVenue
from bridge.orders.event.passing import TimePassed
from bridge.orders.event.receipt import OrderReceipt, domain_prefix
from bridge.orders.event.rolls import RollPlaced
from bridge.orders.event.state import apply_event, pack_result
from bridge.orders.log.store import LogStore
from bridge.orders.signed.cancel_request import relay_domain
from bridge.orders.signed.refusals import OrderRefused
from bridge.orders.signed.signature import FastKey
from pargrade.chain.hashing import address_of
from pargrade.errors import PargradeError
from pargrade.process.failpoint import reached

MICROS: Final = 1_000_000


class OtherLog(PargradeError):
    """A log of another exchange, chain, or relay key."""

    hint = "Name another database, or the key and deployment this log was begun with."

    def __init__(self, found: LogVenue, wanted: LogVenue) -> None:
        self.found = found
        self.wanted = wanted
        super().__init__(
            f"this log is of exchange 0x{found.exchange.hex()} on chain {found.chain_id}, "
            f"relay 0x{found.relay.hex()}"
        )


class LogAltered(PargradeError):
    """A log whose heads do not follow from its entries."""

    hint = (
        "Its entries were changed, or are of a version with other rules. Keep it, and name another "
        "database: what rests in this one its makers place anew."
    )

    def __init__(self, sequence: int) -> None:
        self.sequence = sequence
        super().__init__(f"entry {sequence} of the log is not what its head was made of")


class SequencerBroken(PargradeError):
    """A sequencer that failed between book and disk: its book is ahead of its log."""

    hint = "Mend what failed, mostly the disk, and start the relay again: it goes on from its log."

    def __init__(self) -> None:
        super().__init__("the log could not be written, so no event is taken any more")


@dataclass(slots=True)
class AcceptedEvent:
    """An event with its place, and what came of it."""

    event: Event
    entry: Entry
    outcome: Outcome


def read_clock() -> int:
    """Unix time in microseconds."""
    return time.time_ns() // 1_000


class Sequencer:
    """One log and its books. `submit` may be called from any thread."""

    def __init__(
        self,
        store: LogStore,
        venue: LogVenue,
        key: FastKey,
        clock: Callable[[], int] = read_clock,
    ) -> None:
        """Replays the log; a new one begins with the venue.

        Raises OtherLog, LogAltered, DatabaseDown.
        """
        self.book = Book()
        self.venue = venue
        self.sealed = GENESIS
        """Head of the log after the newest entry that closed a call."""
        self._store = store
        self._key = key
        self._clock = clock
        domain = relay_domain(venue.chain_id, address_of(venue.exchange))
        self._prefix = domain_prefix(domain)
        self._lock = threading.Lock()
        self._broken = False
        self._expired: list[Ended] = []
        """What time has ended since somebody asked."""
        self._next, self._time, self._head = 0, 0, GENESIS
        for entry in store.read():
            parts = entry.sequence, entry.time, entry.body, entry.outcome
            if entry.head != head_after(self._head, *parts):
                raise LogAltered(entry.sequence)
            event = unpack_event(entry.body)
            if entry.sequence == 0 and event != venue:
                assert isinstance(event, LogVenue)
                raise OtherLog(event, venue)
            apply_event(self.book, event, entry.sequence, entry.time // MICROS)
            self._next, self._time, self._head = entry.sequence + 1, entry.time, entry.head
            if isinstance(event, CallClosed):
                self.sealed = entry.head
        if not self._next:
            self.submit([venue])

    @property
    def head(self) -> tuple[int, bytes]:
        """The newest sequence number and the head of the log after it."""
        return self._next - 1, self._head

    @property
    def is_broken(self) -> bool:
        """Whether the disk failed, or what leads there, so that nothing is taken any more."""
        return self._broken

    def submit(self, events: Sequence[Event]) -> list[AcceptedEvent | OrderRefused]:
        """What became of each event, in their order, once all that were taken are on disk.

        All have one time; what has expired by then ends before them, by an entry of its own. Raises
        SequencerBroken, DatabaseDown.
        """
        with self._lock:
            if self._broken:
                raise SequencerBroken
            now = self._now()
            try:
                taken = self._pass_time(now)
                results = [self._take(event, now) for event in events]
                taken += [result for result in results if isinstance(result, AcceptedEvent)]
                if taken:
                    self._write(taken)
            except BaseException:
                # Whatever it was, the book may have moved and the log has not.
                self._broken = True
                raise
        return results

    def take(self, events: Sequence[Event]) -> list[AcceptedEvent]:
        """As `submit`, of events whose refusal says that they are not needed any more."""
        results = self.submit(events) if events else []
        return [result for result in results if isinstance(result, AcceptedEvent)]

    def receipt_of(self, accepted: AcceptedEvent) -> OrderReceipt:
        """The signed receipt of an accepted order."""
        event = accepted.event
        assert isinstance(event, OrderPlaced | RollPlaced)
        return self.sign_receipt(event.signed.hash, accepted.entry)

    def sign_receipt(self, order: bytes, entry: Entry) -> OrderReceipt:
        """The receipt of an order accepted by this entry: the same bytes each time."""
        plain = OrderReceipt(order, entry.sequence, entry.time, entry.head)
        return plain.sign(self._prefix, self._key)

    def expire(self) -> list[Ended]:
        """Ends what has expired by now. Returns what has since the last time, with events too.

        Raises SequencerBroken, DatabaseDown.
        """
        self.submit([])
        return self.take_expired()

    def take_expired(self) -> list[Ended]:
        """What has expired since the last time, without a look at the clock."""
        with self._lock:
            expired, self._expired = self._expired, []
        return expired

    def _now(self) -> int:
        """Time that never goes back, whatever the clock does.

        Not behind a refusal either: who was refused by a time is not let in by an earlier one.
        """
        self._time = max(self._clock(), self._time)
        return self._time

    def _pass_time(self, now: int) -> list[AcceptedEvent]:
        """Ends what has expired, and says so in the log, so that a replay ends it there as well.

        Not between the close of a call and its clearing: its orders are fixed.
        """
        if self.book.calls.pending:
            return []
        expired = self.book.expire(now // MICROS)
        if not expired:
            return []
        self._expired += expired
        return [self._enter(TimePassed(), now, Outcome(ended=tuple(expired)))]

    def _take(self, event: Event, now: int) -> AcceptedEvent | OrderRefused:
        try:
            outcome = apply_event(self.book, event, self._next, now // MICROS)
        except OrderRefused as refused:
            return refused
        return self._enter(event, now, outcome)

    def _enter(self, event: Event, now: int, outcome: Outcome) -> AcceptedEvent:
        """Gives what was applied its place."""
        sequence = self._next
        packed = pack_result(self.book, event, outcome)
        entry = Entry.chained(self._head, sequence, now, pack_event(event), packed)
        self._next, self._head = sequence + 1, entry.head
        if isinstance(event, CallClosed):
            self.sealed = entry.head
        return AcceptedEvent(event, entry, outcome)

    def _write(self, taken: list[AcceptedEvent]) -> None:
        rows = [(found.entry, _subject(found.event)) for found in taken]
        reached("relay-applied")
        self._store.append(rows)
        reached("relay-logged")


def _subject(event: Event) -> bytes | None:
    return event.signed.hash if isinstance(event, OrderPlaced | RollPlaced) else None
