"""One way of a route: what left one end, held against what arrived at the other.

Both ends are read on and on, so each message and each arrival is looked at when it comes, and
afterwards only while it is open or unexplained: a look costs what is open, not the history.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from bridge.gate.ledger.end_ledger import EndLedger
from bridge.gate.ledger.forgery import Forgery, reissue_of, reissued_from
from bridge.gate.ledger.messages import Arrival, SentMessage
from pargrade.bindings.structs import Passage


@dataclass(frozen=True, slots=True)
class OpenMessage:
    """A message that left and did not go through yet, as far as both ledgers know."""

    message: SentMessage
    arrival: Arrival | None
    """Where it is queued at the other end."""


class WayLedger:
    """From a source to a destination, which may be read on while this is held."""

    def __init__(
        self, source: EndLedger, destination: EndLedger, forgeries: Mapping[int, Forgery]
    ) -> None:
        """`forgeries` are those that arrived at the destination, by the nonce they used up."""
        self.source = source
        self.destination = destination
        self._forgeries = forgeries
        self._covers: Final = Counter(
            nonce for each in forgeries.values() for nonce in each.covered_by
        )
        self._open: dict[int, SentMessage] = {}
        self._odd: dict[int, None] = {}
        """Arrivals that the source does not explain so far, in order."""
        self._sent_seen = self._arrived_seen = 0

    def open_messages(self) -> Iterator[OpenMessage]:
        """What did not go through, by rising nonce; what covers a forgery never will."""
        self._read_on()
        for nonce, message in list(self._open.items()):
            if nonce not in self._covers:
                yield OpenMessage(message, self.destination.arrivals.get(nonce))
        yield from self._reissued()

    def unexplained(self) -> Iterator[str]:
        """What arrived and never left, arrived as another, or is a forgery not made good."""
        self._read_on()
        for nonce in list(self._odd):
            fault = self._fault_of(nonce)
            if fault is not None:
                yield fault
        for forgery in self._forgeries.values():
            yield from self._faults_of_covers(forgery)

    def forged(self) -> dict[int, tuple[str, ...]]:
        """What is wrong with arrivals that are no message of the source, by nonce.

        Nothing is wrong any more with those that were made good.
        """
        self._read_on()
        found = {}
        for nonce in list(self._odd):
            fault, forgery = self._fault_of(nonce), self._forgeries.get(nonce)
            of_covers = () if forgery is None else tuple(self._faults_of_covers(forgery))
            faults = of_covers if fault is None else (fault, *of_covers)
            if faults or forgery is not None:
                found[nonce] = faults
        return found

    def arrival_of(self, nonce: int) -> Arrival | None:
        """Where a message that left stands at the other end, under whatever nonce it arrives."""
        forgery = self._forgeries.get(nonce)
        if forgery is None or not self._is_used_up(forgery):
            return self.destination.arrivals.get(nonce)
        return self.arrival_of(reissue_of(nonce))

    def is_cover(self, nonce: int) -> bool:
        """Whether a message stays where it is, to make a forgery good."""
        return nonce in self._covers

    def _read_on(self) -> None:
        source, destination = self.source, self.destination
        first = source.last_nonce - len(source.sent) + 1
        while self._sent_seen < len(source.sent):
            nonce = first + self._sent_seen
            self._sent_seen += 1
            if not self._is_settled(nonce):
                self._open[nonce] = source.sent[nonce]
                if nonce in destination.arrivals:
                    self._judge(nonce)
        while self._arrived_seen < len(destination.arrived):
            nonce = destination.arrived[self._arrived_seen]
            if not self._is_settled(nonce):
                self._judge(nonce)
            self._arrived_seen += 1

    def _is_settled(self, nonce: int) -> bool:
        """Whether a message went through as it left, and is forgotten: so with nearly all."""
        content = self.destination.arrivals.content_through(nonce)
        if content is None or content != self.source.sent.content(nonce):
            return False
        if nonce in self._forgeries:
            return False
        self._open.pop(nonce, None)
        self._odd.pop(nonce, None)
        return True

    def _judge(self, nonce: int) -> None:
        if self.destination.arrivals[nonce].passage is Passage.DONE and nonce in self._open:
            del self._open[nonce]
        if nonce in self._forgeries or self._fault_of(nonce) is not None:
            self._odd[nonce] = None
        else:
            self._odd.pop(nonce, None)

    def _fault_of(self, nonce: int) -> str | None:
        arrival, message = self.destination.arrivals[nonce], self._message_of(nonce)
        forged = self._covered_steps(nonce)
        steps = arrival.executed + arrival.waiting
        if message is not None:
            crossing = message.crossing
            found = (arrival.recipient, steps - forged)
            if found == (crossing.recipient, crossing.amount.value):
                return None
        # What waits on an epoch that was revoked counts for nothing: it is replaced, or never goes.
        is_void = arrival.passage is Passage.QUEUED and arrival.epoch in self.destination.revoked
        left = arrival.executed if is_void else steps
        # One of no steps has nothing to cover, but uses a nonce up: it is explained once named.
        if left == forged and (is_void or nonce in self._forgeries):
            return None
        chain = self.destination.end.chain
        if message is None:
            return f"message {nonce} arrived on chain {chain} and never left"
        return f"message {nonce} arrived on chain {chain} as another than it left"

    def _faults_of_covers(self, forgery: Forgery) -> Iterator[str]:
        chain = self.destination.end.chain
        if forgery.nonce not in self.destination.arrivals:
            yield f"message {forgery.nonce} is named as a forgery and did not arrive on {chain}"
        elif self._is_true(forgery.nonce):
            yield f"message {forgery.nonce} is named as a forgery and arrived as it left"
        for nonce in forgery.covered_by:
            if self._covers[nonce] > 1:
                yield f"message {nonce} is to cover more than once"
            if nonce not in self.source.sent:
                yield f"message {nonce} is to cover a forgery and did not leave"
            elif nonce in self.destination.arrivals:
                yield f"message {nonce} covers a forgery and arrived on chain {chain}"

    def _covered_steps(self, nonce: int) -> int:
        """Steps that were locked or burned for a forgery; 0 for what is none."""
        forgery = self._forgeries.get(nonce)
        if forgery is None:
            return 0
        covers = (self.source.sent.get(cover) for cover in forgery.covered_by)
        return sum(cover.crossing.amount.value for cover in covers if cover is not None)

    def _message_of(self, nonce: int) -> SentMessage | None:
        """The message that a nonce stands for: the one that left with it, or one under it anew."""
        origin = reissued_from(nonce)
        if origin is None:
            return self.source.sent.get(nonce)
        forgery = self._forgeries.get(origin)
        if forgery is None or not self._is_used_up(forgery):
            return None
        message = self._message_of(origin)
        if message is None:
            return None
        return replace(message, crossing=replace(message.crossing, nonce=nonce))

    def _is_true(self, nonce: int) -> bool:
        """Whether an arrival is the very message that left with its nonce."""
        arrival, message = self.destination.arrivals[nonce], self._message_of(nonce)
        if message is None:
            return False
        crossing, steps = message.crossing, arrival.executed + arrival.waiting
        return (arrival.recipient, steps) == (crossing.recipient, crossing.amount.value)

    def _is_used_up(self, forgery: Forgery) -> bool:
        """Whether the forgery went through, so that nothing else can under its nonce."""
        arrival = self.destination.arrivals.get(forgery.nonce)
        if arrival is None or arrival.passage is not Passage.DONE or self._is_true(forgery.nonce):
            return False
        return arrival.executed == self._covered_steps(forgery.nonce)

    def _reissued(self) -> Iterator[OpenMessage]:
        for forgery in sorted(self._forgeries.values(), key=lambda each: each.nonce):
            nonce = reissue_of(forgery.nonce)
            message = self._message_of(nonce)
            arrival = self.destination.arrivals.get(nonce)
            is_open = arrival is None or arrival.passage is not Passage.DONE
            if message is not None and is_open and nonce not in self._forgeries:
                yield OpenMessage(message, arrival)
