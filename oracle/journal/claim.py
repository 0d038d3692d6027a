"""One process's right to sign under a journal, and what it knows about the journal's past."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Self

from oracle.journal.journal import COPIED, Journal, SignedEntry
from oracle.journal.lock import FolderLock, lock_folder
from oracle.journal.owner import JournalOwner
from oracle.journal.refusals import JournalFailed, JournalInUse
from oracle.journal.tip_file import TipFile, TipLocked


class Claim:
    """Held from `take` to `close`, by one process for a journal and all copies on its machine."""

    def __init__(self, journal: Journal, lock: FolderLock, tip: TipFile | None) -> None:
        self._journal = journal
        self._lock = lock
        self._tip = tip
        self._mark = journal.mark()
        self.is_complete = self._is_complete()
        """Whether the journal certainly has everything that was ever signed under it."""

    @classmethod
    def take(cls, journal: Journal, owner: JournalOwner) -> Self:
        """Raises JournalInUse, OtherOwner, JournalFailed."""
        journal.require_owner(owner)
        lock = lock_folder(journal.path)
        try:
            return cls(journal, lock, TipFile.lock(journal.id))
        except TipLocked as locked:
            lock.close()
            raise JournalInUse(journal.path, locked.pid) from None
        except JournalFailed:
            lock.close()
            raise

    def begin(self, floor: int) -> int:
        """Raises the floor, and has the tip follow every further entry. Returns the floor."""
        raised = self._journal.raise_floor(floor)
        self._mark = replace(self._mark, floor=raised)
        self._write_mark()
        self._journal.on_record = self._note
        return raised

    def close(self) -> None:
        """Lets another process sign."""
        if self._tip is not None:
            self._tip.close()
        self._lock.close()

    def _is_complete(self) -> bool:
        if self._tip is None or self._journal.setting(COPIED) is not None:
            return False
        mark = self._tip.read()
        return mark is not None and self._journal.holds(mark)

    def _note(self, entry: SignedEntry) -> None:
        self._mark = replace(self._mark, entries=self._mark.entries + 1, last=entry.digest.hex())
        self._write_mark()

    def _write_mark(self) -> None:
        if self._tip is not None:
            self._tip.write(self._mark)


def create_journal(folder: Path, owner: JournalOwner, floor: int) -> None:
    """Makes a journal that may sign above its floor as soon as a node starts on it.

    `floor` is in unix seconds; 0 only for a key that has never signed. Raises JournalExists,
    JournalFailed.
    """
    with closing(Journal.create(folder, owner, floor)) as journal:
        try:
            tip = TipFile.lock(journal.id)
        except TipLocked as locked:
            raise JournalInUse(journal.path, locked.pid) from None
        if tip is not None:
            tip.write(journal.mark())
            tip.close()
