"""What a relay signs for an order it accepted: its place, its time, and the log up to it.

With it a maker proves that an order was accepted, and where: a log that lacks the order, has it at
another place or time, or goes another way before it contradicts the relay's own signature.
"""

import struct
from dataclasses import dataclass
from typing import Any, Final, Self

from bridge.orders.signed.signature import FastKey, recover_signer
from pargrade.chain.hashing import keccak
from pargrade.chain.typed_data import Domain
from pargrade.errors import PargradeError

_TYPE: Final = keccak(b"Receipt(bytes32 order,uint64 sequence,uint64 time,bytes32 head)")
_WORDS: Final = struct.Struct(">32s32s24xQ24xQ32s").pack


class BadReceipt(PargradeError):
    """Text that is no receipt."""

    hint = "Take the receipt as the relay gave it: order, sequence, time, head, signature."

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"not a receipt: {why}")


@dataclass(frozen=True, slots=True)
class OrderReceipt:
    """An accepted order's place in the log, signed by the relay."""

    order: bytes
    sequence: int
    time: int
    """Unix time in microseconds."""
    head: bytes
    """Of the log after the order's entry."""
    signature: bytes = b""

    @property
    def hash(self) -> bytes:
        """EIP-712 hash of the struct."""
        return keccak(_WORDS(_TYPE, self.order, self.sequence, self.time, self.head))

    def signer(self, prefix: bytes) -> bytes | None:
        """Who signed it, 20 bytes. `prefix` is of `domain_prefix`."""
        return recover_signer(keccak(prefix + self.hash), self.signature)

    def sign(self, prefix: bytes, key: FastKey) -> "OrderReceipt":
        """The receipt with a signature."""
        signature = key.sign_digest(keccak(prefix + self.hash))
        return OrderReceipt(self.order, self.sequence, self.time, self.head, signature)

    def to_json(self) -> dict[str, Any]:
        """As the API gives it."""
        return {
            "order": "0x" + self.order.hex(),
            "sequence": self.sequence,
            "time": self.time,
            "head": "0x" + self.head.hex(),
            "signature": "0x" + self.signature.hex(),
        }

    @classmethod
    def from_json(cls, raw: Any) -> Self:
        """From `to_json`. Raises BadReceipt."""
        names = {"order", "sequence", "time", "head", "signature"}
        if not isinstance(raw, dict) or raw.keys() != names:
            raise BadReceipt(f"a receipt has {', '.join(sorted(names))}")
        try:
            order, head, signature = (
                bytes.fromhex(raw[name].removeprefix("0x"))
                for name in ("order", "head", "signature")
            )
        except (AttributeError, ValueError, TypeError):
            raise BadReceipt("order, head and signature are hexadecimal") from None
        numbers = (raw["sequence"], raw["time"])
        if not all(type(number) is int and 0 <= number < 1 << 64 for number in numbers):
            raise BadReceipt("sequence and time are unsigned integers")
        if len(order) != 32 or len(head) != 32:
            raise BadReceipt("order and head have 32 bytes")
        return cls(order, *numbers, head, signature)


def domain_prefix(domain: Domain) -> bytes:
    """What stands before a struct's hash in a digest: computed once for many receipts."""
    return b"\x19\x01" + domain.separator()
