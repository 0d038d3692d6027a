"""The quality ladder: multipliers for a network's quality against the par grade.

Each step (uptime, form factor, fabric, region) has rungs with a multiplier and the reason for it. A
grade declares one rung per step; a step that is not declared has the multiplier 1. How firm an
offer is (spot, on demand, reserved, hyperscaler) is no step, because those are other series.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from math import prod
from typing import Any, Final

from pargrade.errors import PargradeError

PAR: Final = Decimal(1)


class UnknownRung(PargradeError):
    """A declared step or rung that the ladder does not have."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        self.known = tuple(known)
        self.hint = f"Use one of: {', '.join(self.known)}."
        super().__init__(f"the quality ladder has no {name!r}")


@dataclass(frozen=True, slots=True)
class QualityRung:
    """One quality a network may declare."""

    name: str
    multiplier: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class QualityStep:
    """One property in which networks differ, with its rungs."""

    name: str
    rungs: tuple[QualityRung, ...]

    def rung(self, name: str) -> QualityRung:
        """The rung of that name. Raises UnknownRung."""
        for rung in self.rungs:
            if rung.name == name:
                return rung
        raise UnknownRung(f"{self.name}: {name}", (rung.name for rung in self.rungs))


@dataclass(frozen=True, slots=True)
class Ladder:
    """The steps of one version of the method."""

    steps: tuple[QualityStep, ...]

    @classmethod
    def of(cls, declared: Iterable[Mapping[str, Any]]) -> "Ladder":
        """The ladder a method file declares."""
        return cls(
            tuple(
                QualityStep(
                    step["step"],
                    tuple(
                        QualityRung(rung["name"], Decimal(rung["multiplier"]), rung["reason"])
                        for rung in step["rungs"]
                    ),
                )
                for step in declared
            )
        )

    def chosen(self, declared: Mapping[str, str]) -> tuple[QualityRung, ...]:
        """The rungs a grade declares, in the order of the ladder. Raises UnknownRung."""
        steps = {step.name: step for step in self.steps}
        for name in declared:
            if name not in steps:
                raise UnknownRung(name, steps)
        return tuple(step.rung(declared[step.name]) for step in self.steps if step.name in declared)

    def combinations(self) -> Iterable[tuple[QualityRung, ...]]:
        """Every quality a grade could declare, one rung per step."""
        return product(*(step.rungs for step in self.steps))


NO_LADDER: Final = Ladder(())
"""The ladder of method 1, which declared bounds and no steps."""


def multiplier(rungs: Iterable[QualityRung]) -> Decimal:
    """The product of the multipliers, exact; 1 without rungs."""
    return prod((rung.multiplier for rung in rungs), start=PAR)
