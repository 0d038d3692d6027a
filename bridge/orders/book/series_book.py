"""What one series has in the book: two halves traded at once, two collected for the next call."""

from collections import deque
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from bridge.orders.book.entry import BookOrder
from bridge.orders.book.half import BookHalf
from bridge.orders.book.mark import SeriesMark
from bridge.orders.signed.listing import Listing
from pargrade.clock import HOUR_S

_MOST_CALLS: Final = 366 * 24
"""Results kept: a series' orders expire within 366 days."""


@dataclass(frozen=True, slots=True)
class ClosedCall:
    """A call whose orders are fixed and whose price is not computed yet."""

    hour: int
    """Unix time in hours."""
    index: int
    """The fresh index as the chain had it, USD per SCU with 8 decimals; 0 for none."""


class CallResult(NamedTuple):
    """What a call came to."""

    hour: int
    """Unix time in hours."""
    price: int
    """USD per SCU with 8 decimals; 0 where nothing was traded."""
    lots: int
    mark: SeriesMark

    def to_json(self) -> dict[str, Any]:
        """As the API gives it."""
        return {
            "time": self.hour * HOUR_S,
            "price": str(self.price) if self.lots else None,
            "lots": str(self.lots),
            "mark": str(self.mark.price) if self.mark.price else None,
            "source": self.mark.source.name,
        }


class SeriesBook:
    """Bids and asks of a series, its calls and their marks."""

    __slots__ = ("call_halves", "calls", "closed", "halves", "index", "listing")

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.halves = (BookHalf(bids=True), BookHalf(bids=False))
        self.call_halves = (BookHalf(bids=True), BookHalf(bids=False))
        """Orders of the next call: nobody meets them before."""
        self.closed: ClosedCall | None = None
        self.index: int | None = None
        """The fresh index, USD per SCU with 8 decimals, 0 for none; None until an order asks."""
        self.calls: deque[CallResult] = deque(maxlen=_MOST_CALLS)

    def half_of(self, order: BookOrder) -> BookHalf:
        """Where an order rests, or would."""
        return (self.call_halves if order.in_call else self.halves)[order.side]

    @property
    def mark(self) -> int:
        """The newest mark, USD per SCU with 8 decimals; 0 before the first."""
        return self.calls[-1].mark.price if self.calls else 0

    @property
    def last_hour(self) -> int:
        """The hour of the newest call, unix time in hours; 0 before the first."""
        return self.calls[-1].hour if self.calls else 0
