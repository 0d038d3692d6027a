"""What the log says of its venue and of the chain: fields as bytes, big-endian; see `event`."""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

from bridge.orders.book.entry import LaneKey
from bridge.orders.signed.listing import Listing


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
    CALL_CLOSED = 11
    CALL_CLEARED = 12
    RETURN = 13
    INDEX = 14
    ROLL_WAITS = 15
    ROLL_RETURN = 16
    NO_ROOM = 17
    TIME = 18


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


@dataclass(frozen=True, slots=True)
class CallClosed:
    """The orders of a call are fixed: those before this entry and no others."""

    series: int
    hour: int
    """Unix time in hours."""
    index: int
    """The fresh index on the chain, USD per SCU with 8 decimals; 0 where it has none."""
    block: int
    KIND = Kind.CALL_CLOSED

    def pack(self) -> bytes:
        """Fields as bytes."""
        return _CLOSED.pack(self.series.to_bytes(32), self.hour, self.index, self.block)

    @classmethod
    def unpack(cls, raw: bytes) -> Self:
        """From `pack`."""
        series, *rest = _CLOSED.unpack(raw)
        return cls(int.from_bytes(series), *rest)


@dataclass(frozen=True, slots=True)
class CallCleared:
    """A call's price, fills and mark, which follow from what was fixed: they are its outcome."""

    series: int
    hour: int
    sealed: bytes
    """Head of the log after the newest entry that closed a call: this one, or another series'."""
    KIND = Kind.CALL_CLEARED

    def pack(self) -> bytes:
        """Fields as bytes."""
        return _CLEARED.pack(self.series.to_bytes(32), self.hour, self.sealed)

    @classmethod
    def unpack(cls, raw: bytes) -> Self:
        """From `pack`."""
        series, *rest = _CLEARED.unpack(raw)
        return cls(int.from_bytes(series), *rest)


_CLOSED: Final = struct.Struct(">32sQQQ")
_CLEARED: Final = struct.Struct(">32sQ32s")
_VENUE: Final = struct.Struct(">Q20s20s20s")
_LISTING: Final = struct.Struct(">32sQQQBB")
_FEE: Final = struct.Struct(">H")
_LANE: Final = struct.Struct(">20sQQQQ")
_EPOCH: Final = struct.Struct(">20sQQ")
_WAYS: Final = struct.Struct(">32sIQ")
_CONCLUDE: Final = struct.Struct(">Q?Q")
