"""What the log says of one plan: its orders as decided, and how far each has come."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from bridge.hedge.log.entry import Kind, LogEntry
from bridge.hedge.trade.wanted import wanted_of


@dataclass(slots=True)
class PlanRecord:
    """One plan's entries, by order: its place in the plan."""

    intended: dict[str, Any] | None = None
    placed: dict[int, dict[str, Any]] = field(default_factory=dict)
    filled: dict[int, int] = field(default_factory=dict)
    """Lots of each order on the chain, as last written."""
    refused: dict[int, dict[str, Any]] = field(default_factory=dict)
    """What the relay did not take, last time."""

    @classmethod
    def of(cls, entries: Iterable[LogEntry], plan: str) -> Self:
        """From the log."""
        found = cls()
        for entry in entries:
            if entry.body.get("plan") == plan:
                found.note(entry)
        return found

    def note(self, entry: LogEntry) -> None:
        """Takes one more entry of the plan."""
        body = entry.body
        match entry.kind:
            case Kind.INTENDED:
                self.intended = body
            case Kind.PLACED:
                self.placed[body["order"]] = body
                self.refused.pop(body["order"], None)
            case Kind.REFUSED:
                self.refused[body["order"]] = body
            case Kind.FILLED:
                self.filled[body["order"]] = body["lots"]
            case Kind.DECLINED:
                pass


def filled_lots(entries: Sequence[LogEntry], plan: str) -> dict[str, int]:
    """Lots that a plan's own orders have filled, by series, as the log has them."""
    record = PlanRecord.of(entries, plan)
    if record.intended is None:
        return {}
    found: dict[str, int] = {}
    for number, order in enumerate(wanted_of(record.intended["document"]).orders):
        found[order.series] = found.get(order.series, 0) + record.filled.get(number, 0)
    return found


def is_superseded(entries: Sequence[LogEntry], plan: str) -> bool:
    """Whether another plan was begun after this one: then what its lanes fill is the other's."""
    begun = [entry.body.get("plan") for entry in entries if entry.kind is Kind.INTENDED]
    return plan in begun and begun[-1] != plan


def last_other_start(entries: Iterable[LogEntry], plan: str) -> int:
    """When another plan was last begun, unix seconds; 0 for never."""
    times = [e.instant for e in entries if e.kind is Kind.INTENDED and e.body.get("plan") != plan]
    return max(times, default=0)
