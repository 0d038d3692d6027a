"""Replays a log: each entry has to follow from those before it, and each match from the rules."""

import struct
from collections import Counter
from collections.abc import Iterable, Iterator

from bridge.orders.audit.finding import Audit, AuditFinding, Fraud
from bridge.orders.book.book import Book
from bridge.orders.book.entry import BookFill, Clearing
from bridge.orders.event.entry import GENESIS, Entry, head_after
from bridge.orders.event.event import (
    BadEvent,
    CancelRequested,
    Event,
    Incoming,
    OrderPlaced,
    unpack_event,
)
from bridge.orders.event.fact import (
    CallCleared,
    CallClosed,
    EpochObserved,
    FeeChanged,
    LaneObserved,
    Listed,
    LogVenue,
    MatchConcluded,
    WaysChanged,
)
from bridge.orders.event.index import IndexObserved
from bridge.orders.event.rolls import RollEvent, RollPlaced
from bridge.orders.event.room import RoomLost
from bridge.orders.event.state import apply_event, pack_result, unpack_clearing, unpack_fills
from bridge.orders.signed.cancel_request import relay_domain
from bridge.orders.signed.order import Digester, Signed, SignedOrder
from bridge.orders.signed.refusals import OrderRefused
from bridge.orders.signed.signature import recover_signer
from pargrade.chain.hashing import address_of
from pargrade.futures.order import exchange_domain

_MICROS = 1_000_000
_OF_THE_CHAIN = (
    LaneObserved
    | EpochObserved
    | WaysChanged
    | CallClosed
    | IndexObserved
    | RoomLost
    | MatchConcluded
    | FeeChanged
    | Listed
)
"""Entries that say what the chain had at a block."""


