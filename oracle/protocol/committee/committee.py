"""The nodes of one epoch, what their signatures are bound to, and who leads a slot."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from oracle.protocol.committee.bounds import Bounds
from pargrade.chain.hashing import keccak
from pargrade.chain.typed_data import Domain
from pargrade.spot_index.common_report import ReportTerms

USABLE_SLOTS: Final = 3
"""A report may land for so many slots after its own."""


@dataclass(frozen=True)
class Committee:
    """Everything that honest nodes agree on before the first message."""

    bounds: Bounds
    domain: Domain
    index_set: bytes
    """32 bytes."""
    epoch: int
    method_hash: bytes
    """32 bytes."""
    indices: int
    """Values in a report."""
    flags: int
    """Of every report: 1 for replayed quotes."""
    grid_s: int
    heartbeat_s: int
    min_interval_s: int
    deviation_bps: int

    @cached_property
    def words(self) -> bytes:
        """Index set and epoch as the first words of every struct that is signed."""
        return self.index_set + self.epoch.to_bytes(32)

    @cached_property
    def terms(self) -> ReportTerms:
        """What is the same in all its reports."""
        return ReportTerms(self.domain, self.index_set, self.epoch, self.method_hash)

    def slot_at(self, now: float) -> int:
        """The newest slot at an instant, in unix seconds."""
        return int(now // self.grid_s) * self.grid_s

    def leader(self, slot: int, last_slot: int) -> int:
        """The position that proposes at a slot. It moves on by one with every slot.

        `last_slot` is that of the last round. A leader drawn from it alone would stay while
        nothing lands, and one liar could stop the index for ever.
        """
        start = int.from_bytes(keccak(last_slot.to_bytes(5)))
        return (start + (slot - last_slot) // self.grid_s) % self.bounds.nodes

    def is_usable(self, slot: int, now: float) -> bool:
        """Whether a report of a slot may still land."""
        return now <= slot + USABLE_SLOTS * self.grid_s
