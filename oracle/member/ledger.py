"""What a committee node needs of the chain: who is in the committee, what landed, and landing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from prometheus_client.metrics_core import Metric

from oracle.protocol.transmission.landing import Landing
from oracle.protocol_store.committee_text import StoredCommittee
from oracle.valuation.memory import AgreedRound
from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import Address
from pargrade.errors import PargradeError


class LandingRefused(PargradeError):
    """The chain does not take a report; nothing was sent."""

    hint = "Usually another member was first. Else the report is too old, or moves too fast."

    def __init__(self, slot: int, reason: str, *, is_early: bool = False) -> None:
        self.slot = slot
        self.reason = reason
        self.is_early = is_early
        """Whether the next block may take it: that block will have the slot's time."""
        super().__init__(f"the report of slot {slot} is not taken: {reason}")


def floor_of(now: float, grid_s: int, last_slot: int) -> int:
    """The newest slot for which a key of unknown past may have promised, unix seconds.

    The slot in progress and one more: the clock of whoever used the key may have been ahead.
    """
    return max(last_slot, int(now // grid_s) * grid_s + grid_s)


@dataclass(frozen=True, slots=True)
class LedgerState:
    """Everything a node acts on, read at one block."""

    head: BlockStamp
    stored: StoredCommittee
    last_slot: int
    """Of the last round of any index, unix seconds; 0 before the first."""

    @property
    def epoch(self) -> int:
        """Of the committee."""
        return self.stored.committee.epoch

    def floor(self, now: float) -> int:
        """The newest slot for which a key of unknown past may have promised, unix seconds, by a
        clock (unix seconds) and by the chain's.
        """
        grid_s = self.stored.committee.grid_s
        return floor_of(max(now, self.head.timestamp), grid_s, self.last_slot)

    def position(self, member: Address) -> int | None:
        """The position of a member, from 0; None when it is not in the committee."""
        members = self.stored.members
        return members.index(member) if member in members else None


@dataclass(frozen=True, slots=True)
class Landed:
    """A report that this node brought."""

    slot: int
    gas: int
    too_fast: frozenset[int] = frozenset()
    """Indices that kept their last round: for so fast a move too few had signed."""


class CommitteeLedger(Protocol):
    """The chain and the index on it. Safe to share between threads."""

    def read(self) -> LedgerState:
        """The state at the head. Raises ChainError and what the index is refused for."""
        ...

    def rounds(self, state: LedgerState) -> list[AgreedRound]:
        """All rounds up to a state's block, by slot. Raises ChainError."""
        ...

    def holds(self, block: BlockStamp, head: BlockStamp) -> bool:
        """Whether the chain that ends with `head` has a block.

        Raises UnknownBlock where the chain no longer ends so, and its other errors.
        """
        ...

    def committee(self, epoch: int) -> StoredCommittee | None:
        """The committee of an epoch; None for one that nobody knows any more."""
        ...

    def methods(self) -> Mapping[int, bytes]:
        """The method hash of every epoch that was read with the rounds."""
        ...

    def land(self, landing: Landing, last_slot: int) -> Landed:
        """Bring a report and wait until it is mined. For one thread at a time.

        It goes with s signatures, or with all there are where these give more indices a round.

        Raises LandingRefused, ChainError, DatabaseDown.
        """
        ...

    def figures(self, now: int) -> Iterator[Metric]:
        """What was paid until a chain time, endpoints and key, for Prometheus. Asks nobody."""
        ...

    def close(self) -> None:
        """Close files and connections."""
        ...
