"""What the book keeps of an order, and what it says of a placement.

Structs of msgspec: a dataclass or named tuple of these fields takes three to five times as long to
make (0.22 to 0.41 us against 0.06 to 0.14), and each order makes some five. None is part of a
cycle, so the collector of cycles need not look at them.
"""

from enum import IntEnum

from msgspec import Struct

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
    CALL = 3
    """The order waits for the next call, meets nobody before, and ends with it."""


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
    CALL_OVER = 11
    """The call that it was for is over."""
    OFF_INDEX = 12
    """It waits until the fresh index is near its price again; see `waiting`."""
    CROSSED = 13
    """It may only rest, and would have been filled at once when it came back."""
    NO_ROOM = 14
    """It opens pairs, and waits until its series takes so many; see `waiting`."""


class BookOrder(Struct, eq=False, gc=False):
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
    percent: int = 0
    """How far from the fresh index it may be filled, in per cent of it; 0 for any distance."""
    sequence: int = 0
    live: bool = False
    in_call: bool = False
    """Whether it waits for a call."""
    rule: TimeInForce = TimeInForce.REST
    """By which it was placed."""
    returns: int = 0
    """How often it came back after a match that did not fill it."""
    no_room: bool = False
    """Whether it waits until its series takes the pairs that it would open."""
    key: LaneKey = (b"", 0)

    def __post_init__(self) -> None:
        self.key = (self.maker, self.lane)


Spent = tuple[LaneKey, int, int]
"""Lane, nonce and lots."""

Parts = tuple[BookOrder, ...]
"""One order, or the near and far half of a roll."""


class BookFill(Struct, frozen=True, gc=False):
    """Lots of a resting order that an incoming one takes, at the resting order's price."""

    maker: bytes
    """Hash of the resting order."""
    price: int
    lots: int
    way: int


class CallFill(Struct, frozen=True, gc=False):
    """Lots that a buyer and a seller of a call trade at its price."""

    buyer: bytes
    """Hash of the buyer's order: the taker on the chain."""
    seller: bytes
    """Hash of the seller's order at that price: the maker."""
    lots: int
    way: int


class Clearing(Struct, frozen=True, gc=False):
    """One price, and who trades at it."""

    price: int = 0
    """USD per SCU with 8 decimals; 0 where nobody trades."""
    fills: tuple[CallFill, ...] = ()

    @property
    def lots(self) -> int:
        """Lots filled."""
        return sum(fill.lots for fill in self.fills)


class OpenMatch(Struct, frozen=True, eq=False, gc=False):
    """What one incoming order took of lanes, until the chain has it or it is given up."""

    spent: tuple[Spent, ...]
    """Lane, nonce and lots, the taking order's first."""
    entry: int
    """The entry that has its fills: the order's own, or that of a call."""
    orders: tuple[BookOrder, ...] = ()
    """Orders that may come back where the chain does not fill them; none of a call's."""
    roll: Parts = ()
    """Halves of the roll that took, where its rest waits."""


class Ended(Struct, frozen=True, gc=False):
    """A resting order that left the book."""

    order: bytes
    why: OrderEnd


class Outcome(Struct, frozen=True, gc=False):
    """What became of an order, or roll, that was placed."""

    fills: tuple[BookFill, ...] = ()
    """Of a roll, those of its near half."""
    far_fills: tuple[BookFill, ...] = ()
    rests: int = 0
    """Lots in the book now; of a roll, lots that wait."""
    end: OrderEnd = OrderEnd.NONE
    """Why the rest ended, where it did not come into the book."""
    ended: tuple[Ended, ...] = ()
    """Resting orders that left the book by it."""
    clearing: Clearing | None = None
    """What a call came to, where it was cleared by it."""

    @property
    def lots(self) -> int:
        """Lots filled of the order that was placed."""
        return sum(fill.lots for fill in self.fills)
