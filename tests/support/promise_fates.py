"""What may happen to the journal of a committee member: journal_fates.py, for its promises."""

from contextlib import suppress
from pathlib import Path
from typing import Final

from oracle.journal.refusals import BelowFloor
from oracle.member.ledger import floor_of
from oracle.protocol.machine.promises import Promise, PromiseRecord
from oracle.protocol_store.promise_journal import FORM, PromiseGiven, PromiseJournal
from tests.support.journal_fates import OWNER, Fates, live_as

_GRID_S: Final = 60
_KINDS: Final = tuple(Promise)


class PromiseFates(Fates):
    """Of a committee member, which promises one of each kind a slot."""

    form = FORM

    def create(self, floor: int) -> None:
        PromiseJournal.create(self.data, OWNER, floor)

    def open(self, folder: Path) -> PromiseJournal:
        return PromiseJournal(folder)

    def measure_floor(self, *, is_complete: bool) -> int:
        """What a seat begins with, and `oracle member new-journal`."""
        return self.recorded if is_complete else floor_of(self.head, _GRID_S, self.recorded)

    def sign(self) -> None:
        if self.journal is None:
            self.start()
        promised = self._record()
        with suppress(BelowFloor, PromiseGiven):
            self.journal.record([promised])
            self.contents[promised.promise, promised.slot].add(promised.digest)

    def commit(self) -> None:
        with suppress(PromiseGiven):
            self.journal.record([self._record()])

    def _record(self) -> PromiseRecord:
        # Of the slot in progress, or of the next by a clock that is ahead.
        slot = (self.head // _GRID_S + self.chance.choice((0, 0, 0, 1))) * _GRID_S
        digest = self.chance.randbytes(32)
        return PromiseRecord(self.chance.choice(_KINDS), slot, digest, b"raw" + digest)


def live_as_member(folder: Path, seed: int) -> int:
    """One case in a folder of its own. Returns how many promises were given twice."""
    return live_as(folder, seed, PromiseFates)
