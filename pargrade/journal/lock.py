"""The lock beside a journal: one process at a time signs under it or replaces it."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from pargrade.journal.refusals import JournalFailed, JournalInUse

_LOCK: Final = "journal.lock"


class FolderLock:
    """Held until it is closed or its process ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def close(self) -> None:
        """Lets another process have it."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def lock_folder(journal: Path) -> FolderLock:
    """Locks the folder that a journal is in. Raises JournalInUse, JournalFailed."""
    path = journal.with_name(_LOCK)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as failure:
        raise JournalFailed(journal, f"{path.name}: {failure.strerror}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        pid = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
        os.close(descriptor)
        raise JournalInUse(journal, pid or "unknown") from None
    with suppress(OSError):
        os.pwrite(descriptor, str(os.getpid()).encode().ljust(20), 0)
    return FolderLock(descriptor)
