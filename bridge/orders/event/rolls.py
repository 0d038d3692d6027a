"""What happens to rolls: placed, kept waiting, taken up again. Fields as bytes; see `event`."""

import struct
from dataclasses import dataclass
from typing import Final, Self

from bridge.orders.event.fact import Kind
from bridge.orders.signed.order import PACKED_BYTES, SignedOrder, SignedRoll

_ROLL: Final = struct.Struct(">IIQ")


@dataclass(slots=True, eq=False)
class RollEvent:
    """What concerns a roll."""

    roll: SignedRoll
    near_ways: int
    far_ways: int
    block: int

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


class RollPlaced(RollEvent):
    """A signed roll that was accepted; what is not filled at once ends."""

    __slots__ = ()
    KIND = Kind.ROLL


class RollWaits(RollPlaced):
    """A signed roll that was accepted; what is not filled at once waits."""

    __slots__ = ()
    KIND = Kind.ROLL_WAITS


class RollReturned(RollEvent):
    """A roll that waits takes again."""

    __slots__ = ()
    KIND = Kind.ROLL_RETURN
