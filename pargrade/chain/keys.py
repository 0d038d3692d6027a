"""One local secp256k1 key: its address, and signatures over 32-byte digests."""

from dataclasses import dataclass

from coincurve import PrivateKey, PublicKey

from pargrade.chain.hashing import Address, address_of, keccak
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


class Key:
    """A private key. It prints as its address and never as itself."""

    __slots__ = ("_private", "address")

    def __init__(self, secret: bytes) -> None:
        try:
            self._private = PrivateKey(secret)
        except (ValueError, TypeError):
            raise BadKey from None
        self.address = _address(self._private.public_key)

    @classmethod
    def parse(cls, text: str) -> "Key":
        """The key a person or a file wrote in hexadecimal. Raises BadKey."""
        try:
            secret = bytes.fromhex(text.strip().removeprefix("0x"))
        except ValueError:
            raise BadKey from None
        if len(secret) != 32:
            raise BadKey
        return cls(secret)

    def __repr__(self) -> str:
        return f"Key({self.address})"

    def sign(self, digest: bytes) -> Signature:
        """Deterministic signature (RFC 6979) over 32 bytes."""
        raw = self._private.sign_recoverable(digest, hasher=None)
        return Signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:64]), raw[64])


def recover(digest: bytes, signature: Signature) -> Address:
    """Who signed the digest. Raises BadSignature, also for the malleable upper half of s."""
    if signature.s > _HALF_ORDER:
        raise BadSignature
    raw = signature.r.to_bytes(32) + signature.s.to_bytes(32) + bytes([signature.y_parity])
    try:
        return _address(PublicKey.from_signature_and_message(raw, digest, hasher=None))
    except Exception:  # noqa: BLE001  # libsecp256k1's binding raises bare Exception
        raise BadSignature from None


def _address(public: PublicKey) -> Address:
    return address_of(keccak(public.format(compressed=False)[1:])[12:])
