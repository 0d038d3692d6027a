"""The signed list of a batch: which provider, fetched when, which section."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from oracle.protocol.committee.committee import Committee
from oracle.protocol.wire.content import struct_of
from oracle.protocol.wire.reader import Reader
from pargrade.chain.hashing import keccak

MOST_PROVIDERS: Final = 256
MOST_NAME: Final = 64
"""Bytes of a provider's name, ASCII."""

_TYPE: Final = keccak(b"Batch(bytes32 indexSet,uint32 epoch,uint40 slot,bytes32 root)")


class ListedSection(NamedTuple):
    """One provider in a batch."""

    provider: str
    fetched_at: int
    """Unix seconds, not after the slot: the stamp of all prices of the section."""
    section: bytes
    """Name of the section, 32 bytes."""


@dataclass(frozen=True)
class Manifest:
    """A node's batch for a slot, without the bodies of its sections."""

    slot: int
    entries: tuple[ListedSection, ...]
    """By provider, ascending."""

    @cached_property
    def packed(self) -> bytes:
        """The bytes that the root names."""
        packed = [len(self.entries).to_bytes(2)]
        for provider, fetched_at, section in self.entries:
            name = provider.encode("ascii")
            packed += [len(name).to_bytes(1), name, fetched_at.to_bytes(5), section]
        return b"".join(packed)

    @cached_property
    def root(self) -> bytes:
        """What the batch is named by: 32 bytes."""
        return keccak(self.packed)

    def struct(self, committee: Committee) -> bytes:
        """Batch(indexSet, epoch, slot, root)."""
        return struct_of(_TYPE, committee, self.slot, self.root)

    def pack(self) -> bytes:
        """The entries behind their number."""
        return self.packed


def read_manifest(reader: Reader, slot: int) -> Manifest:
    """The manifest at a cursor. Raises UnreadableMessage, also for a stamp after the slot."""
    entries = []
    before = ""
    for _ in range(reader.uint(2, MOST_PROVIDERS + 1)):
        name = reader.sized(1, MOST_NAME)
        if not name.isascii() or not (provider := name.decode()).isprintable():
            raise reader.refuse("a provider's name that is no printable ASCII")
        if provider <= before:
            raise reader.refuse("providers do not ascend")
        before = provider
        fetched_at = reader.uint(5)
        if fetched_at > slot:
            raise reader.refuse(f"fetched {fetched_at - slot} s after the slot")
        entries.append(ListedSection(provider, fetched_at, reader.take(32)))
    return Manifest(slot, tuple(entries))
