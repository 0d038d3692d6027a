"""Who signs and who checks: keys in a node, something faster in a simulator."""

from collections.abc import Sequence
from typing import Final, Protocol

from pargrade.chain.hashing import Address
from pargrade.chain.keys import BadSignature, Key, Signature, recover

SIGNATURE: Final = 64
"""Bytes of a signature, EIP-2098."""


class SignatureVerifier(Protocol):
    """The way to check what members signed."""

    def verify(self, position: int, digest: bytes, signature: bytes) -> bool:
        """Whether the node at a position signed 32 bytes. Never raises, whatever the 64 bytes."""
        ...


class Signatory(SignatureVerifier, Protocol):
    """One node's way to sign, and to check what others signed."""

    def sign(self, digest: bytes) -> bytes:
        """This node's signature over 32 bytes: always the same 64 bytes."""
        ...


class Members:
    """Checks secp256k1 signatures over EIP-712 digests, as the contract does."""

    def __init__(self, members: Sequence[Address]) -> None:
        """The addresses of the committee by position."""
        self._members = tuple(members)

    def verify(self, position: int, digest: bytes, signature: bytes) -> bool:
        """Recovers the signer; the malleable half is no signature."""
        try:
            signer = recover(digest, Signature.of_compact(signature))
        except BadSignature:
            return False
        return position < len(self._members) and signer == self._members[position]


class KeySignatory(Members):
    """Signs with one member's key, and checks all members' signatures."""

    def __init__(self, key: Key, members: Sequence[Address]) -> None:
        """`members` are the addresses of the committee by position."""
        super().__init__(members)
        self._key = key

    def sign(self, digest: bytes) -> bytes:
        """Deterministic (RFC 6979)."""
        return self._key.sign(digest).compact
