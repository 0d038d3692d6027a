"""Sets, appended indices and rounds of an index, put together from its log."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from oracle.epochs.terms import Terms
from oracle.protocol.committee.bounds import ImpossibleBounds
from oracle.protocol_store.committee_text import StoredCommittee
from oracle.valuation.memory import AgreedRound
from pargrade.bindings.spot_index_v2 import (
    IndexRefused,
    IndicesAppended,
    ReportersChanged,
    ReportRecorded,
    RoundRecorded,
)
from pargrade.chain.log import Event, Log

EVENTS: Final[tuple[type[Event], ...]] = (
    IndicesAppended,
    ReportersChanged,
    ReportRecorded,
    RoundRecorded,
    IndexRefused,
)
"""What a whole log consists of."""


class _Change(NamedTuple):
    block: int
    event: ReportersChanged
    indices: int | None
    """None before the first that was appended: no event has the names of before it."""


class _Recorded(NamedTuple):
    round: AgreedRound
    indices: int
    """Mask of the indices that have it."""


class EpochLog:
    """For one thread at a time."""

    def __init__(self) -> None:
        self._changes: dict[int, _Change] = {}
        """By epoch."""
        self._rounds: dict[tuple[int, int], _Recorded] = {}
        """By the number of the block that recorded it, and slot: an index that was refused in one
        block may get the round in a later one."""
        self._appended: list[tuple[int, int]] = []
        """Block of an append, and indices from then on."""
        self._early: list[tuple[int, int]] = []
        """Block and number of indices of reports of before the first append, where it grows."""
        self._indices = 0

    def forget_from(self, block: int) -> None:
        """Forget a block and all after it: a re-org may have replaced them."""
        self._changes = {epoch: each for epoch, each in self._changes.items() if each.block < block}
        self._rounds = {place: each for place, each in self._rounds.items() if place[0] < block}
        self._appended = [each for each in self._appended if each[0] < block]
        self._early = [each for each in self._early if each[0] < block]

    def take(self, logs: Iterable[tuple[Log, Event]], indices: int) -> None:
        """Take what follows: whole blocks in order, after which there are so many indices."""
        self._indices = indices
        report: ReportRecorded | None = None
        reported = b""
        for log, event in logs:
            block = log.block_number
            if isinstance(event, IndicesAppended):
                self._appended.append((block, len(event.names)))
            elif isinstance(event, ReportersChanged):
                # An append comes before the epoch that it begins, in the same transaction.
                known = self._appended[-1][1] if self._appended else None
                self._changes[event.epoch] = _Change(block, event, known)
            elif isinstance(event, ReportRecorded):
                report, reported = event, log.tx_hash
            elif isinstance(event, RoundRecorded | IndexRefused):
                self._note_indices(block, event.index + 1)
                # A report comes before its rounds, in the same transaction.
                if isinstance(event, RoundRecorded) and report and log.tx_hash == reported:
                    self._record(block, event, report)

    def rounds(self, until: int | None = None) -> list[AgreedRound]:
        """All rounds, or those of up to a block, by slot."""
        by_slot = {
            slot: each.round
            for (block, slot), each in sorted(self._rounds.items())
            if until is None or block <= until
        }
        return sorted(by_slot.values())

    def count(self, index: int) -> int:
        """How many rounds of an index there are."""
        return sum(each.indices >> index & 1 for each in self._rounds.values())

    def methods(self) -> Mapping[int, bytes]:
        """The method hash of every epoch, also of one in which nobody could sign."""
        return {epoch: each.event.method_hash for epoch, each in self._changes.items()}

    def committee(self, epoch: int, terms: Terms) -> StoredCommittee | None:
        """The committee of an epoch.

        None for one that is not in the log, one in which fewer were left than have to sign, and one
        of before the first append in which nothing was reported: nothing of it is on chain.
        """
        change = self._changes.get(epoch)
        if change is None:
            return None
        indices = change.indices or self._first_indices()
        if not 0 < indices <= len(terms.names):
            return None
        try:
            return terms.committee(change.event, indices)
        except ImpossibleBounds:
            return None

    def _record(self, block: int, event: RoundRecorded, report: ReportRecorded) -> None:
        before = self._rounds.get((block, event.slot))
        found = AgreedRound(event.slot, report.epoch, report.input_root)
        indices = 1 << event.index | (before.indices if before else 0)
        self._rounds[block, event.slot] = _Recorded(found, indices)

    def _note_indices(self, block: int, indices: int) -> None:
        """Each report has an event for every index."""
        if not self._appended and (not self._early or self._early[-1][1] < indices):
            self._early.append((block, indices))

    def _first_indices(self) -> int:
        """How many there were before the first append; 0 where nothing says so."""
        if not self._appended:
            return self._indices
        return self._early[-1][1] if self._early else 0
