"""Units that whoever sends the pages of a migration has to have, for what rounding takes."""

from dataclasses import dataclass
from typing import Any, Self

from pargrade.chain.hashing import Address
from pargrade.deployment.migration.plan import Migration
from pargrade.deployment.token import Token


@dataclass(frozen=True, slots=True)
class UnitNeed:
    """Of one new unit."""

    unit: Token
    needed: int
    """The most that all pages together take, wei."""
    held: int | None
    """By the sender; None where nobody was named."""

    @classmethod
    def read(cls, migration: Migration, unit: Address, needed: int, sender: Address | None) -> Self:
        """What a sender needs and has of a unit. Raises NoContract."""
        token = Token.read(migration.target.chain, unit, migration.block)
        held = None if sender is None else token.held_by(sender, migration.block)
        return cls(token, needed, held)

    def describe(self) -> str:
        """For people."""
        needs = f"Rounding takes at most {self.unit.shown(self.needed)} of whoever runs it"
        if self.held is None:
            return f"{needs}, and gives as many old ones; --sender says whether it has them"
        has = "enough" if self.held >= self.needed else "TOO LITTLE"
        return f"{needs}, and gives as many old ones; it has {self.unit.shown(self.held)}: {has}"

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "unit": self.unit.contract.address,
            "symbol": self.unit.symbol,
            "needed": str(self.needed),
            "held": None if self.held is None else str(self.held),
        }
