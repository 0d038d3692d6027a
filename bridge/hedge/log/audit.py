"""A log against itself: every order was decided before it was sent, and is the one decided. Pure.

The chain of hashes is checked where a log is read. Here it is checked what the entries say: that a
plan is what its hash names, that an order placed is the plan's own and signed by its account, that
the receipt is the relay's, that approvals are signed, and that no more is filled than was wanted.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from bridge.hedge.log.entry import Kind, LogEntry
from bridge.hedge.plan.drift import NotAPlan, require_plan
from bridge.hedge.trade.approval import Approval, BadApproval, approval_domain
from bridge.hedge.trade.signed import exchange_order, lane_in
from bridge.hedge.trade.wanted import Wanted, wanted_of
from bridge.orders.event.receipt import BadReceipt, OrderReceipt, domain_prefix
from bridge.orders.signed.cancel_request import relay_domain
from bridge.orders.signed.signature import recover_signer
from pargrade.chain.hashing import BadAddress, parse_address
from pargrade.futures.order import digest, exchange_domain, struct_hash

_MALFORMED: Final = (KeyError, TypeError, ValueError, AttributeError, BadAddress)


@dataclass(frozen=True, slots=True)
class LogFault:
    """An entry that says what cannot be so."""

    sequence: int
    why: str

    def describe(self) -> str:
        """In one line."""
        return f"entry {self.sequence}: {self.why}"


@dataclass(slots=True)
class _Begun:
    """A plan whose orders were decided."""

    body: dict[str, Any]
    wanted: Wanted
    filled: dict[int, int]


def audit_entries(entries: Iterable[LogEntry]) -> list[LogFault]:
    """Everything in a log that cannot be so."""
    begun: dict[str, _Begun] = {}
    found = []
    for entry in entries:
        try:
            why = next(_faults(entry, begun), None)
        except _MALFORMED as failure:
            why = f"its body has another form: {type(failure).__name__}"
        if why is not None:
            found.append(LogFault(entry.sequence, why))
    return found


def lane_ends(entries: Iterable[LogEntry]) -> dict[tuple[str, int, int], int]:
    """By account, lane and nonce: the lots its orders have filled, as the log has them."""
    plans: dict[str, Wanted] = {}
    found: dict[tuple[str, int, int], int] = {}
    for entry in entries:
        body = entry.body
        if entry.kind is Kind.INTENDED:
            wanted = plans[body["plan"]] = wanted_of(body["document"])
            for order in wanted.orders:
                place = (wanted.account, lane_in(wanted.team, order), order.lane_nonce)
                found[place] = max(found.get(place, 0), order.lane_filled)
        elif entry.kind is Kind.FILLED and body["plan"] in plans:
            wanted = plans[body["plan"]]
            order = wanted.orders[body["order"]]
            place = (wanted.account, lane_in(wanted.team, order), order.lane_nonce)
            found[place] = max(found.get(place, 0), order.lane_filled + body["lots"])
    return found


def _faults(entry: LogEntry, begun: dict[str, _Begun]) -> Iterator[str]:
    body, plan = entry.body, str(entry.body["plan"])
    if entry.kind is Kind.DECLINED:
        return
    if entry.kind is Kind.INTENDED:
        yield from _intention_faults(body, plan, begun)
        return
    if plan not in begun:
        yield "its plan was not decided on before"
        return
    known = begun[plan]
    if body["order"] not in range(len(known.wanted.orders)):
        yield f"the plan has no order {body['order']}"
    elif entry.kind is Kind.FILLED:
        yield from _fill_faults(body, known)
    elif entry.kind is Kind.PLACED:
        yield from _placement_faults(body, known)


def _intention_faults(body: dict[str, Any], plan: str, begun: dict[str, _Begun]) -> Iterator[str]:
    if plan in begun:
        yield "the plan was decided on twice"
        return
    try:
        wanted = wanted_of(require_plan(body["document"], plan))
    except NotAPlan as failure:
        yield str(failure)
        return
    begun[plan] = _Begun(body, wanted, {})
    domain = approval_domain(body["chain_id"], parse_address(body["exchange"]))
    for raw in body["approvals"]:
        try:
            Approval.from_json(raw, domain)
        except BadApproval as failure:
            yield str(failure)


def _placement_faults(body: dict[str, Any], known: _Begun) -> Iterator[str]:
    intended, wanted = known.body, known.wanted
    order = wanted.orders[body["order"]]
    made = exchange_order(wanted, order, intended["epoch"], parse_address(intended["matcher"]))
    hashed = struct_hash(made)
    exchange = parse_address(intended["exchange"])
    if body["hash"] != "0x" + hashed.hex():
        yield "the order is not the one that the plan decided"
    signature = bytes.fromhex(body["signed"]["signature"].removeprefix("0x"))
    signer = recover_signer(
        digest(made, exchange_domain(intended["chain_id"], exchange)), signature
    )
    if signer != bytes.fromhex(wanted.account[2:]):
        yield "the order is not signed by the plan's account"
    try:
        receipt = OrderReceipt.from_json(body["receipt"])
    except BadReceipt as failure:
        yield str(failure)
        return
    prefix = domain_prefix(relay_domain(intended["chain_id"], exchange))
    if receipt.order != hashed:
        yield "the receipt is of another order"
    elif receipt.signer(prefix) != bytes.fromhex(intended["relay"][2:]):
        yield "the receipt is not signed by the relay"


def _fill_faults(body: dict[str, Any], known: _Begun) -> Iterator[str]:
    number, lots = body["order"], body["lots"]
    most = known.wanted.orders[number].lots
    if type(lots) is not int or not known.filled.get(number, 0) < lots <= most:
        yield f"{lots} lots filled of {most}, after {known.filled.get(number, 0)}"
        return
    known.filled[number] = lots
