"""Both ends of a route together: which messages are open, and what neither end explains."""

from collections.abc import Iterator
from dataclasses import dataclass

from bridge.gate.ledger.end_ledger import EndLedger
from bridge.gate.ledger.messages import Arrival, SentMessage
from pargrade.bindings.structs import Passage
from pargrade.gate.transfer import Route


@dataclass(frozen=True, slots=True)
class OpenMessage:
    """A message that left and did not go through yet, as far as both ledgers know."""

    message: SentMessage
    arrival: Arrival | None
    """Where it is queued at the other end."""


@dataclass(frozen=True, slots=True)
class RouteLedger:
    """The ledgers of home and remote end."""

    home: EndLedger
    remote: EndLedger

    @classmethod
    def of(cls, route: Route) -> "RouteLedger":
        """An empty one."""
        return cls(EndLedger(route, route.home), EndLedger(route, route.remote))

    def ways(self) -> tuple[tuple[EndLedger, EndLedger], tuple[EndLedger, EndLedger]]:
        """Source and destination, of both ways."""
        return (self.home, self.remote), (self.remote, self.home)

    def open_messages(self, source: EndLedger) -> Iterator[OpenMessage]:
        """Messages of an end that did not go through at the other, in order."""
        destination = self.remote if source is self.home else self.home
        for nonce, message in source.sent.items():
            arrival = destination.arrivals.get(nonce)
            if arrival is None or arrival.passage is not Passage.DONE:
                yield OpenMessage(message, arrival)

    def unexplained(self) -> Iterator[str]:
        """What arrived and never left, and what exists beyond what is locked.

        An end that is read later than the other knows more: what lasts over two readings is a
        fault, not a delay.
        """
        for source, destination in self.ways():
            for nonce, arrival in destination.arrivals.items():
                message = source.sent.get(nonce)
                chain = destination.end.chain
                if message is None:
                    yield f"message {nonce} arrived on chain {chain} and never left"
                    continue
                crossing = message.crossing
                steps = arrival.executed + arrival.waiting
                if (crossing.recipient, crossing.amount.value) != (arrival.recipient, steps):
                    yield f"message {nonce} arrived on chain {chain} as another than it left"
        if self.remote.executed_steps > self.home.sent_steps:
            more = self.remote.executed_steps - self.home.sent_steps
            yield f"{more} steps more were minted than were ever locked"
