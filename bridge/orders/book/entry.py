"""What the book keeps of an order, and what it says of a placement."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

LaneKey = tuple[bytes, int]
"""A maker and one of its lanes."""


class TimeInForce(IntEnum):
    """What becomes of lots that are not filled at once."""

    REST = 0
    """They rest until filled, cancelled or expired."""
    IOC = 1
    """They end."""
    POST_ONLY = 2
    """The order is refused where any of it would be filled at once."""


class OrderEnd(IntEnum):
    """Why an order is no longer in the book, or its rest never came into it."""

    NONE = 0
    FILLED = 1
    IOC = 2
    EXPIRED = 3
    CANCELLED = 4
    SUPERSEDED = 5
    """A later nonce of its lane was filled or cancelled, or an alternative took its lots."""
    SELF_TRADE = 6
    """It met an order of its own maker."""
    TOO_LONG = 7
    """It met more orders than one match goes through."""
    UNFUNDED = 8
    """Its maker can no longer fill what is left of it."""
    EPOCH_OVER = 9
    PAIR_UNFILLED = 10
    """A roll's lots for which the two books had no equal counterpart."""


@dataclass(slots=True, eq=False)
class BookOrder:
    """One order, or half of a roll, as matching sees it."""

    hash: bytes
    series: int
    side: int
    price: int
    lots: int
    maker: bytes
    taker: bytes
    lane: int
    nonce: int
    epoch: int
    expiry: int
    """Unix seconds."""
    ways: int
    """In which it may be filled: signed, and paid for."""
    sequence: int = 0
    live: bool = False
    key: LaneKey = field(init=False)

    def __post_init__(self) -> None:
        self.key = (self.maker, self.lane)


class BookFill(NamedTuple):
    """Lots of a resting order that an incoming one takes, at the resting order's price."""

    maker: bytes
    """Hash of the resting order."""
    price: int
    lots: int
    way: int


class Ended(NamedTuple):
    """A resting order that left the book."""

    order: bytes
    why: OrderEnd


class Outcome(NamedTuple):
    """What became of an order, or roll, that was placed."""

    fills: tuple[BookFill, ...] = ()
    """Of a roll, those of its near half."""
    far_fills: tuple[BookFill, ...] = ()
    rests: int = 0
    """Lots in the book now."""
    end: OrderEnd = OrderEnd.NONE
    """Why the rest ended, where it did not come into the book."""
    ended: tuple[Ended, ...] = ()
    """Resting orders that left the book by it."""

    @property
    def lots(self) -> int:
        """Lots filled."""
        return sum(fill.lots for fill in self.fills)
