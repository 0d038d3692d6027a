"""A relay audited: its log against its own rules, its receipts, and what the chain filled."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from bridge.orders.audit.finding import Audit, AuditFinding, Fraud
from bridge.orders.audit.replay import Replay
from bridge.orders.event.entry import BadEntry, Entry
from bridge.orders.event.receipt import OrderReceipt, domain_prefix
from bridge.orders.signed.cancel_request import relay_domain
from pargrade.chain.hashing import address_of


@dataclass(frozen=True, slots=True)
class ChainFill:
    """A Filled event of the exchange, as far as it concerns the log."""

    order: bytes
    """Hash of the maker's order."""
    lots: int
    block: int = 0
    """In which; a log that does not come so far is not held against it."""

    @classmethod
    def from_json(cls, raw: Any) -> Self:
        """From `{"order": "0x…", "lots": "12", "block": 7}`. Raises BadEntry."""
        try:
            order = bytes.fromhex(raw["order"].removeprefix("0x"))
            found = cls(order, int(raw["lots"]), int(raw.get("block", 0)))
        except (AttributeError, KeyError, TypeError, ValueError):
            raise BadEntry("a fill has order and lots") from None
        if len(found.order) != 32 or found.lots < 0 or found.block < 0:
            raise BadEntry("a fill's order has 32 bytes, its lots and block are not negative")
        return found


def audit_log(
    entries: Iterable[Entry],
    receipts: Iterable[OrderReceipt] = (),
    fills: Iterable[ChainFill] = (),
    *,
    signatures: bool = True,
) -> Audit:
    """What the log, the receipts that makers hold and the chain's fills prove together."""
    replay = Replay(signatures=signatures).read(entries)
    if replay.venue is None:
        return replay.audit
    domain = relay_domain(replay.venue.chain_id, address_of(replay.venue.exchange))
    prefix, relay = domain_prefix(domain), replay.venue.relay
    for receipt in receipts:
        if receipt.signer(prefix) != relay:
            replay.audit.foreign_receipts += 1
            continue
        replay.audit.receipts += 1
        _check_receipt(replay, receipt)
    _check_fills(replay, fills)
    return replay.audit


def _check_receipt(replay: Replay, receipt: OrderReceipt) -> None:
    entry = replay.accepted.get(receipt.order)
    if entry is None and replay.ends_before(receipt.sequence, receipt.time):
        replay.audit.later_receipts += 1
        return

    def accuse(fraud: Fraud, detail: str) -> None:
        place = -1 if entry is None else entry.sequence
        replay.audit.findings.append(AuditFinding(fraud, place, detail, receipt.order))

    if entry is None:
        accuse(Fraud.DROPPED, f"a receipt puts it in place {receipt.sequence}")
    elif entry.sequence != receipt.sequence:
        accuse(Fraud.REORDERED, f"its receipt puts it in place {receipt.sequence}")
    elif entry.time != receipt.time:
        accuse(Fraud.FORGED_TIME, f"its receipt says {receipt.time}, the log {entry.time}")
    elif entry.head != receipt.head:
        accuse(Fraud.FORKED, f"its receipt is over head 0x{receipt.head.hex()}")


def _check_fills(replay: Replay, fills: Iterable[ChainFill]) -> None:
    assert replay.venue is not None
    filled: Counter[bytes] = Counter()
    for fill in fills:
        if fill.block > replay.block:
            replay.audit.later_fills += 1
        else:
            filled[fill.order] += fill.lots
    for order, lots in filled.items():
        placed = replay.placed.get(order)
        if placed is None or placed.matcher != replay.venue.matcher:
            continue
        if lots > replay.matched[order]:
            detail = f"{lots} lots filled on the chain, {replay.matched[order]} matched here"
            place = replay.accepted[order].sequence
            replay.audit.findings.append(AuditFinding(Fraud.UNLOGGED_FILL, place, detail, order))
