"""The contract ABI: how typed values become bytes and back.

A `Layout` is one Solidity type: how the ABI spells it, and what its values are in Python. The bytes
themselves are eth_abi's. The generated bindings are made of these.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import IntEnum
from operator import attrgetter
from typing import Any, Generic, TypeVar

from eth_abi.abi import decode, encode, is_encodable
from eth_abi.exceptions import DecodingError, EncodingError

from pargrade.chain.errors import ChainError
from pargrade.chain.hashing import Address, address_of, parse_address
from pargrade.errors import PargradeError

T = TypeVar("T")
E = TypeVar("E", bound=IntEnum)


class BadArgument(PargradeError):
    """A Python value that the Solidity type cannot hold."""

    hint = "Check the argument's type and range against the contract's interface."

    def __init__(self, value: object, kind: str) -> None:
        self.value = value
        self.kind = kind
        super().__init__(f"{value!r} is not a {kind}")


class BadEncoding(ChainError):
    """Bytes from a chain that are not the promised values: another contract, or a cut answer."""

    hint = "Check that the deployment's addresses and artifacts belong to this chain."

    def __init__(self, kind: str, data: bytes) -> None:
        self.kind = kind
        self.data = data
        super().__init__(f"{len(data)} bytes do not hold a {kind}")


class Layout(ABC, Generic[T]):
    """One ABI type."""

    kind: str
    """Its name in messages."""
    spelled: str
    """Its spelling in the ABI."""

    @abstractmethod
    def plain(self, value: T) -> Any:
        """`value` as eth_abi takes it. Raises BadArgument."""

    @abstractmethod
    def typed(self, plain: Any) -> T:
        """The value that eth_abi read. Raises ValueError when the type has no such value."""

    def encode(self, value: T) -> bytes:
        """The bytes of `value` as the only argument. Raises BadArgument."""
        return join((self,), (value,))

    def decode(self, data: bytes) -> T:
        """The value of which `data` is the encoding. Raises BadEncoding."""
        value: T = split((self,), data)[0]
        return value


class _Itself(Layout[T]):
    """A type whose values eth_abi takes and gives as they are."""

    _python: type[T]

    def __init__(self, spelled: str) -> None:
        self.kind = self.spelled = spelled

    def plain(self, value: T) -> Any:
        """See Layout."""
        if not isinstance(value, self._python):
            raise BadArgument(value, self.kind)
        return value

    def typed(self, plain: Any) -> T:
        """See Layout."""
        value: T = plain
        return value


def _within(value: int, values: range, kind: str) -> int:
    """The value. Checked here, as eth_abi would name the struct it is in and not the field."""
    if not values.start <= value < values.stop:
        raise BadArgument(value, kind)
    return int(value)


class Uint(_Itself[int]):
    """An unsigned integer."""

    _python = int

    def __init__(self, bits: int = 256) -> None:
        super().__init__(f"uint{bits}")
        self._values = range(1 << bits)

    def plain(self, value: int) -> Any:
        """See Layout."""
        return _within(super().plain(value), self._values, self.kind)


class Int(_Itself[int]):
    """A signed integer, two's complement."""

    _python = int

    def __init__(self, bits: int = 256) -> None:
        super().__init__(f"int{bits}")
        self._values = range(-(1 << bits - 1), 1 << bits - 1)

    def plain(self, value: int) -> Any:
        """See Layout."""
        return _within(super().plain(value), self._values, self.kind)


class Bool(_Itself[bool]):
    """A truth value."""

    _python = bool

    def __init__(self) -> None:
        super().__init__("bool")


class Bytes(_Itself[bytes]):
    """Bytes of any length."""

    _python = bytes

    def __init__(self) -> None:
        super().__init__("bytes")


class FixedBytes(_Itself[bytes]):
    """bytes1 to bytes32: exactly that many, where eth_abi would pad fewer."""

    _python = bytes

    def __init__(self, length: int) -> None:
        super().__init__(f"bytes{length}")
        self._length = length

    def plain(self, value: bytes) -> Any:
        """See Layout."""
        if isinstance(value, bytes) and len(value) != self._length:
            raise BadArgument(value, self.kind)
        return super().plain(value)


