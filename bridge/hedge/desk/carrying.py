"""Carrying out one plan: decided, written down, signed, placed, and seen on the chain.

    1  everything that stands against the plan is named, and then nothing is sent
    2  the orders are written to the log and synced
    3  each is placed at the relay, and its receipt is written
    4  what the chain has filled of each is written

Killed between any two steps and carried out again, it goes on from what the log says, with the same
orders: the relay knows them, and their lanes count what they filled. Without the log, another
machine makes orders of the same lanes, of which all together fill no more than one would.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bridge.hedge.desk.market_reader import exchange_of, read_lanes
from bridge.hedge.desk.outcome import Outcome, outcome_of
from bridge.hedge.log.entry import Kind, LogEntry
from bridge.hedge.log.file import HedgeLog
from bridge.hedge.log.record import PlanRecord, is_superseded, last_other_start
from bridge.hedge.plan.plan import HedgePlan
from bridge.hedge.plan.policy import Policy
from bridge.hedge.trade.approval import Approval, approvers_of
from bridge.hedge.trade.lane import filled_since
from bridge.hedge.trade.market_now import MarketNow
from bridge.hedge.trade.objection import Circumstances, Ground, Objection, PlanRefused
from bridge.hedge.trade.refusals import objections, resuming_objections
from bridge.hedge.trade.signed import exchange_order, lane_in
from bridge.hedge.trade.wanted import Wanted, wanted_of
from bridge.orders.client.client import PlacedOrder, RelayClient, RelayRefused, SignedOffer
from pargrade.bindings.structs import Order, Roll
from pargrade.chain.keys import Key
from pargrade.deployment.session import Session
from pargrade.errors import PargradeError
from pargrade.futures.order import exchange_domain, sign, struct_hash
from pargrade.process.failpoint import reached

_LOOK_S: Final = 0.2
_ENDS_AT_ONCE: Final = "IOC"


class ForeignKey(PargradeError):
    """A key other than the one the plan is for."""

    hint = "Give the key of the plan's account with --key."

    def __init__(self, account: str, key: str) -> None:
        super().__init__(f"the plan is for {account}, the key is {key}'s")


@dataclass(frozen=True, slots=True)
class PlanCase:
    """A plan, and what it is judged by."""

    document: Mapping[str, Any]
    today: HedgePlan | None
    """The plan of today's data; an exit needs none."""
    policy: Policy
    now: MarketNow
    approvals: tuple[Approval, ...] = ()
    stops: tuple[str, ...] = ()


def judge(case: PlanCase, log: HedgeLog) -> list[Objection]:
    """Everything that stands against a plan now. Raises NotAPlan."""
    wanted = wanted_of(case.document)
    agreed = approvers_of(case.approvals, wanted.plan, case.now.instant, wanted.account)
    known = Circumstances(case.stops, agreed, last_other_start(log.entries, wanted.plan))
    record = PlanRecord.of(log.entries, wanted.plan)
    if record.intended is not None:
        found = resuming_objections(wanted, case.policy, case.now, known)
        is_sent = len(record.placed) == len(wanted.orders)
        if is_superseded(log.entries, wanted.plan) and not is_sent:
            found.append(Objection(Ground.OVER, "another plan was begun after it"))
        return found
    return objections(wanted, case.document, case.today, case.policy, case.now, known)


