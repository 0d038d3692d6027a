"""What went through and never left, and what is still to be done about it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bridge.gate.ledger.forgery import reissue_of
from bridge.gate.ledger.messages import Arrival
from bridge.gate.ledger.route_ledger import RouteLedger
from bridge.gate.route.end import RouteSide
from pargrade.bindings.structs import Passage


@dataclass(frozen=True, slots=True)
class FoundForgery:
    """An arrival that is no message of the other end."""

    side: RouteSide
    """Where it arrived."""
    chain: int
    arrival: Arrival
    is_revoked: bool
    """Whether the epoch that what still waits is queued on is."""
    robbed_steps: int
    """Of the true message whose nonce it used up; 0 where none has left with it yet."""
    faults: tuple[str, ...]
    """What is wrong now; nothing once it is made good."""

    @property
    def next_act(self) -> str:
        """What its operators do next, for people."""
        steps, nonce = self.arrival.executed, self.arrival.nonce
        if self.arrival.passage is Passage.QUEUED and not self.is_revoked:
            epoch, end = self.arrival.epoch, self.side.value
            return (
                f"revoke epoch {epoch} at {end}, which attested it (bridge attesters revoke "
                f"--end {end} --epoch {epoch}): what waits then never goes through"
            )
        if self.faults and not steps:
            return (
                f"name nonce {nonce} with covered_by = [] in [[forgeries]] of every attester's "
                "route file: nothing went through that has to be made good"
            )
        if self.faults:
            away = self.side.other.value
            return (
                f"send {steps} steps from {away}, and name the message as what covers nonce "
                f"{nonce} in [[forgeries]] of every attester's route file"
            )
        if self.robbed_steps:
            is_used_up = self.arrival.passage is Passage.DONE
            under = reissue_of(nonce) if is_used_up else nonce
            return f"nothing: the true message goes on as nonce {under}"
        return "nothing: it is made good"

    def to_json(self) -> dict[str, Any]:
        """For machines; steps are decimal text."""
        return {
            "end": self.side.value,
            "chain": self.chain,
            "nonce": str(self.arrival.nonce),
            "recipient": self.arrival.recipient,
            "steps": str(self.arrival.executed),
            "waiting_steps": str(self.arrival.waiting),
            "epoch": self.arrival.epoch,
            "robbed_steps": str(self.robbed_steps),
            "faults": list(self.faults),
            "next": self.next_act,
        }


def list_forgeries(ledger: RouteLedger) -> list[FoundForgery]:
    """All of them at both ends, those that were made good, too."""
    return [*_arrived(ledger, RouteSide.HOME), *_arrived(ledger, RouteSide.REMOTE)]


def _arrived(ledger: RouteLedger, side: RouteSide) -> Iterator[FoundForgery]:
    source, end = (
        (ledger.remote, ledger.home) if side is RouteSide.HOME else (ledger.home, ledger.remote)
    )
    for nonce, faults in ledger.way_from(source).forged().items():
        message = source.sent.get(nonce)
        robbed = 0 if message is None else message.crossing.amount.value
        arrival = end.arrivals[nonce]
        is_revoked = arrival.epoch in end.revoked
        yield FoundForgery(side, end.end.chain, arrival, is_revoked, robbed, faults)
