"""What can happen to the books, and the bytes of it: a kind, then fields, big-endian.

    1 VENUE     chain id 8, exchange 20, matcher 20, relay 20             the first of a log
    2 LISTING   series 32, expiry 8, low 8, high 8, grades 1, decimals 1
    3 FEE       basis points 2
    4 ORDER     rule 1, ways 4, block 8, order 143, signature
    5 ROLL      ways of near 4, of far 4, block 8, near 143, far 143, signature
    6 CANCEL    maker 20, lane 8, nonce 8, deadline 8, signature          the maker's request
    7 LANE      maker 20, lane 8, nonce 8, filled 8, block 8              what the chain says
    8 EPOCH     maker 20, epoch 8, block 8                                likewise
    9 WAYS      order 32, ways 4, block 8                what its maker can pay for
   10 CONCLUDE  sequence 8, settled 1, block 8            a match's transaction ended
   11 CALL_CLOSED   series 32, hour 8, index 8, block 8   orders of a call are fixed
   12 CALL_CLEARED  series 32, hour 8, head 32            what follows from them is its outcome
   13 RETURN    ways 4, block 8, order 143, signature     a match did not fill it on the chain,
                                                          or what it waited for is there
   14 INDEX     series 32, index 8, block 8               the fresh index, 0 for none
   15 ROLL_WAITS   as ROLL; what is not filled at once waits
   16 ROLL_RETURN  as ROLL; a roll that waits takes again
   17 NO_ROOM   order 32, block 8                         its series takes no pairs for it
   18 TIME                                                what has expired by now has ended

`ways` is what the order allows and its maker could pay for in the state of `block`.
"""

import struct
from dataclasses import dataclass
from typing import Final, Self

from bridge.orders.book.entry import BookOrder, TimeInForce
from bridge.orders.event.fact import (
    CallCleared,
    CallClosed,
    EpochObserved,
    FeeChanged,
    Kind,
    LaneObserved,
    Listed,
    LogVenue,
    MatchConcluded,
    WaysChanged,
)
from bridge.orders.event.index import IndexObserved
from bridge.orders.event.passing import TimePassed
from bridge.orders.event.rolls import RollPlaced, RollReturned, RollWaits
from bridge.orders.event.room import RoomLost
from bridge.orders.signed.cancel_request import CancelRequest
from bridge.orders.signed.order import PACKED_BYTES, SignedOrder
from pargrade.errors import PargradeError


class BadEvent(PargradeError):
    """Bytes that are no event."""

    hint = "Take the log as the relay publishes it, of this version of the program."

    def __init__(self, body: bytes) -> None:
        self.body = body
        super().__init__(f"{len(body)} bytes are no event: {body[:16].hex()}")


@dataclass(slots=True, eq=False)
class OrderPlaced:
    """A signed order that was accepted."""

    order: SignedOrder
    rule: TimeInForce
    ways: int
    block: int
    KIND = Kind.ORDER

    def pack(self) -> bytes:
        """Fields as bytes."""
        head = _ORDER.pack(self.rule, self.ways, self.block)
        return head + self.order.pack() + self.order.signature

    @classmethod
    def unpack(cls, raw: bytes) -> Self:
        """From `pack`."""
        rule, ways, block = _ORDER.unpack(raw[: _ORDER.size])
        end = _ORDER.size + PACKED_BYTES
        order = SignedOrder.unpack(raw[_ORDER.size : end], raw[end:])
        return cls(order, TimeInForce(rule), ways, block)

    @property
    def signed(self) -> SignedOrder:
        """What the maker signed."""
        return self.order


@dataclass(slots=True, eq=False)
class OrderReturned:
    """An order accepted earlier comes back: its match failed, or it waits no more."""

    order: SignedOrder
    ways: int
    block: int
    KIND = Kind.RETURN

    def pack(self) -> bytes:
        """Fields as bytes."""
        return _RETURN.pack(self.ways, self.block) + self.order.pack() + self.order.signature

    @classmethod
    def unpack(cls, raw: bytes) -> Self:
        """From `pack`."""
        ways, block = _RETURN.unpack(raw[: _RETURN.size])
        end = _RETURN.size + PACKED_BYTES
        return cls(SignedOrder.unpack(raw[_RETURN.size : end], raw[end:]), ways, block)

    @property
    def signed(self) -> SignedOrder:
        """What the maker signed."""
        return self.order


@dataclass(frozen=True, slots=True)
class CancelRequested:
    """A maker's signed request to match orders no more."""

    request: CancelRequest
    KIND = Kind.CANCEL

    def pack(self) -> bytes:
        """Fields as bytes."""
        found = self.request
        return _CANCEL.pack(found.maker, found.lane, found.nonce, found.deadline) + found.signature

    @classmethod
    def unpack(cls, raw: bytes) -> Self:
        """From `pack`."""
        maker, lane, nonce, deadline = _CANCEL.unpack(raw[: _CANCEL.size])
        return cls(CancelRequest(maker, lane, nonce, deadline, raw[_CANCEL.size :]))


Placement = OrderPlaced | RollPlaced
"""What is accepted, and gets a receipt."""
Incoming = Placement | OrderReturned | RollReturned
"""What meets the book, and has an outcome."""
Event = (
    LogVenue
    | Listed
    | FeeChanged
    | OrderPlaced
    | RollPlaced
    | CancelRequested
    | LaneObserved
    | EpochObserved
    | WaysChanged
    | MatchConcluded
    | CallClosed
    | CallCleared
    | OrderReturned
    | IndexObserved
    | RollReturned
    | RoomLost
    | TimePassed
)

_ORDER: Final = struct.Struct(">BIQ")
_RETURN: Final = struct.Struct(">IQ")
_CANCEL: Final = struct.Struct(">20sQQQ")

_KINDS: Final[dict[int, type[Event]]] = {
    kind.KIND: kind
    for kind in (
        LogVenue,
        Listed,
        FeeChanged,
        OrderPlaced,
        RollPlaced,
        CancelRequested,
        LaneObserved,
        EpochObserved,
        WaysChanged,
        MatchConcluded,
        CallClosed,
        CallCleared,
        OrderReturned,
        IndexObserved,
        RollWaits,
        RollReturned,
        RoomLost,
        TimePassed,
    )
}


def pack_event(event: Event) -> bytes:
    """The bytes of an event, its kind first."""
    return bytes((event.KIND,)) + event.pack()


def unpack_event(body: bytes) -> Event:
    """The event behind bytes. Raises BadEvent."""
    try:
        return _KINDS[body[0]].unpack(body[1:])
    except (KeyError, IndexError, ValueError, struct.error):
        raise BadEvent(body) from None


def book_order(order: SignedOrder, ways: int, order_hash: bytes | None = None) -> BookOrder:
    """An order as matching sees it; half of a roll goes by the roll's hash."""
    return BookOrder(
        hash=order_hash or order.hash,
        series=order.series,
        side=order.side,
        price=order.price,
        lots=order.lots,
        maker=order.maker,
        taker=order.taker,
        lane=order.lane,
        nonce=order.nonce,
        epoch=order.epoch,
        expiry=order.expiry,
        ways=ways,
        percent=order.percent,
    )
