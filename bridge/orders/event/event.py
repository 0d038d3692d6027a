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

`ways` is what the order allows and its maker could pay for in the state of `block`.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

from bridge.orders.book.entry import BookOrder, LaneKey, TimeInForce
from bridge.orders.signed.cancel_request import CancelRequest
from bridge.orders.signed.listing import Listing
from bridge.orders.signed.order import PACKED_BYTES, SignedOrder, SignedRoll
from pargrade.errors import PargradeError


class Kind(IntEnum):
    """The first byte of an event."""

    VENUE = 1
    LISTING = 2
    FEE = 3
    ORDER = 4
    ROLL = 5
    CANCEL = 6
    LANE = 7
    EPOCH = 8
    WAYS = 9
    CONCLUDE = 10


class BadEvent(PargradeError):
    """Bytes that are no event."""

    hint = "Take the log as the relay publishes it, of this version of the program."

    def __init__(self, body: bytes) -> None:
        self.body = body
        super().__init__(f"{len(body)} bytes are no event: {body[:16].hex()}")


@dataclass(frozen=True, slots=True)
class LogVenue:
    """Whose log it is."""

    chain_id: int
    exchange: bytes
    matcher: bytes
    relay: bytes
    """Who signs receipts."""
    KIND = Kind.VENUE

    def pack(self) -> bytes:
        """Fields as bytes."""
        return _VENUE.pack(self.chain_id, self.exchange, self.matcher, self.relay)

    @classmethod
    def unpack(cls, raw: bytes) -> Self:
        """From `pack`."""
        return cls(*_VENUE.unpack(raw))


@dataclass(frozen=True, slots=True)
class Listed:
    """A series of the market."""

    listing: Listing
    KIND = Kind.LISTING

    def pack(self) -> bytes:
        """Fields as bytes."""
        found = self.listing
        return _LISTING.pack(
            found.series.to_bytes(32),
            found.expiry,
            found.low,
            found.high,
            found.grades,
            found.quote_decimals,
        )

    @classmethod
    def unpack(cls, raw: bytes) -> Self:
        """From `pack`."""
        series, *rest = _LISTING.unpack(raw)
        return cls(Listing(int.from_bytes(series), *rest))


@dataclass(frozen=True, slots=True)
class FeeChanged:
    """The taker's fee that the exchange has."""

    bps: int
    KIND = Kind.FEE

    def pack(self) -> bytes:
        """Fields as bytes."""
        return _FEE.pack(self.bps)

    @classmethod
    def unpack(cls, raw: bytes) -> Self:
        """From `pack`."""
        return cls(*_FEE.unpack(raw))


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
class RollPlaced:
    """A signed roll that was accepted."""

    roll: SignedRoll
    near_ways: int
    far_ways: int
    block: int
    KIND = Kind.ROLL

    def pack(self) -> bytes:
        """Fields as bytes."""
        head = _ROLL.pack(self.near_ways, self.far_ways, self.block)
        return head + self.roll.near.pack() + self.roll.far.pack() + self.roll.signature

    @classmethod
    def unpack(cls, raw: bytes) -> Self:
        """From `pack`."""
        near_ways, far_ways, block = _ROLL.unpack(raw[: _ROLL.size])
        middle, end = _ROLL.size + PACKED_BYTES, _ROLL.size + 2 * PACKED_BYTES
        near = SignedOrder.unpack(raw[_ROLL.size : middle])
        far = SignedOrder.unpack(raw[middle:end])
        return cls(SignedRoll(near, far, raw[end:]), near_ways, far_ways, block)

    @property
    def signed(self) -> SignedRoll:
        """What the maker signed."""
        return self.roll


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


@dataclass(frozen=True, slots=True)
class LaneObserved:
    """Where a lane is on the chain."""

    maker: bytes
    lane: int
    nonce: int
    filled: int
    block: int
    KIND = Kind.LANE

    def pack(self) -> bytes:
        """Fields as bytes."""
        return _LANE.pack(self.maker, self.lane, self.nonce, self.filled, self.block)

    @classmethod
    def unpack(cls, raw: bytes) -> Self:
        """From `pack`."""
        return cls(*_LANE.unpack(raw))

    @property
    def key(self) -> LaneKey:
        """The lane."""
        return self.maker, self.lane


@dataclass(frozen=True, slots=True)
class EpochObserved:
    """A maker's epoch on the chain."""

    maker: bytes
    epoch: int
    block: int
    KIND = Kind.EPOCH

    def pack(self) -> bytes:
        """Fields as bytes."""
        return _EPOCH.pack(self.maker, self.epoch, self.block)

    @classmethod
    def unpack(cls, raw: bytes) -> Self:
        """From `pack`."""
        return cls(*_EPOCH.unpack(raw))


@dataclass(frozen=True, slots=True)
class WaysChanged:
    """What the maker of a resting order can pay for now; 0 ends the order."""

    order: bytes
    ways: int
    block: int
    KIND = Kind.WAYS

    def pack(self) -> bytes:
        """Fields as bytes."""
        return _WAYS.pack(self.order, self.ways, self.block)

    @classmethod
    def unpack(cls, raw: bytes) -> Self:
        """From `pack`."""
        return cls(*_WAYS.unpack(raw))


@dataclass(frozen=True, slots=True)
class MatchConcluded:
    """A match's transaction is on the chain, or will never be."""

    sequence: int
    """Of the order that was matched."""
    settled: bool
    block: int
    KIND = Kind.CONCLUDE

    def pack(self) -> bytes:
        """Fields as bytes."""
        return _CONCLUDE.pack(self.sequence, self.settled, self.block)

    @classmethod
    def unpack(cls, raw: bytes) -> Self:
        """From `pack`."""
        return cls(*_CONCLUDE.unpack(raw))


Placement = OrderPlaced | RollPlaced
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
)

_VENUE: Final = struct.Struct(">Q20s20s20s")
_LISTING: Final = struct.Struct(">32sQQQBB")
_FEE: Final = struct.Struct(">H")
_ORDER: Final = struct.Struct(">BIQ")
_ROLL: Final = struct.Struct(">IIQ")
_CANCEL: Final = struct.Struct(">20sQQQ")
_LANE: Final = struct.Struct(">20sQQQQ")
_EPOCH: Final = struct.Struct(">20sQQ")
_WAYS: Final = struct.Struct(">32sIQ")
_CONCLUDE: Final = struct.Struct(">Q?Q")

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
    )