class Replay:
    """A log gone through once. Feed it every entry in order, then read `audit`.

    After the first outcome that differs, books say nothing about what follows: from there on only
    the chain of hashes, times and signatures are looked at.
    """

    def __init__(self, *, signatures: bool = True) -> None:
        self.audit = Audit(head=GENESIS)
        self.book = Book()
        self.venue: LogVenue | None = None
        self.accepted: dict[bytes, Entry] = {}
        """The entry of each order that was accepted."""
        self.matched: Counter[bytes] = Counter()
        """Lots matched of each order, on either side."""
        self.placed: dict[bytes, SignedOrder] = {}
        self.block = 0
        """The highest block whose state an entry speaks of: what was matched by then is here."""
        self._signatures = signatures
        self._sealed = GENESIS
        """The head after the newest entry that closed a call."""
        self._time = 0
        self._diverged = False

    def read(self, entries: Iterable[Entry]) -> "Replay":
        """Goes through all of them."""
        for entry in entries:
            self._check_chain(entry)
            try:
                event = unpack_event(entry.body)
            except BadEvent as bad:
                self._accuse(Fraud.NO_EVENT, entry, str(bad))
                self._diverged = True
            else:
                self._check_event(entry, event)
            self.audit.entries += 1
            self.audit.head, self._time = entry.head, entry.time
        return self

    def ends_before(self, sequence: int, time: int) -> bool:
        """Whether an entry of this place and time would come after all that were read."""
        return sequence >= self.audit.entries and time >= self._time

    def _check_chain(self, entry: Entry) -> None:
        last, place = self.audit.head, self.audit.entries
        head = head_after(last, entry.sequence, entry.time, entry.body, entry.outcome)
        if entry.sequence != place or head != entry.head:
            self._accuse(Fraud.BROKEN_CHAIN, entry, f"entry {place} does not follow its last head")
        if entry.time < self._time:
            self._accuse(Fraud.TIME_BACK, entry, f"{entry.time} after {self._time} microseconds")

    def _check_event(self, entry: Entry, event: Event) -> None:
        if isinstance(event, LogVenue) != (entry.sequence == 0):
            self._accuse(Fraud.NO_EVENT, entry, "a log begins with its venue, and has one")
        if isinstance(event, LogVenue):
            self.venue = event
        self.block = max(self.block, getattr(event, "block", 0))
        if isinstance(event, OrderPlaced | RollPlaced):
            self._note_order(entry, event)
        if self._signatures:
            self._check_signature(entry, event)
        self.audit.claims += isinstance(event, _OF_THE_CHAIN)
        if isinstance(event, CallClosed):
            self._sealed = entry.head
        elif isinstance(event, CallCleared) and self._sealed != event.sealed:
            self._accuse(Fraud.UNSEALED, entry, "it is not cleared over the head it was closed at")
        if not self._diverged:
            self._replay(entry, event)

    def _note_order(self, entry: Entry, event: OrderPlaced | RollPlaced) -> None:
        order = event.signed.hash
        if order in self.accepted:
            self._accuse(Fraud.NOT_ALLOWED, entry, "the order was accepted before", order)
        self.accepted.setdefault(order, entry)
        if isinstance(event, OrderPlaced):
            self.placed[order] = event.order
        self.audit.orders += 1

    def _check_signature(self, entry: Entry, event: Event) -> None:
        if self.venue is None:
            return
        exchange = address_of(self.venue.exchange)
        if isinstance(event, Incoming):
            signed: Signed = event.signed
            domain = exchange_domain(self.venue.chain_id, exchange)
            digest = Digester(domain).digest(signed.hash)
            if recover_signer(digest, signed.signature) != signed.maker:
                self.audit.unproven += 1
        elif isinstance(event, CancelRequested):
            request = event.request
            domain = relay_domain(self.venue.chain_id, exchange)
            signer = recover_signer(Digester(domain).digest(request.hash), request.signature)
            if signer != request.maker or entry.time > (request.deadline + 1) * _MICROS:
                self._accuse(Fraud.UNSIGNED, entry, "the maker did not sign this cancellation")

    def _replay(self, entry: Entry, event: Event) -> None:
        try:
            outcome = apply_event(self.book, event, entry.sequence, entry.time // _MICROS)
        except OrderRefused as refused:
            self._accuse(Fraud.NOT_ALLOWED, entry, str(refused))
            self._diverged = True
            return
        expected = pack_result(self.book, event, outcome)
        if outcome.clearing is not None:
            self._count_call(outcome.clearing)
        if not isinstance(event, Incoming):
            if expected != entry.outcome:
                self._diverged = True
                self._accuse(Fraud.WRONG_OUTCOME, entry, _judge_call(expected, entry.outcome))
            return
        self.audit.fills += len(outcome.fills) + len(outcome.far_fills)
        for fill in (*outcome.fills, *outcome.far_fills):
            self.matched[fill.maker] += fill.lots
            self.matched[event.signed.hash] += fill.lots
        if expected != entry.outcome:
            self._diverged = True
            self._compare(entry, event, (outcome.fills, outcome.far_fills))

    def _count_call(self, clearing: Clearing) -> None:
        self.audit.fills += len(clearing.fills)
        for fill in clearing.fills:
            self.matched[fill.buyer] += fill.lots
            self.matched[fill.seller] += fill.lots

    def _compare(
        self,
        entry: Entry,
        event: Incoming,
        expected: tuple[tuple[BookFill, ...], tuple[BookFill, ...]],
    ) -> None:
        order = event.signed.hash
        try:
            found = unpack_fills(entry.outcome)
        except struct.error as bad:
            self._accuse(Fraud.WRONG_OUTCOME, entry, f"no outcome: {bad}", order)
            return
        if isinstance(event, RollEvent):
            sides = (event.roll.near.side, event.roll.far.side)
        else:
            sides = (event.order.side, event.order.side)
        for side, right, wrong in zip(sides, expected, found, strict=True):
            if right != wrong:
                fraud, detail = _judge(side, right, wrong)
                found_finding = AuditFinding(fraud, entry.sequence, detail, order, right, wrong)
                self.audit.findings.append(found_finding)
                return
        self._accuse(Fraud.WRONG_OUTCOME, entry, "its rest came to another end", order)

    def _accuse(self, fraud: Fraud, entry: Entry, detail: str, order: bytes = b"") -> None:
        self.audit.findings.append(AuditFinding(fraud, entry.sequence, detail, order))


def _judge(
    side: int, right: tuple[BookFill, ...], wrong: tuple[BookFill, ...]
) -> tuple[Fraud, str]:
    """What the first fill that differs amounts to."""
    for best, taken in _pairs(right, wrong):
        if best == taken:
            continue
        if taken is None:
            return Fraud.TRADE_THROUGH, "an order that it reached was not filled"
        if best is None:
            return Fraud.WRONG_OUTCOME, "a fill where the rules give none"
        worse = taken.price > best.price if side == 0 else taken.price < best.price
        if worse:
            return Fraud.TRADE_THROUGH, f"filled at {taken.price} where {best.price} was offered"
        if taken.price == best.price and taken.maker != best.maker:
            return Fraud.REORDERED, "a later order was preferred at the same price"
        return Fraud.WRONG_OUTCOME, "other lots, or another way"
    return Fraud.WRONG_OUTCOME, "other fills"


def _judge_call(right: bytes, wrong: bytes) -> str:
    """In what a call's outcome differs."""
    if not right:
        return "only orders and calls have outcomes"
    try:
        best, found = unpack_clearing(right), unpack_clearing(wrong)
    except struct.error as bad:
        return f"no outcome of a call: {bad}"
    if best.price != found.price:
        return f"cleared at {found.price} where the rules give {best.price}"
    return "the call's fills are others" if best != found else "the mark is another"


def _pairs(
    right: tuple[BookFill, ...], wrong: tuple[BookFill, ...]
) -> Iterator[tuple[BookFill | None, BookFill | None]]:
    for place in range(max(len(right), len(wrong))):
        yield (
            right[place] if place < len(right) else None,
            wrong[place] if place < len(wrong) else None,
        )
