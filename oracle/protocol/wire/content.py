"""What a node signs: a content with a slot, hashed as an EIP-712 struct of the committee."""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from oracle.protocol.committee.committee import Committee
from oracle.protocol.wire.signatory import Signatory
from pargrade.chain.hashing import keccak

T_co = TypeVar("T_co", bound="Content", covariant=True)
T = TypeVar("T", bound="Content")


class Content(Protocol):
    """One thing that is signed for a slot."""

    @property
    def slot(self) -> int:
        """Unix seconds, on the grid."""
        ...

    def struct(self, committee: Committee) -> bytes:
        """The words of its EIP-712 struct, with the hash of its type before them."""
        ...

    def pack(self) -> bytes:
        """Its bytes in a message, without the slot."""
        ...


@dataclass(frozen=True, slots=True)
class Signed(Generic[T_co]):
    """A content and the signature of the node at a position."""

    content: T_co
    position: int
    signature: bytes
    """64 bytes, EIP-2098."""
    digest: bytes
    """EIP-712 digest of the content: what the signature has to be over."""


def digest_of(content: Content, committee: Committee) -> bytes:
    """The EIP-712 digest of a content: 32 bytes."""
    return committee.domain.digest(keccak(content.struct(committee)))


def sign_content(
    content: T, committee: Committee, position: int, signatory: Signatory
) -> Signed[T]:
    """A content, signed by the node at a position."""
    digest = digest_of(content, committee)
    return Signed(content, position, signatory.sign(digest), digest)


def struct_of(type_hash: bytes, committee: Committee, slot: int, *words: bytes) -> bytes:
    """A struct of index set, epoch, slot and further words of 32 bytes."""
    return b"".join((type_hash, committee.words, slot.to_bytes(32), *words))
