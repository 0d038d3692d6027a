"""A transaction as a node knows it, mined or waiting: what it calls, and with which data."""

from dataclasses import dataclass
from typing import Any, Self

from pargrade.chain.answers import (
    read_address,
    read_data,
    read_field,
    read_hash,
    read_object,
    read_optional,
    read_quantity,
)
from pargrade.chain.hashing import Address


@dataclass(frozen=True, slots=True)
class KnownTransaction:
    """One transaction."""

    tx_hash: bytes
    to: Address | None
    """None for the creation of a contract."""
    data: bytes
    block_number: int | None
    """None while it is not mined."""

    @classmethod
    def of(cls, raw: Any) -> Self:
        """A transaction as JSON-RPC gives it. Raises Malformed."""
        fields = read_object(raw)
        return cls(
            tx_hash=read_field(fields, "hash", read_hash),
            to=read_optional(fields.get("to"), read_address),
            data=read_field(fields, "input", read_data),
            block_number=read_optional(fields.get("blockNumber"), read_quantity),
        )
