"""What every ABI type can do, and how it fails."""

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from pargrade.errors import PargradeError

T = TypeVar("T")

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


def word(data: bytes, at: int, kind: str) -> bytes:
    """The 32 bytes at `at`. Raises BadEncoding when they are not all there."""
    found = data[at : at + WORD]
    if len(found) != WORD:
        raise BadEncoding(kind, data)
    return found
