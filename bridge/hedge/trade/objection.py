"""Why a plan is not carried out, and what is known beside the plan and the market."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from pargrade.errors import PargradeError


class Ground(StrEnum):
    """Why a plan is not carried out."""

    STOPPED = "stopped"
    HOURS = "outside the hours"
    COOLDOWN = "too soon"
    OVER = "no longer valid"
    FOREIGN = "another team or account"
    POLICY = "policy moved"
    DATA = "data moved"
    POSITION = "position moved"
    SERIES = "series not allowed"
    PRICE = "price beyond the policy"
    LOTS = "lots beyond the policy"
    CASH = "cash beyond the policy"
    APPROVAL = "not approved"


@dataclass(frozen=True, slots=True)
class Objection:
    """One reason, with its evidence."""

    ground: Ground
    why: str

    def describe(self) -> str:
        """In one line."""
        return f"{self.ground.value}: {self.why}"


class PlanRefused(PargradeError):
    """A plan that may not be carried out now. Nothing was sent."""

    hint = "Make a new plan, or wait for what stands against this one."

    def __init__(self, objections: Iterable[Objection]) -> None:
        self.objections = tuple(objections)
        super().__init__("; ".join(each.describe() for each in self.objections))


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known beside the plan, the policy and the market."""

    stops: tuple[str, ...] = ()
    """Kill switches that are on."""
    approvers: Collection[str] = ()
    """Who agrees to the plan."""
    last_other: int = 0
    """When another plan was begun, unix seconds; 0 for never."""
