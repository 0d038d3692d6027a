"""A contract call as a value, to be read, simulated or sent by whoever holds the means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pargrade.chain.abi import Layout, join
from pargrade.chain.errors import ContractError
from pargrade.chain.hashing import Address

T = TypeVar("T")

Errors = Mapping[bytes, type[ContractError]]
"""Custom errors by selector."""


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """Data for a contract. `to` is None for the creation of one; `value` is in wei."""

    to: Address | None
    data: bytes
    label: str = field(compare=False)
    """Contract and function, for messages."""
    result: Layout[T] | None = field(compare=False, repr=False)
    """How to read what comes back; None when nothing does."""
    errors: Errors = field(compare=False, repr=False)
    value: int = 0


@dataclass(frozen=True, slots=True)
class Function(Generic[T]):
    """One function of a contract's interface."""

    name: str
    selector: bytes
    inputs: tuple[Layout[Any], ...]
    result: Layout[T] | None

    def encode(self, *arguments: Any) -> bytes:
        """Selector and arguments. Raises BadArgument."""
        return self.selector + join(self.inputs, arguments)
