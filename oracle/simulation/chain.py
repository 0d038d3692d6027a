"""A chain in virtual time: takes reports as the contract does, and loses blocks in re-orgs."""

from dataclasses import dataclass
from typing import NamedTuple

from oracle.protocol.committee.committee import Committee
from oracle.protocol.report.common_report import CommonReport
from oracle.protocol.transmission.landing import Landing, find_refusal
from oracle.protocol.wire.signatory import Signatory


@dataclass(frozen=True, slots=True)
class Reorg:
    """Blocks that are not part of the chain any more."""

    instant: float
    depth: int
    """Blocks."""
    keeps: bool
    """Whether what was in them waits for the next block, or is lost."""


class _Block(NamedTuple):
    last_slot_before: int
    landings: tuple[Landing, ...]


class SimulatedChain:
    """Blocks with the reports that landed in them."""

    def __init__(self, committee: Committee, signatory: Signatory) -> None:
        self.pending: list[Landing] = []
        """What waits for the next block; always the same list, as others plan to add to it."""
        self.last_slot = 0
        """Of the last round; 0 before the first."""
        self._committee = committee
        self._signatory = signatory
        self._blocks: list[_Block] = []

    def mine(self, now: int) -> list[CommonReport]:
        """A block: the reports that landed in it, in order."""
        before, landed = self.last_slot, []
        for landing in self.pending:
            if self._refusal(landing, now) is None:
                self.last_slot = landing.report.slot
                landed.append(landing)
        self.pending.clear()
        self._blocks.append(_Block(before, tuple(landed)))
        return [landing.report for landing in landed]

    def reorganise(self, reorg: Reorg) -> int:
        """Drop blocks. Returns how many reports landed in them."""
        kept = max(len(self._blocks) - reorg.depth, 0)
        dropped, self._blocks = self._blocks[kept:], self._blocks[:kept]
        if not dropped:
            return 0
        self.last_slot = dropped[0].last_slot_before
        landings = [landing for block in dropped for landing in block.landings]
        if reorg.keeps:
            self.pending[:0] = landings
        return len(landings)

    def _refusal(self, landing: Landing, now: int) -> str | None:
        return find_refusal(landing, self._committee, self._signatory, self.last_slot, now)
