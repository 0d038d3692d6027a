"""Types made of several words: bytes, text, arrays, structs, argument lists."""

# ruff: noqa: D102  # encode and decode are described once, by Layout

from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeVar

from pargrade.chain.abi.layout import WORD, BadArgument, BadEncoding, Layout, word

T = TypeVar("T")


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
