"""What the log says of the index: fields as bytes, big-endian; see `event`."""

import struct
from dataclasses import dataclass
from typing import Final, Self

from bridge.orders.event.fact import Kind

_INDEX: Final = struct.Struct(">32sQQ")


@dataclass(frozen=True, slots=True)
class IndexObserved:
    """The fresh index that a series settles on, once an order keeps near it."""

    series: int
    index: int
    """USD per SCU with 8 decimals; 0 where it is not fresh."""
    block: int
    KIND = Kind.INDEX

    def pack(self) -> bytes:
        """Fields as bytes."""
        return _INDEX.pack(self.series.to_bytes(32), self.index, self.block)

    @classmethod
    def unpack(cls, raw: bytes) -> Self:
        """From `pack`."""
        series, *rest = _INDEX.unpack(raw)
        return cls(int.from_bytes(series), *rest)
