"""Where a spot index is on its chain, and what it publishes."""

from dataclasses import dataclass

from pargrade.chain.hashing import Address


@dataclass(frozen=True, slots=True)
class IndexOnChain:
    """One SpotIndex contract, as its log is read."""

    address: Address
    names: tuple[str, ...]
    """Of the indices it publishes, in its order."""
    first_block: int
    """Where its log begins."""
