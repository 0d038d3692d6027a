"""What an audit can prove against a relay, with the evidence."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bridge.orders.book.entry import BookFill


class Fraud(StrEnum):
    """What a relay did."""

    BROKEN_CHAIN = "broken chain"
    """An entry does not follow from the one before it."""
    TIME_BACK = "time went back"
    NO_EVENT = "no event"
    """An entry that no relay of this version writes."""
    UNSIGNED = "unsigned"
    """An order or a cancellation that its maker's key did not sign; see `Audit.unproven`."""
    NOT_ALLOWED = "not allowed"
    """An order that the books of that moment refuse."""
    TRADE_THROUGH = "trade-through"
    """A fill at a worse price than another order offered, or none where there was one."""
    REORDERED = "reordered"
    """A later order was preferred to an earlier one, or an order moved from its place."""
    WRONG_OUTCOME = "wrong outcome"
    """Other lots, another way, or another end than the rules give."""
    UNSEALED = "unsealed"
    """A call cleared over another log than the one its close fixed."""
    DROPPED = "dropped"
    """A receipt for an order that is not in the log."""
    FORGED_TIME = "forged time"
    """A receipt with another time than the log has."""
    FORKED = "forked"
    """A receipt over another log than this one."""
    UNLOGGED_FILL = "unlogged fill"
    """More lots of an order that only the relay may submit were filled than the log matched."""


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """One fraud."""

    fraud: Fraud
    sequence: int
    """Of the entry it is about; -1 where it is about none."""
    detail: str
    order: bytes = b""
    expected: tuple[BookFill, ...] = ()
    found: tuple[BookFill, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "fraud": self.fraud.value,
            "sequence": self.sequence,
            "detail": self.detail,
            "order": "0x" + self.order.hex(),
            "expected": [_fill(fill) for fill in self.expected],
            "found": [_fill(fill) for fill in self.found],
        }


@dataclass(slots=True)
class Audit:
    """What was looked at, and what was found."""

    findings: list[AuditFinding] = field(default_factory=list)
    entries: int = 0
    orders: int = 0
    fills: int = 0
    receipts: int = 0
    foreign_receipts: int = 0
    """Receipts that this relay did not sign: they accuse nobody."""
    later_receipts: int = 0
    """Receipts of entries that come after this log's end: it is cut off, which proves nothing."""
    later_fills: int = 0
    """Fills in blocks after the last that this log speaks of: likewise."""
    unproven: int = 0
    """Orders no key of the maker's signed: a contract's signature, which only the chain judges."""
    claims: int = 0
    """Entries that state what the chain had at a block; anyone can look there."""
    head: bytes = b""

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "findings": [finding.to_json() for finding in self.findings],
            "entries": self.entries,
            "orders": self.orders,
            "fills": self.fills,
            "receipts": self.receipts,
            "foreign_receipts": self.foreign_receipts,
            "later_receipts": self.later_receipts,
            "later_fills": self.later_fills,
            "unproven": self.unproven,
            "claims": self.claims,
            "head": "0x" + self.head.hex(),
        }


def _fill(fill: BookFill) -> dict[str, Any]:
    return {"maker": "0x" + fill.maker.hex(), "price": str(fill.price), "lots": str(fill.lots)}
