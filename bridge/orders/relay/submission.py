"""What a maker sends to a relay, and what it gets back when the order is in the log."""

from dataclasses import dataclass
from typing import Any

from bridge.orders.book.entry import TimeInForce
from bridge.orders.event.receipt import OrderReceipt
from bridge.orders.log.sequencer import AcceptedEvent
from bridge.orders.signed.order import Signed
from pargrade.errors import PargradeError


@dataclass(frozen=True, slots=True)
class OrderSubmission:
    """What a maker sends: a signed order or roll, and what becomes of its rest."""

    signed: Signed
    rule: TimeInForce


@dataclass(frozen=True, slots=True)
class Admitted:
    """An order in the log."""

    receipt: OrderReceipt
    accepted: AcceptedEvent | None
    """None where it was in the log before: the receipt is the one that was given then."""

    def to_json(self) -> dict[str, Any]:
        """As the API gives it."""
        found: dict[str, Any] = {"status": "accepted", "receipt": self.receipt.to_json()}
        if self.accepted is None:
            return {**found, "status": "known"}
        outcome = self.accepted.outcome
        return {
            **found,
            "filled": str(outcome.lots),
            "rests": str(outcome.rests),
            "end": outcome.end.name,
        }


Result = Admitted | PargradeError
"""What became of an order: in the log, or why not."""
