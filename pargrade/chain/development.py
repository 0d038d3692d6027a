"""Chains that are for development: everybody has the keys of their accounts."""

from typing import Final

DEVNET_CHAIN_ID: Final = 31337
"""Of anvil and hardhat."""

_CHAINS: Final = (DEVNET_CHAIN_ID, 1337)
"""1337 is of ganache and `geth --dev`."""


def is_development(chain_id: int) -> bool:
    """Whether everybody has the keys of a chain, and nothing on it is worth anything."""
    return chain_id in _CHAINS
