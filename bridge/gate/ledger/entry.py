"""One entry of a gate's ledger: an event of the gate, its place, and the time of its block."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from bridge.gate.ledger.words import event_reader
from pargrade.bindings import bridge_gate as gate
from pargrade.chain.log import Event, Log

FOLLOWED: Final[Mapping[bytes, type[Event]]] = {
    kind.TOPIC: kind
    for kind in (
        *(gate.RouteAdded, gate.Sent, gate.Executed),
        *(gate.OutboundQueued, gate.OutboundCancelled, gate.OutboundCompleted),
        *(gate.InboundQueued, gate.Credited, gate.Claimed),
        *(gate.LimitChanged, gate.EntryStopped, gate.RouteStopped, gate.InboundDelayed),
        *(gate.AttestersChanged, gate.EpochRevoked),
    )
}
"""Every event that the ledger knows, by topic 0."""

_READERS: Final = {topic: event_reader(kind) for topic, kind in FOLLOWED.items()}


@dataclass(frozen=True, slots=True)
class GateEntry:
    """A followed event of a gate."""

    log: Log
    event: Event
    time: int
    """Of its block, Unix seconds."""

    @classmethod
    def of(cls, log: Log, time: int) -> Self:
        """The entry of a log. Raises BadEncoding, and KeyError for an event of another kind."""
        return cls(log, _READERS[log.topics[0]](log), time)

    @property
    def place(self) -> tuple[int, int]:
        """Block number and index of the log in the block."""
        return self.log.block_number, self.log.index
