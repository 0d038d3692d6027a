"""Matches on their way to the chain: their calldata, and whether they have arrived.

A match is sent by the relay's outbox, or by whoever fetches its calldata. Either way the chain's
lanes say when it has arrived; one that cannot be filled, or is not filled in time, is given up: its
lots go back to the orders that still rest.
"""

import logging
from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol

from bridge.orders.book.entry import BookFill, LaneKey
from bridge.orders.event.entry import Entry
from bridge.orders.event.event import (
    Event,
    Incoming,
    OrderPlaced,
    OrderReturned,
    unpack_event,
)
from bridge.orders.event.fact import LaneObserved, MatchConcluded
from bridge.orders.event.rolls import RollEvent
from bridge.orders.event.state import call_fills, unpack_clearing, unpack_fills
from bridge.orders.funds.chain_state import MarketState
from bridge.orders.log.sequencer import MICROS, AcceptedEvent, Sequencer
from bridge.orders.log.store import LogStore
from bridge.orders.signed.order import SignedOrder
from bridge.orders.signed.way import leg_and_grade
from bridge.outbox.records import Outcome, Verdict
from pargrade.bindings.structs import Fill, Take
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.errors import ChainError, Reverted
from pargrade.chain.hashing import Address
from pargrade.errors import PargradeError

WITHIN_S: Final = 120
"""A match that is not on the chain so long after it was made is given up."""

_log = logging.getLogger("bridge.orders")


class Sender(Protocol):
    """What sends: the bridge's outbox."""

    address: Address

    def gas_limit(self, call: Call[Any]) -> int:
        """Gas the call needs, with a margin. Raises its refusal."""

    def send(self, call: Call[Any], act: str, gas: int) -> Outcome:
        """Sends a call and waits for its end."""


class NoSuchMatch(PargradeError):
    """A place in the log at which no match waits for the chain."""

    hint = "Take the sequence number of an order that was filled and is not yet settled."

    def __init__(self, sequence: int) -> None:
        self.sequence = sequence
        super().__init__(f"entry {sequence} has no match that waits for the chain")


