"""A listed grade as it stands: its unit, its token, and what is locked."""

from dataclasses import dataclass
from typing import Any, Self

from pargrade.bindings.grade_registry import GradeRegistry
from pargrade.bindings.structs import Factor, Grade
from pargrade.bindings.wrapped_unit import WrappedUnit
from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import Address
from pargrade.deployment.grade_shortage import Shortage
from pargrade.deployment.session import Session
from pargrade.deployment.token import Token
from pargrade.text import moment


@dataclass(frozen=True, slots=True)
class ListedGrade:
    """All reads are of one block."""

    symbol: str
    token: Token
    token_name: str
    unit: Token
    factor: Factor
    grade: Grade
    locked: int
    """Base units of the token that the unit holds."""
    supply: int
    """Units in existence, wei."""
    short: bool
    """What is held backs fewer units than exist."""
    shortage: Shortage
    block: BlockStamp

    @classmethod
    def read(cls, session: Session, symbol: str, unit: Address, block: BlockStamp) -> Self:
        """The grade of a unit. Raises NoContract, UnknownUnit."""
        registry = GradeRegistry(session.chain, session.deployment.address("GradeRegistry"))
        wrapped = WrappedUnit(session.chain, unit)
        factor = wrapped.factor(block=block)
        token = Token.read(session.chain, factor.token, block)
        return cls(
            symbol=symbol,
            token=token,
            token_name=token.contract.name(block=block),
            unit=Token.read(session.chain, unit, block),
            factor=factor,
            grade=registry.grade(unit, block=block),
            locked=token.held_by(unit, block),
            supply=wrapped.total_supply(block=block),
            short=wrapped.is_short(block=block),
            shortage=Shortage.read(registry, unit, block),
            block=block,
        )

    @property
    def state(self) -> str:
        """Whether it takes new wraps, and if not why, in a word or two."""
        now = self.block.timestamp
        if found := self.shortage.describe():
            return found
        if self.short:
            return "short"
        if self.grade.impaired_at:
            ahead = self.grade.impaired_at > now
            return f"impaired {'from' if ahead else 'since'} {moment(self.grade.impaired_at)}"
        if self.grade.closed:
            return "closed"
        return "expired" if self.factor.valid_until <= now else "open"

    def to_json(self) -> dict[str, Any]:
        """The grade for machines."""
        return {
            "symbol": self.symbol,
            "kind": self.grade.kind.name,
            "token": self.token.contract.address,
            "decimals": self.token.decimals,
            "unit": self.unit.contract.address,
            "grade_id": "0x" + self.grade.id.hex(),
            "scu_per_token": str(self.factor.scu_per_token),
            "valid_until": self.factor.valid_until,
            "deposit_cap": str(self.factor.deposit_cap),
            "locked": str(self.locked),
            "units": str(self.supply),
            "state": self.state,
            "reserves": self.shortage.to_json(),
        }

    def lines(self) -> list[tuple[str, str]]:
        """Where it stands, for people."""
        return [
            ("grade id", "0x" + self.grade.id.hex()),
            ("unit", f"{self.unit.symbol} at {self.unit.contract.address}"),
            ("locked", self.token.shown(self.locked)),
            ("units", self.unit.shown(self.supply)),
            ("state", self.state),
        ]


def listed_grades(session: Session, block: BlockStamp) -> list[ListedGrade]:
    """Every grade on the chain, in order of listing, named as the deployment file names it."""
    registry = GradeRegistry(session.chain, session.deployment.address("GradeRegistry"))
    names = {grade.unit: symbol for symbol, grade in session.deployment.grades.items()}
    return [
        ListedGrade.read(session, names.get(unit) or unit, unit, block)
        for unit in registry.units(block=block)
    ]
