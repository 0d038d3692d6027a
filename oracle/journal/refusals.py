"""Why a journal cannot be used, or takes no entry."""

from collections.abc import Mapping
from pathlib import Path

from oracle.journal.owner import JournalOwner
from pargrade.database import UnknownVersion
from pargrade.errors import PargradeError
from pargrade.journal.refusals import JournalFailed


class NoJournal(JournalFailed):
    """There is no journal. It is not made by the way: the key may have signed under another."""

    hint = (
        "Bring a backup back with `pargrade oracle restore`, or create a journal on purpose with "
        "`pargrade oracle new-journal`."
    )

    def __init__(self, path: Path) -> None:
        super().__init__(path, "there is none")


class OtherVersion(JournalFailed):
    """The journal is of a newer program, or of another one."""

    hint = UnknownVersion.hint

    def __init__(self, path: Path, unknown: UnknownVersion) -> None:
        self.found = unknown.found
        self.known = unknown.known
        super().__init__(path, unknown.reason)


class OtherOwner(JournalFailed):
    """The journal belongs to another key, chain or index."""

    hint = "Name the data folder of this node under `data`, or create a journal for it."

    def __init__(self, path: Path, found: Mapping[str, str], wanted: JournalOwner) -> None:
        self.found = found
        self.wanted = wanted
        stated = JournalOwner.from_settings(found)
        super().__init__(path, f"it is of {stated.describe()}, not of {wanted.describe()}")


class BelowFloor(PargradeError):
    """A slot that is not signed anew: its content may have been signed under another copy."""

    hint = "Ask for a later slot."

    def __init__(self, slot: int, floor: int) -> None:
        self.slot = slot
        self.floor = floor
        super().__init__(f"slot {slot} is not after {floor}, up to which nothing new is signed")
