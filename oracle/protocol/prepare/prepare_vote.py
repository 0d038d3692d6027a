"""PREPARE: a node computed this report from a proposal, and holds all bodies it is made of."""

from dataclasses import dataclass
from typing import Final

from oracle.protocol.committee.committee import Committee
from oracle.protocol.wire.content import struct_of
from oracle.protocol.wire.reader import Reader
from pargrade.chain.hashing import keccak

_TYPE: Final = keccak(b"Prepare(bytes32 indexSet,uint32 epoch,uint40 slot,bytes32 report)")


@dataclass(frozen=True, slots=True)
class PrepareVote:
    """A node's one PREPARE for a slot."""

    slot: int
    report: bytes
    """EIP-712 digest of the report, 32 bytes."""

    def struct(self, committee: Committee) -> bytes:
        """Prepare(indexSet, epoch, slot, report)."""
        return struct_of(_TYPE, committee, self.slot, self.report)

    def pack(self) -> bytes:
        """The digest."""
        return self.report


def read_prepare_vote(reader: Reader, slot: int) -> PrepareVote:
    """The vote at a cursor. Raises UnreadableMessage."""
    return PrepareVote(slot, reader.take(32))
