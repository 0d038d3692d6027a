"""PROPOSAL: a leader's signed input set, the batches that a report is made of."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from oracle.protocol.batch.roots import Roots, pack_roots, read_roots
from oracle.protocol.committee.committee import Committee
from oracle.protocol.wire.content import struct_of
from oracle.protocol.wire.reader import Reader
from pargrade.chain.hashing import keccak

_TYPE: Final = keccak(b"Proposal(bytes32 indexSet,uint32 epoch,uint40 slot,bytes32 inputRoot)")


@dataclass(frozen=True)
class InputProposal:
    """The input set that a leader proposes for a slot."""

    slot: int
    inputs: Roots

    @cached_property
    def input_root(self) -> bytes:
        """What a report names its inputs by: 32 bytes."""
        return keccak(self.pack())

    def struct(self, committee: Committee) -> bytes:
        """Proposal(indexSet, epoch, slot, inputRoot)."""
        return struct_of(_TYPE, committee, self.slot, self.input_root)

    def pack(self) -> bytes:
        """The set behind its number."""
        return pack_roots(self.inputs)


def read_input_proposal(reader: Reader, slot: int) -> InputProposal:
    """The proposal at a cursor. Raises UnreadableMessage."""
    return InputProposal(slot, read_roots(reader))
