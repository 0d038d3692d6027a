"""Calls that close the grades of some hardware: wrapping stops, unwrapping goes on."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from pargrade.bindings.grade_registry import GradeListed, GradeRegistry
from pargrade.chain.block import BlockStamp
from pargrade.chain.call import Call
from pargrade.chain.hashing import Address
from pargrade.deployment.session import Session


@dataclass(frozen=True, slots=True)
class GradeClosing:
    """One open grade, and the call with which a guardian closes it."""

    symbol: str
    """As the deployment file names it; its unit's address where it names none."""
    model: str
    unit: Address
    call: Call[None]

    def to_json(self) -> dict[str, Any]:
        """The call for machines and for a wallet of several signers."""
        return {
            "grade": self.symbol,
            "hardware": self.model,
            "unit": self.unit,
            "to": self.call.to,
            "data": "0x" + self.call.data.hex(),
        }


def grade_closings(
    session: Session, head: BlockStamp, models: Collection[str]
) -> list[GradeClosing]:
    """The open grades of these kinds of hardware, in order of listing. Raises ChainError."""
    registry = GradeRegistry(session.chain, session.deployment.address("GradeRegistry"))
    names = {grade.unit: symbol for symbol, grade in session.deployment.grades.items()}
    listed = registry.history(GradeListed, first=session.deployment.block, last=head.number)
    return [
        GradeClosing(
            symbol=names.get(event.unit) or event.unit,
            model=event.terms.model,
            unit=event.unit,
            call=registry.close(event.unit),
        )
        for _, event in listed
        if event.terms.model in models and not registry.grade(event.unit, block=head).closed
    ]
