"""Which index on which chain, and through which endpoints."""

from dataclasses import dataclass

from pargrade.chain.hashing import Address


@dataclass(frozen=True, slots=True)
class ChainConfig:
    """Which index on which chain, through which endpoints."""

    chain_id: int
    rpc: tuple[str, ...]
    """In order of preference: the next one is used while one is down."""
    spot_index: Address
    indices: tuple[str, ...]
    """Name of the one index this node computes; the contract must publish just that."""
    first_block: int
    """Where the contract's log begins."""
