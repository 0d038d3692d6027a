"""Which state of the chain a read is of."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self


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
    def of(cls, raw: dict[str, Any]) -> Self:
        """The stamp of a block as JSON-RPC gives it."""
        return cls(
            number=int(raw["number"], 16),
            hash=bytes.fromhex(raw["hash"][2:]),
            parent_hash=bytes.fromhex(raw["parentHash"][2:]),
            timestamp=int(raw["timestamp"], 16),
        )


At = BlockStamp | int | Tag
"""A stamp (pinned by hash, so a re-org is an error and not a mixture), a height, or a tag."""


def block_parameter(block: At) -> Any:
    """`at` as JSON-RPC takes it (EIP-1898 for a stamp)."""
    if isinstance(block, BlockStamp):
        return {"blockHash": "0x" + block.hash.hex(), "requireCanonical": True}
    return hex(block) if isinstance(block, int) else block.value


def show_block(block: At) -> str:
    """`at` for people."""
    if isinstance(block, BlockStamp):
        return f"{block.number} (0x{block.hash.hex()[:8]}…)"
    return str(block)
