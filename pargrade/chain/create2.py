"""Creation at an address that follows from code, arguments and salt alone (EIP-1014).

Creations go through the deterministic-deployment proxy, which has one address on every chain: its
calldata is the salt and then the creation code. Whoever wants it on a chain sends a transaction
that its authors published with a made-up signature: its account can do nothing else.
Source: Arachnid/deterministic-deployment-proxy.
"""

from dataclasses import replace
from typing import Any, Final

from pargrade.chain.call import Call
from pargrade.chain.hashing import Address, address_of, keccak
from pargrade.errors import PargradeError

FACTORY: Final = Address("0x4e59b44847b379578588920cA78FbF26c0B4956C")
NO_SALT: Final = bytes(32)

FACTORY_SIGNER: Final = Address("0x3fAB184622Dc19b6109349B94811493BF2a45362")
"""Whom the presigned transaction is of."""

FACTORY_GAS_PRICE: Final = 100 * 10**9
"""What it pays for gas, wei: no block of a higher base fee takes it."""

FACTORY_COST: Final = 100_000 * FACTORY_GAS_PRICE
"""What its account has to hold, wei: for 100,000 gas."""

FACTORY_TRANSACTION: Final = bytes.fromhex(
    "f8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffff"
    "ffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050"
    "506014600cf31ba02222222222222222222222222222222222222222222222222222222222222222a0222222222222"
    "2222222222222222222222222222222222222222222222222222"
)

FACTORY_CODE: Final = FACTORY_TRANSACTION[31:-67]
"""What it puts at FACTORY."""


class NoFactory(PargradeError):
    """A chain that has no deterministic-deployment proxy, and takes none."""

    hint = (
        f"Put the proxy at {FACTORY} by sending its presigned transaction (Arachnid/"
        "deterministic-deployment-proxy) to a node that takes transactions without a chain id."
    )

    def __init__(self, chain_id: int, why: str) -> None:
        self.chain_id = chain_id
        self.why = why
        super().__init__(f"chain {chain_id} takes no deterministic-deployment proxy: {why}")


def address_by(creation: Call[Any], salt: bytes = NO_SALT) -> Address:
    """Where `creation` puts its contract when sent through the proxy."""
    preimage = b"\xff" + bytes.fromhex(FACTORY[2:]) + salt + keccak(creation.data)
    return address_of(keccak(preimage)[12:])


def through_factory(creation: Call[None], salt: bytes = NO_SALT) -> Call[None]:
    """The creation as a call of the proxy. A second one with the same salt reverts."""
    return replace(creation, to=FACTORY, data=salt + creation.data)
