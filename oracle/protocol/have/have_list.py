"""HAVE: a node's signed list of the batches whose bodies it holds."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from oracle.protocol.batch.roots import Roots, pack_roots, read_roots
from oracle.protocol.committee.committee import Committee
from oracle.protocol.wire.content import struct_of
from oracle.protocol.wire.reader import Reader
from pargrade.chain.hashing import keccak

_TYPE: Final = keccak(b"Have(bytes32 indexSet,uint32 epoch,uint40 slot,bytes32 held)")


@dataclass(frozen=True)
class HaveList:
    """What a node holds of a slot. A later one may hold more; it takes nothing back."""

    slot: int
    held: Roots

    def struct(self, committee: Committee) -> bytes:
        """Have(indexSet, epoch, slot, held)."""
        return struct_of(_TYPE, committee, self.slot, self._name)

    def pack(self) -> bytes:
        """The list behind its number."""
        return pack_roots(self.held)

    @cached_property
    def _name(self) -> bytes:
        return keccak(self.pack())


def read_have_list(reader: Reader, slot: int) -> HaveList:
    """The list at a cursor. Raises UnreadableMessage."""
    return HaveList(slot, read_roots(reader))
