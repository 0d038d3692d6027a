"""A token as a command meets it: by its symbol, with what the caller holds and has approved."""

from dataclasses import dataclass
from typing import Any, Self

from pargrade.bindings.ierc20_metadata import IERC20Metadata
from pargrade.chain.block import At
from pargrade.chain.call import Call
from pargrade.chain.hashing import Address
from pargrade.chain.rpc import Chain
from pargrade.errors import PargradeError
from pargrade.text import amount


class NotEnough(PargradeError):
    """A holder has less than a command needs of it."""

    def __init__(self, holder: Address, held: str, needed: str) -> None:
        self.holder = holder
        self.held = held
        self.needed = needed
        self.hint = f"Give less, or send the rest to {holder} first."
        super().__init__(f"{holder} holds {held}, not {needed}")


@dataclass(frozen=True, slots=True)
class Token:
    """An ERC-20 token."""

    contract: IERC20Metadata
    symbol: str
    decimals: int

    @classmethod
    def read(cls, chain: Chain, address: Address, block: At) -> Self:
        """The token at an address. Raises NoContract."""
        contract = IERC20Metadata(chain, address)
        return cls(contract, contract.symbol(block=block), contract.decimals(block=block))

    def shown(self, raw: int) -> str:
        """Base units for people."""
        return amount(raw, self.decimals, self.symbol)

    def held_by(self, holder: Address, block: At) -> int:
        """Base units a holder has."""
        return self.contract.balance_of(holder, block=block)

    def require(self, holder: Address, raw: int, block: At) -> None:
        """Raises NotEnough when the holder has less."""
        held = self.held_by(holder, block)
        if held < raw:
            raise NotEnough(holder, self.shown(held), self.shown(raw))

    def approvals(self, owner: Address, spender: Address, raw: int, block: At) -> list[Call[Any]]:
        """The approval that is still needed, for exactly this amount; none when there is one."""
        if self.contract.allowance(owner, spender, block=block) >= raw:
            return []
        return [self.contract.approve(spender, raw)]
