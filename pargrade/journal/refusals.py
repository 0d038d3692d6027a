"""Why a journal of signatures cannot be used."""

from pathlib import Path

from pargrade.errors import PargradeError


class JournalFailed(PargradeError):
    """The journal cannot be read or written. Nothing is signed without it."""

    hint = "Check that its data folder is writable, has space, and is used by one process only."

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"journal {path}: {reason}")


class JournalExists(JournalFailed):
    """A journal was to be made where one is."""

    hint = "Use it, or move it away if it is of another key."

    def __init__(self, path: Path) -> None:
        super().__init__(path, "there is one already")


class JournalInUse(JournalFailed):
    """Another process signs under this journal or under a copy of it."""

    hint = "End that process first, or ask its API: one journal serves one process."

    def __init__(self, path: Path, pid: str) -> None:
        self.pid = pid
        super().__init__(path, f"process {pid} uses it or a copy of it")