class MatchSettlement:
    """The matches of one log."""

    def __init__(
        self, state: MarketState, sequencer: Sequencer, store: LogStore, sender: Sender | None
    ) -> None:
        """Without a sender, takers send their matches themselves."""
        self._state = state
        self._sequencer = sequencer
        self._store = store
        self._sender = sender
        self._sent: set[int] = set()
        self._made: dict[int, tuple[int, bytes]] = {}
        """When matches that wait were made, microseconds, and the hash of what took."""
        self.blamed: set[bytes] = set()
        """Makers' orders that matches given up could not fill: whoever looks at them clears it."""

    def note(self, accepted: AcceptedEvent) -> None:
        """Remembers when an order's own match was made: else the log has to be asked for it."""
        event, entry = accepted.event, accepted.entry
        if isinstance(event, Incoming) and accepted.outcome.fills:
            self._made[entry.sequence] = (entry.time, event.signed.hash)

    def call_of(self, sequence: int) -> Call[Any]:
        """What fills a match on the chain. Raises NoSuchMatch."""
        if sequence not in self._sequencer.book.matches:
            raise NoSuchMatch(sequence)
        event, fills, far_fills = self._match_of(sequence)
        near, far = self._fills(fills), self._fills(far_fills)
        exchange = self._state.exchange
        if isinstance(event, RollEvent):
            roll = event.roll
            return exchange.roll(roll.as_struct(), roll.signature, near, far)
        assert isinstance(event, OrderPlaced | OrderReturned)
        order = event.order
        return exchange.match_available(order.as_struct(), order.signature, near, 1)

    def send(self, waiting: Sequence[int]) -> list[MatchConcluded]:
        """Sends matches, the oldest first. Returns the ends of those that cannot be filled."""
        if self._sender is None:
            return []
        self._sent.intersection_update(waiting)
        events: list[MatchConcluded] = []
        # As they were made: an order that waited for a call may be older than one before it.
        for sequence in sorted(waiting, key=self._made_at):
            if sequence in self._sent:
                continue
            call = self.call_of(sequence)
            try:
                gas = self._sender.gas_limit(call)
                outcome = self._sender.send(call, f"match {sequence}", gas)
            except Reverted as refused:
                _log.warning("match %d is given up: %s", sequence, refused)
                events.append(self._give_up(sequence))
                self.blamed |= self._blame(sequence)
                continue
            self._sent.add(sequence)
            if outcome.verdict is not Verdict.DONE:
                _log.warning("match %d is given up: %s", sequence, outcome.verdict.value)
                events.append(self._give_up(sequence))
        return events

    def conclude(self, now: int, *, moved: bool) -> list[Event]:
        """Ends of matches that have arrived, or whose time is over, and their lanes.

        `now` is Unix time in microseconds; `moved`, whether there is a block not looked at yet.
        """
        book = self._sequencer.book
        waiting = {key: book.matches[key] for key in sorted(book.matches, key=self._made_at)}
        keys = {match.spent[0][0] for match in waiting.values()}
        lanes = self._state.lanes(keys) if moved else {}
        counted: dict[LaneKey, int] = {}
        concluded: list[Event] = []
        arrived: set[LaneKey] = set()
        number = self._state.block.number
        for sequence, match in waiting.items():
            key, nonce, lots = match.spent[0]
            state, (chain_nonce, filled) = book.lanes.state(key), lanes.get(key, (0, 0))
            before = counted.get(key, state.settled if state and state.nonce == nonce else 0)
            made, taker = self._made_of(sequence)
            is_whole = chain_nonce == nonce and filled >= before + lots
            if moved and (taker in self._state.taken or chain_nonce > nonce or is_whole):
                counted[key] = before + lots
                concluded.append(MatchConcluded(sequence, True, number))
                arrived |= {spent[0] for spent in match.spent}
            elif now > made + WITHIN_S * MICROS:
                _log.warning("match %d is given up: not filled in %d s", sequence, WITHIN_S)
                concluded.append(self._give_up(sequence))
                arrived |= {spent[0] for spent in match.spent}
        self._made = {seq: made for seq, made in self._made.items() if seq in waiting}
        # Lots are counted once: they stop being on their way before the chain's are looked at.
        return [*concluded, *self.observe(arrived)]

    def observe(self, keys: Iterable[LaneKey]) -> list[Event]:
        """What the chain has of lanes, where the book has something else."""
        book, events = self._sequencer.book, list[Event]()
        for key, (nonce, filled) in self._state.lanes(keys).items():
            known = book.lanes.state(key)
            same = known and (known.nonce, known.settled) == (nonce, filled)
            behind = known and nonce < known.nonce
            if not same and not behind and (nonce or filled):
                events.append(LaneObserved(*key, nonce, filled, self._state.block.number))
        return events

    def _made_at(self, sequence: int) -> tuple[int, int]:
        match = self._sequencer.book.matches.get(sequence)
        return (match.entry if match else sequence, sequence)

    def _match_of(self, sequence: int) -> tuple[Event, tuple[BookFill, ...], tuple[BookFill, ...]]:
        """What took, and what it took: its own outcome says so, or that of its call."""
        [entry] = self._store.read(sequence, 1)
        event, made = unpack_event(entry.body), self._sequencer.book.matches[sequence].entry
        if made == sequence:
            return event, *unpack_fills(entry.outcome)
        assert isinstance(event, OrderPlaced)
        [cleared] = self._store.read(made, 1)
        return event, call_fills(unpack_clearing(cleared.outcome), event.order.hash), ()

    def _give_up(self, sequence: int) -> MatchConcluded:
        return MatchConcluded(sequence, False, self._state.block.number)

    def _made_of(self, sequence: int) -> tuple[int, bytes]:
        if sequence not in self._made:
            made = next(self._store.read(self._sequencer.book.matches[sequence].entry, 1))
            event = unpack_event(next(self._store.read(sequence, 1)).body)
            assert isinstance(event, Incoming)
            self._made[sequence] = (made.time, event.signed.hash)
        return self._made[sequence]

    def _blame(self, sequence: int) -> set[bytes]:
        """Makers' orders that a match would go on without, by a preview in the newest state."""
        event, fills, _ = self._match_of(sequence)
        if self._sender is None or not isinstance(event, OrderPlaced | OrderReturned):
            return set()
        order = event.order
        call = self._state.exchange.match_available(
            order.as_struct(), order.signature, self._fills(fills), 0
        )
        try:
            found = self._state.chain.call(call, block=Tag.LATEST, sender=self._sender.address)
        except ChainError:
            return set()
        return {fill.maker for fill, why in zip(fills, found.reasons, strict=True) if why}

    def _fills(self, fills: tuple[BookFill, ...]) -> tuple[Fill, ...]:
        entries = self._store.find(fill.maker for fill in fills)
        return tuple(self._fill(fill, entries[fill.maker]) for fill in fills)

    def _fill(self, fill: BookFill, entry: Entry) -> Fill:
        event = unpack_event(entry.body)
        assert isinstance(event, OrderPlaced)
        maker: SignedOrder = event.order
        leg, grade = leg_and_grade(fill.way)
        return Fill(maker.as_struct(), maker.signature, Take(fill.lots, leg, grade))
