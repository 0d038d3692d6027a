"""Types that are one word in place."""

# ruff: noqa: D102  # encode and decode are described once, by Layout

from enum import IntEnum
from typing import TypeVar

from pargrade.chain.abi.layout import WORD, BadArgument, BadEncoding, Layout, word
from pargrade.chain.hashing import Address, address_of, parse_address

E = TypeVar("E", bound=IntEnum)


class Uint(Layout[int]):
    """An unsigned integer."""

    def __init__(self, bits: int = 256) -> None:
        self.kind = f"uint{bits}"
        self._limit = 1 << bits

    def encode(self, value: int) -> bytes:
        if not isinstance(value, int) or not 0 <= value < self._limit:
            raise BadArgument(value, self.kind)
        return value.to_bytes(WORD)

    def decode(self, data: bytes, at: int = 0) -> int:
        value = int.from_bytes(word(data, at, self.kind))
        if value >= self._limit:
            raise BadEncoding(self.kind, data)
        return value


class Int(Layout[int]):
    """A signed integer, two's complement."""

    def __init__(self, bits: int = 256) -> None:
        self.kind = f"int{bits}"
        self._limit = 1 << (bits - 1)

    def encode(self, value: int) -> bytes:
        if not isinstance(value, int) or not -self._limit <= value < self._limit:
            raise BadArgument(value, self.kind)
        return value.to_bytes(WORD, signed=True)

    def decode(self, data: bytes, at: int = 0) -> int:
        value = int.from_bytes(word(data, at, self.kind), signed=True)
        if not -self._limit <= value < self._limit:
            raise BadEncoding(self.kind, data)
        return value


class Bool(Layout[bool]):
    """A truth value."""

    kind = "bool"

    def encode(self, value: bool) -> bytes:
        if not isinstance(value, bool):
            raise BadArgument(value, self.kind)
        return value.to_bytes(WORD)

    def decode(self, data: bytes, at: int = 0) -> bool:
        value = int.from_bytes(word(data, at, self.kind))
        if value > 1:
            raise BadEncoding(self.kind, data)
        return value == 1


class AddressWord(Layout[Address]):
    """An account or contract."""

    kind = "address"

    def encode(self, value: Address) -> bytes:
        return bytes(12) + bytes.fromhex(parse_address(value)[2:])

    def decode(self, data: bytes, at: int = 0) -> Address:
        raw = word(data, at, self.kind)
        if any(raw[:12]):
            raise BadEncoding(self.kind, data)
        return address_of(raw[12:])


class FixedBytes(Layout[bytes]):
    """bytes1 to bytes32: exactly that many bytes, padded behind."""

    def __init__(self, length: int) -> None:
        self.kind = f"bytes{length}"
        self._length = length

    def encode(self, value: bytes) -> bytes:
        if not isinstance(value, bytes) or len(value) != self._length:
            raise BadArgument(value, self.kind)
        return value.ljust(WORD, b"\0")

    def decode(self, data: bytes, at: int = 0) -> bytes:
        return word(data, at, self.kind)[: self._length]


class Choice(Layout[E]):
    """A Solidity enum."""

    def __init__(self, choices: type[E]) -> None:
        self.kind = choices.__name__
        self._choices = choices

    def encode(self, value: E) -> bytes:
        if not isinstance(value, self._choices):
            raise BadArgument(value, self.kind)
        return int(value).to_bytes(WORD)

    def decode(self, data: bytes, at: int = 0) -> E:
        value = int.from_bytes(word(data, at, self.kind))
        if value >= len(self._choices):
            raise BadEncoding(self.kind, data)
        return self._choices(value)
