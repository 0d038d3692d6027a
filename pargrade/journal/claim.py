"""One process's right to sign under a journal, and what it knows about the journal's past."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, Self

from pargrade.journal.lock import FolderLock, lock_folder
from pargrade.journal.refusals import JournalFailed, JournalInUse
from pargrade.journal.setting_rows import COPIED
from pargrade.journal.tip_file import Mark, TipFile, TipLocked


class SignedRecord(Protocol):
    """An entry of a journal."""

    @property
    def digest(self) -> bytes:
        """What was signed: 32 bytes."""


class Claimable(Protocol):
    """A journal of signatures."""

    path: Path
    on_record: Any
    """Called with every new entry, after it is on disk and before anyone hears of it."""

    @property
    def id(self) -> str:
        """Of this journal and of all its copies."""

    def require_owner(self, owner: Any) -> None:
        """Raises JournalFailed for another owner."""

    def mark(self) -> Mark:
        """How far it has come."""

    def holds(self, mark: Mark) -> bool:
        """Whether all that was here at a mark is still here."""

    def raise_floor(self, moment: int) -> int:
        """Signs nothing new up to a time any more. Returns the floor."""

    def setting(self, name: str) -> str | None:
        """The value of a name, or None."""


class Claim:
    """Held from `take` to `close`, by one process for a journal and all copies on its machine."""

    def __init__(self, journal: Claimable, lock: FolderLock, tip: TipFile | None) -> None:
        self._journal = journal
        self._lock = lock
        self._tip = tip
        self._mark = journal.mark()
        self.is_complete = self._is_complete()
        """Whether the journal certainly has everything that was ever signed under it."""

    @classmethod
    def take(cls, journal: Claimable, owner: Any) -> Self:
        """Raises JournalInUse, JournalFailed."""
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

    def _note(self, entry: SignedRecord) -> None:
        self._mark = replace(self._mark, entries=self._mark.entries + 1, last=entry.digest.hex())
        self._write_mark()

    def _write_mark(self) -> None:
        if self._tip is not None:
            self._tip.write(self._mark)


def found_tip(journal: Claimable) -> None:
    """Has the machine remember a journal that was just made, so that it is known to be complete.

    Raises JournalInUse.
    """
    try:
        tip = TipFile.lock(journal.id)
    except TipLocked as locked:
        raise JournalInUse(journal.path, locked.pid) from None
    if tip is not None:
        tip.write(journal.mark())
        tip.close()
