"""One local secp256k1 key: its address, and signatures over 32-byte digests."""

from dataclasses import dataclass
from typing import Any, Protocol

from eth_keys.datatypes import PrivateKey
from eth_keys.datatypes import Signature as Recoverable
from eth_keys.exceptions import BadSignature as Unrecoverable
from eth_utils.exceptions import ValidationError

from pargrade.chain.hashing import Address, address_of
from pargrade.chain.typed_data import TypedData
from pargrade.errors import PargradeError

_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


class BadKey(PargradeError):
    """Text that is not a private key. The text itself is not kept: it may be nearly one."""

    hint = "Give 32 bytes in hexadecimal, in PARGRADE_KEY or with --key."

    def __init__(self) -> None:
        super().__init__("this is not a private key")


class BadSignature(PargradeError):
    """A signature from which no signer can be recovered."""

    hint = "Ask the signer for the signature again."

    def __init__(self) -> None:
        super().__init__("no signer can be recovered from this signature")


@dataclass(frozen=True, slots=True)
class Signature:
    """An ECDSA signature in its canonical half: s <= order / 2."""

    r: int
    s: int
    y_parity: int

    @property
    def compact(self) -> bytes:
        """EIP-2098: r, then s with the parity of y in its top bit. 64 bytes."""
        return self.r.to_bytes(32) + (self.y_parity << 255 | self.s).to_bytes(32)

    @classmethod
    def of_compact(cls, raw: bytes) -> "Signature":
        """The signature behind 64 bytes of EIP-2098. Raises BadSignature."""
        if len(raw) != 64:
            raise BadSignature
        parity_and_s = int.from_bytes(raw[32:])
        return cls(int.from_bytes(raw[:32]), parity_and_s & (1 << 255) - 1, parity_and_s >> 255)


class Signer(Protocol):
    """What signs for one address: a key here, or one in another process."""

    address: Address

    def sign_typed(self, data: TypedData) -> Signature:
        """The signature over EIP-712 data."""
        ...

    def sign_transaction(self, fields: dict[str, Any]) -> bytes:
        """The signed bytes of a transaction, from its fields as JSON-RPC names them."""
        ...


class Key:
    """A private key. It prints as its address and never as itself."""

    __slots__ = ("_private", "address")

    def __init__(self, secret: bytes) -> None:
        try:
            self._private = PrivateKey(secret)
            self.address = address_of(self._private.public_key.to_canonical_address())
        except (ValueError, TypeError, ValidationError):
            raise BadKey from None

    @classmethod
    def parse(cls, text: str) -> "Key":
        """The key a person or a file wrote in hexadecimal. Raises BadKey."""
        try:
            return cls(bytes.fromhex(text.strip().removeprefix("0x")))
        except ValueError:
            raise BadKey from None

    def __repr__(self) -> str:
        return f"Key({self.address})"

    def reveal(self) -> bytes:
        """The secret itself, 32 bytes, for a library that signs with it. Never log it."""
        return self._private.to_bytes()

    def sign(self, digest: bytes) -> Signature:
        """Deterministic signature (RFC 6979) over 32 bytes."""
        signature = self._private.sign_msg_hash(digest)
        return Signature(signature.r, signature.s, signature.v)

    def sign_typed(self, data: TypedData) -> Signature:
        """Deterministic signature over EIP-712 data."""
        return self.sign(data.digest)

    def sign_transaction(self, fields: dict[str, Any]) -> bytes:
        """The signed bytes of a transaction, from its fields as JSON-RPC names them."""
        # Imported late: a second, which only those who send need.
        from eth_account import Account

        return bytes(Account.sign_transaction(fields, self._private).raw_transaction)


def recover(digest: bytes, signature: Signature) -> Address:
    """Who signed the digest. Raises BadSignature, also for the malleable upper half of s."""
    if signature.s > _HALF_ORDER:
        raise BadSignature
    try:
        found = Recoverable(vrs=(signature.y_parity, signature.r, signature.s))
        return address_of(found.recover_public_key_from_msg_hash(digest).to_canonical_address())
    except (Unrecoverable, ValidationError):
        raise BadSignature from None
