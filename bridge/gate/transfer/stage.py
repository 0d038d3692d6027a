"""How far a transfer has come. Pure.

WAITING ─ beyond the budget, in the queue it leaves from; its sender can take it back → CANCELLED
SENT ─ left its chain, not final yet → FINAL ─ attesters may sign → ATTESTED ─ a quorum signed
→ QUEUED ─ arrived, waits at the other end → DONE
COVER ─ stays for ever, to make a forgery good
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bridge.gate.route.end import RouteSide
from pargrade.chain.hashing import Address
from pargrade.gate.transfer import Amount
from pargrade.text import amount


class TransferStage(StrEnum):
    """Where a transfer stands."""

    WAITING = "waiting"
    CANCELLED = "cancelled"
    SENT = "sent"
    FINAL = "final"
    ATTESTED = "attested"
    QUEUED = "queued"
    DONE = "done"
    COVER = "cover"


@dataclass(frozen=True, slots=True)
class TransferState:
    """A transfer at a moment."""

    source: RouteSide
    number: int
    """Nonce, or the number in the queue for one that did not leave."""
    sender: Address
    recipient: Address
    amount: Amount
    stage: TransferStage
    signatures: tuple[int, int] | None = None
    """How many attesters signed, and how many it takes; None where nobody was asked."""

    @property
    def name(self) -> str:
        """As `bridge cancel` takes it where it waits: home:3."""
        return f"{self.source.value}:{self.number}"

    def describe(self) -> str:
        """The stage for people."""
        if self.signatures is not None and self.stage is TransferStage.FINAL:
            return f"final, {self.signatures[0]} of {self.signatures[1]} signatures"
        words = {
            TransferStage.WAITING: "waits to leave until it fits",
            TransferStage.CANCELLED: "taken back",
            TransferStage.QUEUED: "arrived, waits until it fits",
            TransferStage.SENT: "sent, not final yet",
            TransferStage.FINAL: "final, being attested",
            TransferStage.ATTESTED: "attested, being carried over",
            TransferStage.DONE: "done",
            TransferStage.COVER: "stays, to make a forgery good",
        }
        return words[self.stage]

    def row(self, symbol: str) -> tuple[object, ...]:
        """For a table."""
        shown = amount(self.amount.value, self.amount.decimals, symbol)
        return self.name, shown, self.sender, self.recipient, self.describe()

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        document: dict[str, Any] = {
            "source": self.source.value,
            "number": str(self.number),
            "sender": self.sender,
            "recipient": self.recipient,
            "steps": str(self.amount.value),
            "stage": self.stage.value,
        }
        if self.signatures is not None:
            document["signatures"], document["threshold"] = self.signatures
        return document
