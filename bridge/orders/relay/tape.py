"""What has happened lately, for whoever asks: trades of each series, and how orders ended."""

from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Any, Final

from bridge.orders.book.entry import BookFill, Clearing, OrderEnd
from bridge.orders.event.event import OrderPlaced, OrderReturned
from bridge.orders.event.fact import CallCleared
from bridge.orders.event.rolls import RollEvent
from bridge.orders.log.sequencer import AcceptedEvent
from bridge.orders.signed.order import SignedOrder
from bridge.orders.signed.way import leg_and_grade

_MOST_TRADES: Final = 1_000
_MOST_ENDS: Final = 100_000


@dataclass(frozen=True, slots=True)
class MatchedTrade:
    """Lots that two orders were matched for. Settled once the chain has it."""

    sequence: int
    time: int
    """Unix time in microseconds."""
    series: int
    taker_side: int
    fill: BookFill
    taker: bytes
    """Hash of the incoming order or roll."""

    def to_json(self) -> dict[str, Any]:
        """As the API gives it."""
        leg, grade = leg_and_grade(self.fill.way)
        return {
            "sequence": self.sequence,
            "time": self.time,
            "series": str(self.series),
            "taker_side": self.taker_side,
            "price": str(self.fill.price),
            "lots": str(self.fill.lots),
            "leg": leg.name,
            "grade": grade,
            "maker_order": "0x" + self.fill.maker.hex(),
            "taker_order": "0x" + self.taker.hex(),
        }


class Tape:
    """The newest trades and endings, in memory."""

    def __init__(self) -> None:
        self._trades: dict[int, deque[MatchedTrade]] = {}
        self._ends: OrderedDict[bytes, OrderEnd] = OrderedDict()

    def note(self, accepted: AcceptedEvent) -> list[MatchedTrade]:
        """Keeps what an event came to. Returns its trades."""
        event, outcome = accepted.event, accepted.outcome
        for ended in outcome.ended:
            self.note_end(ended.order, ended.why)
        if isinstance(event, OrderPlaced | OrderReturned):
            if outcome.end is not OrderEnd.NONE:
                self.note_end(event.order.hash, outcome.end)
            return self._trades_of(accepted, event.order, event.order.hash, outcome.fills)
        if isinstance(event, RollEvent):
            roll = event.roll
            if outcome.end is not OrderEnd.NONE:
                self.note_end(roll.hash, outcome.end)
            near = self._trades_of(accepted, roll.near, roll.hash, outcome.fills)
            return near + self._trades_of(accepted, roll.far, roll.hash, outcome.far_fills)
        if isinstance(event, CallCleared) and outcome.clearing is not None:
            return self._call_trades(accepted, event.series, outcome.clearing)
        return []

    def note_end(self, order: bytes, why: OrderEnd) -> None:
        """Keeps why an order left the book."""
        self._ends[order] = why
        if len(self._ends) > _MOST_ENDS:
            self._ends.popitem(last=False)

    def trades(self, series: int, most: int) -> list[MatchedTrade]:
        """The newest trades of a series, the newest first."""
        return list(self._trades.get(series, ()))[-most:][::-1]

    def end_of(self, order: bytes) -> OrderEnd | None:
        """Why an order left the book; None where it rests or that is too long ago."""
        return self._ends.get(order)

    def _trades_of(
        self,
        accepted: AcceptedEvent,
        order: SignedOrder,
        order_hash: bytes,
        fills: tuple[BookFill, ...],
    ) -> list[MatchedTrade]:
        entry = accepted.entry
        found = [
            MatchedTrade(entry.sequence, entry.time, order.series, order.side, fill, order_hash)
            for fill in fills
        ]
        return self._keep(order.series, found)

    def _call_trades(
        self, accepted: AcceptedEvent, series: int, clearing: Clearing
    ) -> list[MatchedTrade]:
        entry, buys = accepted.entry, 0
        found = [
            MatchedTrade(
                entry.sequence,
                entry.time,
                series,
                buys,
                BookFill(fill.seller, clearing.price, fill.lots, fill.way),
                fill.buyer,
            )
            for fill in clearing.fills
        ]
        return self._keep(series, found)

    def _keep(self, series: int, found: list[MatchedTrade]) -> list[MatchedTrade]:
        if found:
            self._trades.setdefault(series, deque(maxlen=_MOST_TRADES)).extend(found)
        return found