class Carrier:
    """Carries plans out with one key over one relay."""

    def __init__(self, session: Session, relay: RelayClient, key: Key, wait_s: float) -> None:
        self._session = session
        self._relay = relay
        self._key = key
        self._wait_s = wait_s

    def carry_out(self, case: PlanCase, log: HedgeLog) -> Outcome:
        """Brings a plan to its end. Raises PlanRefused, ForeignKey, RelayDown, ChainError."""
        wanted = wanted_of(case.document)
        if self._key.address != wanted.account:
            raise ForeignKey(wanted.account, self._key.address)
        instant = case.now.instant
        against = judge(case, log)
        if against:
            _note_decline(log, instant, wanted.plan, against)
            raise PlanRefused(against)
        record = PlanRecord.of(log.entries, wanted.plan)
        if record.intended is None:
            record.note(log.append(instant, Kind.INTENDED, self._intention(case, wanted)))
            reached("hedge_intended")
        for number, made in enumerate(self._orders(wanted, record)):
            if number not in record.placed:
                record.note(self._place(number, made, wanted, instant, log))
                reached("hedge_placed")
        if not is_superseded(log.entries, wanted.plan):
            self._await_fills(wanted, record)
            self._note_fills(wanted, record, instant, log)
        return outcome_of(wanted, record, log)

    def _intention(self, case: PlanCase, wanted: Wanted) -> dict[str, Any]:
        agreed = [each.to_json() for each in case.approvals if each.plan == wanted.plan]
        rules = self._relay.rules()
        return {
            "plan": wanted.plan,
            "document": dict(case.document),
            "chain_id": case.now.chain_id,
            "exchange": exchange_of(self._session).address,
            "relay": rules.relay,
            "matcher": rules.matcher,
            "epoch": case.now.epoch,
            "approvals": agreed,
        }

    def _orders(self, wanted: Wanted, record: PlanRecord) -> list[Order | Roll]:
        assert record.intended is not None
        epoch, matcher = record.intended["epoch"], record.intended["matcher"]
        return [exchange_order(wanted, order, epoch, matcher) for order in wanted.orders]

    def _place(
        self, number: int, made: Order | Roll, wanted: Wanted, instant: int, log: HedgeLog
    ) -> LogEntry:
        """Signs and places one order. The same order again has the same signature and receipt."""
        rules, exchange = self._relay.rules(), exchange_of(self._session)
        domain = exchange_domain(self._session.chain.chain_id, exchange.address)
        offer = SignedOffer(made, sign(made, domain, self._key), _ENDS_AT_ONCE)
        [result] = self._relay.place([offer], rules)
        reached("hedge_sent")
        body = {
            "plan": wanted.plan,
            "order": number,
            "hash": "0x" + struct_hash(made).hex(),
            "signed": offer.to_json(),
        }
        if isinstance(result, RelayRefused):
            why = {"title": result.title, "detail": result.detail}
            return log.append(instant, Kind.REFUSED, body | why)
        assert isinstance(result, PlacedOrder)
        matched = None if result.known else result.filled
        found = {"receipt": result.receipt.to_json(), "matched": matched}
        return log.append(instant, Kind.PLACED, body | found)

    def _await_fills(self, wanted: Wanted, record: PlanRecord) -> None:
        """Waits until the chain has what the relay matched, or for `wait_s`."""
        ends = time.monotonic() + self._wait_s
        while time.monotonic() < ends:
            filled = self._filled(wanted)
            if all(filled[n] >= _expected(wanted, record, n) for n in record.placed):
                return
            time.sleep(_LOOK_S)

    def _filled(self, wanted: Wanted) -> list[int]:
        """Lots that each order's lane has filled since the plan was made."""
        lanes = [lane_in(wanted.team, order) for order in wanted.orders]
        found = read_lanes(self._session, self._key.address, lanes, self._session.chain.head())
        return [
            min(filled_since(found[lane], order.lane_nonce, order.lane_filled), order.lots)
            for lane, order in zip(lanes, wanted.orders, strict=True)
        ]

    def _note_fills(self, wanted: Wanted, record: PlanRecord, instant: int, log: HedgeLog) -> None:
        for number, lots in enumerate(self._filled(wanted)):
            if lots != record.filled.get(number, 0):
                order = wanted.orders[number]
                body = {
                    "plan": wanted.plan,
                    "order": number,
                    "lots": lots,
                    "lane": str(lane_in(wanted.team, order)),
                }
                record.note(log.append(instant, Kind.FILLED, body))
                reached("hedge_filled")


def _expected(wanted: Wanted, record: PlanRecord, number: int) -> int:
    """Lots the relay matched, or all where an earlier run did not hear how many."""
    matched = record.placed[number]["matched"]
    return wanted.orders[number].lots if matched is None else int(matched)


def _note_decline(log: HedgeLog, instant: int, plan: str, against: list[Objection]) -> None:
    """Written once: the same refusal again says nothing new."""
    reasons = [[each.ground.value, each.why] for each in against]
    body = {"plan": plan, "reasons": reasons}
    head = log.head
    if head is None or head.kind is not Kind.DECLINED or head.body != body:
        log.append(instant, Kind.DECLINED, body)
