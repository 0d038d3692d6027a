"""Which state of the chain a read is of."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from pargrade.chain.answers import read_field, read_hash, read_object, read_quantity


class Tag(StrEnum):
    """A block by its standing, for readers that do not need two reads to agree."""

    LATEST = "latest"
    SAFE = "safe"
    FINALIZED = "finalized"
    PENDING = "pending"
    """The state the next block starts from, under the next block's timestamp."""


@dataclass(frozen=True, slots=True)
class BlockStamp:
    """One block, by its hash. Every read pinned to one stamp sees one state, or fails."""

    number: int
    hash: bytes
    parent_hash: bytes
    timestamp: int
    """Unix seconds."""

    @classmethod
    def of(cls, raw: Any) -> Self:
        """The stamp of a block as JSON-RPC gives it. Raises Malformed."""
        fields = read_object(raw)
        return cls(
            number=read_field(fields, "number", read_quantity),
            hash=read_field(fields, "hash", read_hash),
            parent_hash=read_field(fields, "parentHash", read_hash),
            timestamp=read_field(fields, "timestamp", read_quantity),
        )


At = BlockStamp | int | Tag
"""A stamp (pinned by hash, so a re-org is an error and not a mixture), a height, or a tag."""


def block_parameter(block: At) -> Any:
    """`at` as JSON-RPC takes it (EIP-1898 for a stamp)."""
    if isinstance(block, BlockStamp):
        return {"blockHash": "0x" + block.hash.hex(), "requireCanonical": True}
    return hex(block) if isinstance(block, int) else block.value


def describe_block(block: At) -> str:
    """`at` for people."""
    if isinstance(block, BlockStamp):
        return f"{block.number} (0x{block.hash.hex()[:8]}…)"
    return str(block)
