"""What a node has promised: one batch, proposal, PREPARE and REPORT per slot, ever.

Each kind has a mark, the newest slot it was given for, and nothing is promised at or below it. A
journal that was restored is raised above every slot in which its key may have signed since.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Promise(StrEnum):
    """What is signed once per slot."""

    BATCH = "batch"
    PROPOSAL = "proposal"
    PREPARE = "prepare"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class PromiseRecord:
    """A promise, to be on disk before its message leaves."""

    promise: Promise
    slot: int
    digest: bytes
    """Of what was signed, 32 bytes."""
    raw: bytes
    """The message: after a crash the same bytes are sent again."""


class BrokenPromise(AssertionError):
    """A defect of this program: it was about to sign a second content for a slot."""


class Promises:
    """The promises of one key, from what its journal holds."""

    def __init__(self, records: Iterable[PromiseRecord] = (), floor: int = 0) -> None:
        """`floor` is the newest slot for which nothing is promised any more."""
        self._marks: dict[Promise, int] = {}
        self._kept: dict[Promise, PromiseRecord] = {}
        self.floor = floor
        for record in sorted(records, key=lambda each: each.slot):
            self._marks[record.promise] = record.slot
            self._kept[record.promise] = record

    def may(self, promise: Promise, slot: int) -> bool:
        """Whether a slot is above the floor, above the mark of its kind, and not below another's.

        A node that has gone on to a later slot makes no promise for an earlier one.
        """
        newest = max(self._marks.values(), default=0)
        return slot > max(self.floor, self._marks.get(promise, 0)) and slot >= newest

    def keep(self, record: PromiseRecord) -> None:
        """Count a promise. Raises BrokenPromise unless it may be given."""
        if not self.may(record.promise, record.slot):
            raise BrokenPromise(f"{record.promise} for slot {record.slot}")
        self._marks[record.promise] = record.slot
        self._kept[record.promise] = record

    def kept(self, promise: Promise, slot: int) -> PromiseRecord | None:
        """What was promised for a slot, if that is the newest of its kind."""
        record = self._kept.get(promise)
        return record if record is not None and record.slot == slot else None

    def newest(self) -> list[PromiseRecord]:
        """The newest promise of each kind, batches first."""
        return [self._kept[each] for each in Promise if each in self._kept]
