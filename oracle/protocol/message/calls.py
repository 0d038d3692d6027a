"""CALL and WANT: asking for a slot, and asking for a batch."""

from dataclasses import dataclass
from typing import Final

from oracle.protocol.batch.roots import Root
from oracle.protocol.committee.bounds import MOST_NODES
from oracle.protocol.committee.committee import Committee
from oracle.protocol.wire.content import struct_of
from oracle.protocol.wire.reader import Reader
from pargrade.chain.hashing import keccak

_CALL: Final = keccak(b"Call(bytes32 indexSet,uint32 epoch,uint40 slot)")
_WANT: Final = keccak(
    b"Want(bytes32 indexSet,uint32 epoch,uint40 slot,uint8 position,bytes32 root)"
)


@dataclass(frozen=True, slots=True)
class DeviationCall:
    """A node's values deviate from the last round: it calls for a slot. f+1 calls open it."""

    slot: int

    def struct(self, committee: Committee) -> bytes:
        """Call(indexSet, epoch, slot)."""
        return struct_of(_CALL, committee, self.slot)

    def pack(self) -> bytes:
        """Nothing but the slot."""
        return b""


@dataclass(frozen=True, slots=True)
class Want:
    """A request for a batch with all its sections, to a node that claims to hold it."""

    slot: int
    root: Root

    def struct(self, committee: Committee) -> bytes:
        """Want(indexSet, epoch, slot, position, root)."""
        position = self.root.position.to_bytes(32)
        return struct_of(_WANT, committee, self.slot, position, self.root.root)

    def pack(self) -> bytes:
        """Position and root."""
        return self.root.position.to_bytes(1) + self.root.root


def read_deviation_call(reader: Reader, slot: int) -> DeviationCall:
    """The call at a cursor."""
    return DeviationCall(slot)


def read_want(reader: Reader, slot: int) -> Want:
    """The request at a cursor. Raises UnreadableMessage."""
    return Want(slot, Root(reader.uint(1, MOST_NODES), reader.take(32)))
