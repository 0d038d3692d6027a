"""Signed orders with their EIP-712 hashes, packed by hand.

`pargrade.futures.order.digest` gives the same 32 bytes through eth_abi in nine times the time; a
property test holds the two together. Addresses are 20 bytes here, since they are compared, packed
and looked up, and only printed at the edge.
"""

import struct
from dataclasses import dataclass
from typing import Any, Final

from pargrade.bindings.structs import Order, Roll, Side
from pargrade.chain.hashing import address_of, keccak
from pargrade.chain.typed_data import Domain

_ORDER: Final = (
    b"Order(uint256 series,uint8 side,uint8 grade,uint8 legs,uint64 price,uint64 lots,"
    b"address maker,address taker,address matcher,uint64 epoch,uint64 lane,uint64 nonce,"
    b"uint40 expiry)"
)
_ORDER_TYPE: Final = keccak(_ORDER)
_ROLL_TYPE: Final = keccak(b"Roll(Order near,Order far)" + _ORDER)
_WORDS: Final = struct.Struct(">32s32s31xB31xB31xB24xQ24xQ12x20s12x20s12x20s24xQ24xQ24xQ24xQ").pack
"""The type hash and the thirteen fields, a word each."""
_PACKED: Final = struct.Struct(">32sBBBQQ20s20s20sQQQQ")
PACKED_BYTES: Final = _PACKED.size

NOBODY: Final = bytes(20)
"""As taker or matcher: whoever likes."""


@dataclass(slots=True, eq=False)
class SignedOrder:
    """The fields of IFuturesExchange.Order, its hash without the domain, and its signature."""

    series: int
    side: int
    grade: int
    legs: int
    price: int
    lots: int
    maker: bytes
    taker: bytes
    matcher: bytes
    epoch: int
    lane: int
    nonce: int
    expiry: int
    signature: bytes = b""
    hash: bytes = b""

    def __post_init__(self) -> None:
        self.hash = keccak(
            _WORDS(
                _ORDER_TYPE,
                self.series.to_bytes(32),
                self.side,
                self.grade,
                self.legs,
                self.price,
                self.lots,
                self.maker,
                self.taker,
                self.matcher,
                self.epoch,
                self.lane,
                self.nonce,
                self.expiry,
            )
        )

    @property
    def percent(self) -> int:
        """How far from the fresh index it may be filled, in per cent of it; 0 for any distance."""
        return self.legs >> 4

    @property
    def halves(self) -> tuple["SignedOrder", ...]:
        """The order alone; see SignedRoll."""
        return (self,)

    def pack(self) -> bytes:
        """The fields in 143 bytes, big-endian, without the signature: as the log keeps them."""
        return _PACKED.pack(
            self.series.to_bytes(32),
            self.side,
            self.grade,
            self.legs,
            self.price,
            self.lots,
            self.maker,
            self.taker,
            self.matcher,
            self.epoch,
            self.lane,
            self.nonce,
            self.expiry,
        )

    @classmethod
    def unpack(cls, raw: bytes, signature: bytes = b"") -> "SignedOrder":
        """The order behind 143 bytes. Raises struct.error for another length."""
        fields = _PACKED.unpack(raw)
        order = cls(int.from_bytes(fields[0]), *fields[1:])
        order.signature = signature
        return order

    def as_struct(self) -> Order:
        """As the bindings take it."""
        return Order(
            series=self.series,
            side=Side(self.side),
            grade=self.grade,
            legs=self.legs,
            price=self.price,
            lots=self.lots,
            maker=address_of(self.maker),
            taker=address_of(self.taker),
            matcher=address_of(self.matcher),
            epoch=self.epoch,
            lane=self.lane,
            nonce=self.nonce,
            expiry=self.expiry,
        )

    @classmethod
    def of_struct(cls, order: Order, signature: bytes = b"") -> "SignedOrder":
        """From the bindings' struct."""
        return cls(
            order.series,
            int(order.side),
            order.grade,
            order.legs,
            order.price,
            order.lots,
            bytes.fromhex(order.maker[2:]),
            bytes.fromhex(order.taker[2:]),
            bytes.fromhex(order.matcher[2:]),
            order.epoch,
            order.lane,
            order.nonce,
            order.expiry,
            signature,
        )

    def to_json(self) -> dict[str, Any]:
        """The EIP-712 message: numbers above 40 bits are decimal text."""
        return {
            "series": str(self.series),
            "side": self.side,
            "grade": self.grade,
            "legs": self.legs,
            "price": str(self.price),
            "lots": str(self.lots),
            "maker": address_of(self.maker),
            "taker": address_of(self.taker),
            "matcher": address_of(self.matcher),
            "epoch": str(self.epoch),
            "lane": str(self.lane),
            "nonce": str(self.nonce),
            "expiry": self.expiry,
        }


@dataclass(slots=True, eq=False)
class SignedRoll:
    """Two orders of one signature; their own signatures are empty."""

    near: SignedOrder
    far: SignedOrder
    signature: bytes = b""
    hash: bytes = b""

    def __post_init__(self) -> None:
        self.hash = keccak(_ROLL_TYPE + self.near.hash + self.far.hash)

    @property
    def maker(self) -> bytes:
        """Who signed it."""
        return self.near.maker

    @property
    def halves(self) -> tuple[SignedOrder, ...]:
        """Near, far."""
        return (self.near, self.far)

    @property
    def fits_together(self) -> bool:
        """Whether the halves make a roll: opposite sides, and the rest in common."""
        near, far = self.near, self.far
        common = ("maker", "lots", "epoch", "lane", "nonce", "matcher")
        same = all(getattr(near, name) == getattr(far, name) for name in common)
        return same and near.side != far.side and near.series != far.series

    def as_struct(self) -> Roll:
        """As the bindings take it."""
        return Roll(self.near.as_struct(), self.far.as_struct())

    def to_json(self) -> dict[str, Any]:
        """The EIP-712 message."""
        return {"near": self.near.to_json(), "far": self.far.to_json()}


Signed = SignedOrder | SignedRoll


class Digester:
    """EIP-712 digests for one exchange on one chain, its separator computed once."""

    __slots__ = ("_prefix",)

    def __init__(self, domain: Domain) -> None:
        self._prefix = b"\x19\x01" + domain.separator()

    def digest(self, struct_hash: bytes) -> bytes:
        """What is signed for a struct with this hash: 32 bytes."""
        return keccak(self._prefix + struct_hash)
