"""What the log says of room for pairs: fields as bytes, big-endian; see `event`."""

import struct
from dataclasses import dataclass
from typing import Final, Self

from bridge.orders.event.fact import Kind

_NO_ROOM: Final = struct.Struct(">32sQ")


@dataclass(frozen=True, slots=True)
class RoomLost:
    """A series does not take the pairs that a resting order would open: now the order waits."""

    order: bytes
    block: int
    KIND = Kind.NO_ROOM

    def pack(self) -> bytes:
        """Fields as bytes."""
        return _NO_ROOM.pack(self.order, self.block)

    @classmethod
    def unpack(cls, raw: bytes) -> Self:
        """From `pack`."""
        return cls(*_NO_ROOM.unpack(raw))