class Text(Layout[str]):
    """A Solidity string. It is read as bytes: a token's name may be no valid UTF-8."""

    kind = "string"
    spelled = "bytes"

    def plain(self, value: str) -> Any:
        """See Layout."""
        if not isinstance(value, str):
            raise BadArgument(value, self.kind)
        return value.encode()

    def typed(self, plain: Any) -> str:
        """See Layout."""
        return bytes(plain).decode(errors="replace")


class AddressWord(Layout[Address]):
    """An account or contract."""

    kind = spelled = "address"

    def plain(self, value: Address) -> Any:
        """See Layout. Raises BadAddress."""
        return bytes.fromhex(parse_address(value)[2:])

    def typed(self, plain: Any) -> Address:
        """See Layout."""
        return address_of(bytes.fromhex(plain[2:]))


class Choice(Layout[E]):
    """A Solidity enum."""

    spelled = "uint8"

    def __init__(self, choices: type[E]) -> None:
        self.kind = choices.__name__
        self._choices = choices

    def plain(self, value: E) -> Any:
        """See Layout."""
        if not isinstance(value, self._choices):
            raise BadArgument(value, self.kind)
        return int(value)

    def typed(self, plain: Any) -> E:
        """See Layout."""
        return self._choices(plain)


class Sequence(Layout[tuple[T, ...]]):
    """An array: of `length` items, or of as many as it says when `length` is None."""

    def __init__(self, item: Layout[T], length: int | None = None) -> None:
        size = "" if length is None else length
        self.kind = f"{item.kind}[{size}]"
        self.spelled = f"{item.spelled}[{size}]"
        self._item = item

    def plain(self, value: tuple[T, ...]) -> Any:
        """See Layout."""
        return [self._item.plain(each) for each in value]

    def typed(self, plain: Any) -> tuple[T, ...]:
        """See Layout."""
        return tuple(self._item.typed(each) for each in plain)


class Record(Layout[T]):
    """A struct."""

    def __init__(self, make: Callable[..., T], /, **fields: Layout[Any]) -> None:
        self.kind = getattr(make, "__name__", "record")
        self.spelled = f"({','.join(layout.spelled for layout in fields.values())})"
        self._make = make
        self._fields = tuple((attrgetter(name), layout) for name, layout in fields.items())

    def plain(self, value: T) -> Any:
        """See Layout."""
        return tuple(layout.plain(take(value)) for take, layout in self._fields)

    def typed(self, plain: Any) -> T:
        """See Layout."""
        pairs = zip(self._fields, plain, strict=True)
        return self._make(*(layout.typed(each) for (_, layout), each in pairs))


class Results(Record[T]):
    """Several results of a function, made into one value: side by side, where a struct is one."""

    def decode(self, data: bytes) -> T:
        """See Layout."""
        return self._make(*split(tuple(layout for _, layout in self._fields), data))


def join(layouts: tuple[Layout[Any], ...], values: tuple[Any, ...]) -> bytes:
    """The encoding of an argument list. Raises BadArgument."""
    plain = [layout.plain(value) for layout, value in zip(layouts, values, strict=True)]
    spelled = [layout.spelled for layout in layouts]
    try:
        return encode(spelled, plain)
    except EncodingError:
        # Which of them it was, only asking one by one tells.
        for layout, value, each in zip(layouts, values, plain, strict=True):
            if not is_encodable(layout.spelled, each):
                raise BadArgument(value, layout.kind) from None
        raise


def split(layouts: tuple[Layout[Any], ...], data: bytes) -> list[Any]:
    """The values of an argument list. Raises BadEncoding."""
    try:
        plain = decode([layout.spelled for layout in layouts], data)
        return [layout.typed(each) for layout, each in zip(layouts, plain, strict=True)]
    except (DecodingError, ValueError, OverflowError):
        raise BadEncoding(", ".join(layout.kind for layout in layouts), data) from None
