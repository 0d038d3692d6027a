"""Signs the structs of the protocol's messages: with a key here, or one in another process."""

from typing import Protocol

from pargrade.chain.hashing import keccak
from pargrade.chain.keys import Key, Signer
from pargrade.chain.typed_data import Domain
from pargrade.keys.remote_signer import RemoteSigner


class StructSigner(Protocol):
    """One member's key."""

    def sign(self, struct: bytes) -> bytes:
        """The signature over a struct's words: always the same 64 bytes. Raises SignerFailed."""
        ...


class KeyStructs:
    """Signs with a key of this process, what it is asked to."""

    def __init__(self, key: Key, domain: Domain) -> None:
        self._key = key
        self._domain = domain

    def sign(self, struct: bytes) -> bytes:
        """The signature, 64 bytes."""
        return self._key.sign(self._domain.digest(keccak(struct))).compact


class RemoteStructs:
    """Asks an external signer (docs/SIGNER.md), which has rules of its own."""

    def __init__(self, signer: RemoteSigner, domain: Domain) -> None:
        self._signer = signer
        self._domain = domain

    def sign(self, struct: bytes) -> bytes:
        """The signature, 64 bytes. Raises SignerRefused, SignerFailed."""
        return self._signer.sign_struct(self._domain, struct).compact


def struct_signer(key: Signer, domain: Domain) -> StructSigner:
    """What signs structs for a member's key. Raises TypeError for a key that cannot."""
    if isinstance(key, RemoteSigner):
        return RemoteStructs(key, domain)
    if isinstance(key, Key):
        return KeyStructs(key, domain)
    raise TypeError(f"{key} signs no structs")
