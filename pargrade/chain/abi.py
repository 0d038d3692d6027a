"""The contract ABI: how typed values become bytes and back.

Every Solidity type is a `Layout`. A static one takes `size` bytes in place; a dynamic one takes a
32-byte offset in place and its bytes behind. The generated bindings are made of these.

Source of the format: Solidity documentation, "Contract ABI Specification".
"""

# ruff: noqa: D102  # encode and decode are described once, by Layout

from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import IntEnum
from operator import attrgetter
from typing import Any, Generic, TypeVar

from pargrade.chain.hashing import Address, address_of, parse_address
from pargrade.errors import PargradeError

T = TypeVar("T")
E = TypeVar("E", bound=IntEnum)

WORD = 32


class BadArgument(PargradeError):
    """A Python value that the Solidity type cannot hold."""

    hint = "Check the argument's type and range against the contract's interface."

    def __init__(self, value: object, kind: str) -> None:
        self.value = value
        self.kind = kind
        super().__init__(f"{value!r} is not a {kind}")


class BadEncoding(PargradeError):
    """Bytes from a chain that are not the promised values: another contract, or a cut answer."""

    hint = "Check that the deployment's addresses and artifacts belong to this chain."

    def __init__(self, kind: str, data: bytes) -> None:
        self.kind = kind
        self.data = data
        super().__init__(f"{len(data)} bytes do not hold a {kind}")


class Layout(ABC, Generic[T]):
    """One ABI type."""

    kind: str
    size: int = WORD
    dynamic: bool = False

    @abstractmethod
    def encode(self, value: T) -> bytes:
        """The bytes of `value`, without the offset a dynamic type gets. Raises BadArgument."""

    @abstractmethod
    def decode(self, data: bytes, at: int = 0) -> T:
        """The value whose bytes start at `at`. Raises BadEncoding."""


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


class Bytes(Layout[bytes]):
    """Bytes of any length."""

    kind = "bytes"
    dynamic = True

    def encode(self, value: bytes) -> bytes:
        if not isinstance(value, bytes):
            raise BadArgument(value, self.kind)
        return len(value).to_bytes(WORD) + value + bytes(-len(value) % WORD)

    def decode(self, data: bytes, at: int = 0) -> bytes:
        start = at + WORD
        end = start + int.from_bytes(word(data, at, self.kind))
        if end > len(data):
            raise BadEncoding(self.kind, data)
        return data[start:end]


class Text(Layout[str]):
    """A Solidity string: UTF-8."""

    kind = "string"
    dynamic = True

    def encode(self, value: str) -> bytes:
        if not isinstance(value, str):
            raise BadArgument(value, self.kind)
        return Bytes().encode(value.encode())

    def decode(self, data: bytes, at: int = 0) -> str:
        return Bytes().decode(data, at).decode(errors="replace")


class Sequence(Layout[tuple[T, ...]]):
    """An array: of `length` items, or of as many as it says when `length` is None."""

    def __init__(self, item: Layout[T], length: int | None = None) -> None:
        self.kind = f"{item.kind}[{'' if length is None else length}]"
        self._item = item
        self._length = length
        self.dynamic = length is None or item.dynamic
        self.size = WORD if length is None or item.dynamic else item.size * length

    def encode(self, value: tuple[T, ...]) -> bytes:
        if self._length is None:
            return len(value).to_bytes(WORD) + join((self._item,) * len(value), tuple(value))
        if len(value) != self._length:
            raise BadArgument(value, self.kind)
        return join((self._item,) * len(value), tuple(value))

    def decode(self, data: bytes, at: int = 0) -> tuple[T, ...]:
        length = self._length
        if length is None:
            length = int.from_bytes(word(data, at, self.kind))
            at += WORD
            # An item takes at least one word, so a longer claim is a lie and must not be believed.
            if length * WORD > len(data) - at:
                raise BadEncoding(self.kind, data)
        return tuple(split((self._item,) * length, data, at))


class Record(Layout[T]):
    """A struct, or the arguments or results of a function: several values made into one."""

    def __init__(self, make: Callable[..., T], /, **fields: Layout[Any]) -> None:
        self.kind = getattr(make, "__name__", "record")
        self._make = make
        self._layouts = tuple(fields.values())
        self._take = attrgetter(*fields)
        self._single = len(fields) == 1
        self.dynamic = any(layout.dynamic for layout in self._layouts)
        self.size = WORD if self.dynamic else sum(layout.size for layout in self._layouts)

    def encode(self, value: T) -> bytes:
        taken = self._take(value)
        return join(self._layouts, (taken,) if self._single else taken)

    def decode(self, data: bytes, at: int = 0) -> T:
        return self._make(*split(self._layouts, data, at))


class Single(Layout[T]):
    """The only result of a function, when it is dynamic: it stands behind an offset."""

    dynamic = True

    def __init__(self, layout: Layout[T]) -> None:
        self.kind = layout.kind
        self._layouts = (layout,)

    def encode(self, value: T) -> bytes:
        return join(self._layouts, (value,))

    def decode(self, data: bytes, at: int = 0) -> T:
        value: T = split(self._layouts, data, at)[0]
        return value


def join(layouts: tuple[Layout[Any], ...], values: tuple[Any, ...]) -> bytes:
    """Values side by side: in place or as offsets first, then what the offsets point to."""
    head: list[bytes] = []
    tail: list[bytes] = []
    offset = sum(layout.size for layout in layouts)
    for layout, value in zip(layouts, values, strict=True):
        encoded = layout.encode(value)
        if layout.dynamic:
            head.append(offset.to_bytes(WORD))
            tail.append(encoded)
            offset += len(encoded)
        else:
            head.append(encoded)
    return b"".join(head + tail)


def split(layouts: tuple[Layout[Any], ...], data: bytes, at: int = 0) -> list[Any]:
    """The values that stand side by side from `at`; offsets count from there."""
    values: list[Any] = []
    place = at
    for layout in layouts:
        if layout.dynamic:
            values.append(layout.decode(data, at + int.from_bytes(word(data, place, "offset"))))
        else:
            values.append(layout.decode(data, place))
        place += layout.size
    return values


def word(data: bytes, at: int, kind: str) -> bytes:
    """The 32 bytes at `at`. Raises BadEncoding when they are not all there."""
    found = data[at : at + WORD]
    if len(found) != WORD:
        raise BadEncoding(kind, data)
    return found
