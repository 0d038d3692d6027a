"""Wrapping tokens into units and unwrapping them: the calls, and what they announced."""

from dataclasses import dataclass
from typing import Any, Self

from pargrade.bindings.wrapped_unit import WrappedUnit
from pargrade.chain.block import BlockStamp
from pargrade.chain.call import Call
from pargrade.chain.hashing import Address
from pargrade.deployment.session import Session
from pargrade.deployment.token import Token


@dataclass(frozen=True, slots=True)
class WrappedGrade:
    """A grade's wrapped unit and its token. All reads are of one block."""

    symbol: str
    contract: WrappedUnit
    token: Token
    unit: Token
    block: BlockStamp

    @classmethod
    def read(cls, session: Session, symbol: str) -> Self:
        """The grade of a symbol, at the head. Raises NotDeployed, NoContract."""
        block = session.chain.head()
        contract = WrappedUnit(session.chain, session.deployment.grade(symbol).unit)
        return cls(
            symbol=symbol,
            contract=contract,
            token=Token.read(session.chain, contract.factor(block=block).token, block),
            unit=Token.read(session.chain, contract.address, block),
            block=block,
        )

    @property
    def is_short(self) -> bool:
        """The tokens held back fewer units than exist."""
        return self.contract.is_short(block=self.block)

    def wrap_calls(
        self, owner: Address, tokens: int, *, minimum: int = 0, to: Address | None = None
    ) -> list[Call[Any]]:
        """Calls of `owner` that wrap base units of the token, an approval for exactly them first.

        The units, rounded down, go to `to` or else to the owner; fewer than `minimum` wei of them
        are refused by the contract. Raises NotEnough.
        """
        self.token.require(owner, tokens, self.block)
        approvals = self.token.approvals(owner, self.contract.address, tokens, self.block)
        return [*approvals, self.contract.wrap(tokens, minimum, to or owner)]

    def unwrap_calls(
        self, owner: Address, units: int, *, minimum: int | None = None, to: Address | None = None
    ) -> list[Call[Any]]:
        """The call of `owner` that turns wei of units back into tokens.

        Fewer than `minimum` base units are refused by the contract; None is what the units are
        worth at this block, rounded down. Raises NotEnough.
        """
        self.unit.require(owner, units, self.block)
        if minimum is None:
            minimum = self.contract.preview_unwrap(units, block=self.block).tokens
        return [self.contract.unwrap(units, minimum, to or owner)]
