"""What became of a plan's orders."""

from dataclasses import dataclass
from typing import Any

from bridge.hedge.log.entry import START
from bridge.hedge.log.file import HedgeLog
from bridge.hedge.log.record import PlanRecord
from bridge.hedge.trade.wanted import Wanted


@dataclass(frozen=True, slots=True)
class OrderOutcome:
    """What became of one order."""

    action: str
    series: str
    lots: int
    filled: int
    """Lots on the chain."""
    limit8: int
    order: str
    """Hash, or nothing where the relay refused it."""
    why: str
    """Why it is not filled whole, in the relay's words."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a plan."""

    plan: str
    head: str
    """Of the log."""
    orders: tuple[OrderOutcome, ...]

    @property
    def is_whole(self) -> bool:
        """Whether every order is filled."""
        return all(order.filled == order.lots for order in self.orders)

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "plan": self.plan,
            "head": self.head,
            "whole": self.is_whole,
            "orders": [
                {
                    "action": each.action,
                    "series": each.series,
                    "lots": each.lots,
                    "filled": each.filled,
                    "limit8": str(each.limit8),
                    "order": each.order,
                    "why": each.why,
                }
                for each in self.orders
            ],
        }


def outcome_of(wanted: Wanted, record: PlanRecord, log: HedgeLog) -> Outcome:
    """From the log, after a plan was carried out."""
    found = []
    for number, order in enumerate(wanted.orders):
        filled = record.filled.get(number, 0)
        refused = record.refused.get(number)
        why = ""
        if refused is not None:
            why = f"{refused['title']}: {refused['detail']}"
        elif filled < order.lots:
            why = "nobody offered more at the limit"
        found.append(
            OrderOutcome(
                order.action.value,
                order.series,
                order.lots,
                filled,
                order.limit8,
                record.placed.get(number, {}).get("hash", ""),
                why,
            )
        )
    head = log.head
    return Outcome(wanted.plan, START if head is None else head.hash, tuple(found))
