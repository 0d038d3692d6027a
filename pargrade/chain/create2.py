"""Creation at an address that follows from code, arguments and salt alone (EIP-1014).

Creations go through the deterministic-deployment proxy, which has one address on every chain: its
calldata is the salt and then the creation code. Source: Arachnid/deterministic-deployment-proxy.
"""

from dataclasses import replace
from typing import Any, Final

from pargrade.chain.call import Call
from pargrade.chain.hashing import Address, address_of, keccak
from pargrade.errors import PargradeError

FACTORY: Final = Address("0x4e59b44847b379578588920cA78FbF26c0B4956C")
NO_SALT: Final = bytes(32)


class NoFactory(PargradeError):
    """A chain without the deterministic-deployment proxy."""

    hint = (
        f"Put the proxy at {FACTORY} by sending the presigned transaction that its repository "
        "publishes (Arachnid/deterministic-deployment-proxy); anvil and most networks have it."
    )

    def __init__(self, chain_id: int) -> None:
        self.chain_id = chain_id
        super().__init__(f"chain {chain_id} has no deterministic-deployment proxy")


def address_by(creation: Call[Any], salt: bytes = NO_SALT) -> Address:
    """Where `creation` puts its contract when sent through the proxy."""
    preimage = b"\xff" + bytes.fromhex(FACTORY[2:]) + salt + keccak(creation.data)
    return address_of(keccak(preimage)[12:])


def through_factory(creation: Call[None], salt: bytes = NO_SALT) -> Call[None]:
    """The creation as a call of the proxy. A second one with the same salt reverts."""
    return replace(creation, to=FACTORY, data=salt + creation.data)
