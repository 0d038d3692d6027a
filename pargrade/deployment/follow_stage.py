"""How far the follow of an index has come, and what stands against going on with it."""

from dataclasses import dataclass
from enum import StrEnum

from pargrade.deployment.file import Deployment
from pargrade.deployment.transactions import Step
from pargrade.errors import PargradeError
from pargrade.text import moment


class Stage(StrEnum):
    """How far a follow has come."""

    POSSIBLE = "possible"
    """Nothing stands against it, and nothing was done: a dry run."""
    SCHEDULED = "scheduled"
    """In the open, until the admin's delay is over."""
    PENDING = "pending"
    """Its midnight is set, and has not come."""
    IN_FORCE = "in force"
    WITHDRAWING = "withdrawing"
    """The withdrawal is scheduled."""
    WITHDRAWN = "withdrawn"


class OtherPending(PargradeError):
    """Another index than this one is to follow, or was followed."""

    def __init__(self, what: str, hint: str) -> None:
        self.hint = hint
        super().__init__(what)


class BadStart(PargradeError):
    """A midnight at which the phase cannot begin, or no more."""

    def __init__(self, start: int, earliest: int, latest: int) -> None:
        self.start = start
        first, last = (moment(each) for each in (earliest, latest))
        self.hint = f"Take a midnight from {first} to {last}, or leave --from away."
        super().__init__(f"the next index cannot follow from {moment(start)} on")


class TooLate(PargradeError):
    """A withdrawal that would come after the phase began."""

    hint = "What was followed stays so. Lead on to another index: `pargrade index next`."

    def __init__(self, start: int, due_at: int) -> None:
        what = f"it could be made from {moment(due_at)}" if due_at else "there is nothing pending"
        super().__init__(f"too late to withdraw: the phase begins at {moment(start)}, and {what}")


class NothingToWithdraw(PargradeError):
    """A withdrawal where nothing is pending or scheduled by this key."""

    hint = "What another admin's key has scheduled is for that key to take back."

    def __init__(self) -> None:
        super().__init__("no follow is pending, and none is scheduled by this key")


@dataclass(frozen=True, slots=True)
class Led:
    """How far it is after a run."""

    stage: Stage
    number: int
    """Of the follower's phase."""
    start: int
    """Unix time of the midnight from which the next index answers; 0 where it is withdrawn."""
    due_at: int
    """Unix time from which a scheduled call may be made, where one waits; else 0."""
    steps: tuple[Step, ...]
    file: Deployment
    """As the deployment file has to be now."""
