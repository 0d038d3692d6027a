"""Reporters for tests: they sign what they are told and pack it as SpotIndex reads it.

Written from the interface of the contract and sharing nothing with the oracle, so that a test which
uses both compares two readings of one format.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pargrade.bindings.spot_index import SpotIndex
from pargrade.chain.block import Tag
from pargrade.chain.hashing import keccak
from pargrade.chain.keys import Key

_TYPE = keccak(
    b"Observation(bytes32 indexSet,uint32 epoch,uint40 slot,uint16 flags,uint64[] values,"
    b"uint256 present,bytes32 methodHash,bytes32 evidenceRoot)"
)
METHOD = keccak(b"method of the tests")


@dataclass(frozen=True)
class Reporters:
    """Keys in the order of the reporter set."""

    keys: tuple[Key, ...]
    quorum: int

    def report(self, index: SpotIndex, slot: int, values: Sequence[int], flags: int = 0) -> bytes:
        """A report on which every reporter agrees. Values have 8 decimals, 0 is absent."""
        config = index.reporter_config(block=Tag.LATEST)
        present = sum(1 << i for i, value in enumerate(values) if value)
        words = (
            _TYPE,
            index.index_set(block=Tag.LATEST),
            config.epoch,
            slot,
            flags,
            keccak(b"".join(value.to_bytes(32) for value in values)),
            present,
            config.method_hash,
            bytes(32),
        )
        struct = keccak(b"".join(w if isinstance(w, bytes) else w.to_bytes(32) for w in words))
        digest = keccak(b"\x19\x01" + index.domain_separator(block=Tag.LATEST) + struct)
        packed_values = b"".join(value.to_bytes(8) for value in values)
        observations = [key.sign(digest).compact + bytes(32) + packed_values for key in self.keys]
        everyone = (1 << len(self.keys)) - 1
        header = slot.to_bytes(5) + flags.to_bytes(1) + everyone.to_bytes(4)
        return header + bytes(len(values)) + b"".join(observations)
