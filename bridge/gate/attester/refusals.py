"""Why an attester's journal cannot be used, and why a message is not signed."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pargrade.errors import PargradeError
from pargrade.journal.refusals import JournalFailed


class NoAttestationJournal(JournalFailed):
    """There is no journal. It is not made by the way: the key may have signed under another."""

    hint = (
        "Bring back the attester's folder, or create a journal on purpose with "
        "`pargrade bridge new-journal`."
    )

    def __init__(self, path: Path) -> None:
        super().__init__(path, "there is none")


class OtherAttester(JournalFailed):
    """The journal belongs to another key or route."""

    hint = "Name this attester's own folder with --data, or create a journal for it."

    def __init__(self, path: Path, found: str, wanted: str) -> None:
        super().__init__(path, f"it is of {found}, not of {wanted}")


class OtherContent(PargradeError):
    """A message with the nonce of one that was signed, and other content. It is never signed."""

    hint = "A re-org below finality, or an endpoint that lies: stop the route and find out."

    def __init__(self, route: bytes, nonce: int) -> None:
        self.route = route
        self.nonce = nonce
        super().__init__(f"another content was signed for message {nonce} of route 0x{route.hex()}")


class BeforeFloor(PargradeError):
    """A message from before the journal began: it may have been signed under another one."""

    hint = "The other attesters sign it; this one signs what leaves from now on."

    def __init__(self, time: int, floor: int) -> None:
        super().__init__(f"it left at {time}, and nothing from before {floor} is signed anew")


class MessageRefusal(StrEnum):
    """Why a message that is final is not signed."""

    ABOVE_CAP = "above the attester's own cap"
    OTHER_CONTENT = "another content was signed for its nonce"
    BEFORE_FLOOR = "from before the journal began"


@dataclass(frozen=True, slots=True)
class RefusedMessage:
    """A message that this attester does not sign."""

    destination: int
    """Id of the chain it goes to."""
    nonce: int
    reason: MessageRefusal
    detail: str

    def describe(self) -> str:
        """For people."""
        which = f"message {self.nonce} to chain {self.destination}"
        return f"{which}: {self.reason.value} ({self.detail})"
