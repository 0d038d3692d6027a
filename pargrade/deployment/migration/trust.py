"""Whom a holder of a new market trusts: its code, index, registry and admin, beside the old ones.

The contract that moves positions compares terms and the name of the index. Who writes that index,
and who may change what, it cannot know: whoever agrees takes the new market's for his own.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, Self

from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import Address
from pargrade.deployment.front import is_index_name
from pargrade.deployment.series import market_of
from pargrade.deployment.session import Session
from pargrade.deployment.shipped_code import CodeCheck, check_code
from pargrade.errors import PargradeError

_DECIDING: Final = frozenset({"Governance", "GradeRegistry", "PhasedIndex", "FuturesMarket"})
"""Contracts that, beside indices, decide what a position is worth and who gets it."""


class OtherTrust(PargradeError):
    """A new market that others decide about than about the old one."""

    hint = (
        "Ask who runs it. With --trust-new you take its index, its admin and its code for your own."
    )

    def __init__(self, reasons: tuple[str, ...]) -> None:
        self.reasons = reasons
        super().__init__("the new market is another's to decide: " + "; ".join(reasons))


@dataclass(frozen=True, slots=True)
class Trusted:
    """Whom a market asks, as the market itself says."""

    market: Address
    index: Address
    """What prices its series."""
    registry: Address
    """What lists its grades."""
    authority: Address
    """Who may list, cap and stop."""

    @classmethod
    def read(cls, session: Session, block: BlockStamp) -> Self:
        """Of the market of a deployment. Raises NoContract."""
        market = market_of(session)
        return cls(
            market=market.address,
            index=market.spot_index(block=block),
            registry=market.registry(block=block),
            authority=market.authority(block=block),
        )

    def to_json(self) -> dict[str, str]:
        """For machines."""
        return {
            "market": self.market,
            "index": self.index,
            "registry": self.registry,
            "authority": self.authority,
        }


@dataclass(frozen=True, slots=True)
class Trust:
    """Both markets, and how the new one stands to what ships."""

    old: Trusted
    new: Trusted
    checks: tuple[CodeCheck, ...]
    """Of what decides about positions in the new deployment."""

    @classmethod
    def read(cls, source: Session, target: Session, block: BlockStamp) -> Self:
        """Compares both markets. Raises NotDeployed for a file that lacks contracts."""
        known = target.deployment
        contracts = {name: known.contracts[name] for name in known.contracts if _decides(name)}
        # Grades are those that its registry lists, whatever the file calls them.
        deciding = replace(known, contracts=contracts, grades={})
        checks = tuple(check_code(target.chain, deciding))
        return cls(Trusted.read(source, block), Trusted.read(target, block), checks)

    @property
    def differing(self) -> tuple[CodeCheck, ...]:
        """What of the new deployment is not what ships."""
        return tuple(check for check in self.checks if check.difference)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why to go on has to be said; a registry of its own lists the same grades or none."""
        found = [f"{check.name}: {check.difference}" for check in self.differing]
        if self.new.index != self.old.index:
            found.append(f"index {self.new.index}, not {self.old.index}")
        if self.new.authority != self.old.authority:
            found.append(f"authority {self.new.authority}, not {self.old.authority}")
        return tuple(found)

    def require(self, *, accepted: bool) -> None:
        """Raises OtherTrust for any reason that was not accepted."""
        if self.reasons and not accepted:
            raise OtherTrust(self.reasons)

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "old": self.old.to_json(),
            "new": self.new.to_json(),
            "as_it_ships": not self.differing,
            "differs": {check.name: check.difference for check in self.differing},
        }

    def lines(self) -> list[tuple[str, str, str]]:
        """What, of the old market and of the new one, for people."""
        old, new = self.old.to_json(), self.new.to_json()
        rows = [(what, old[what], _same(old[what], new[what])) for what in old]
        first = self.differing[0] if self.differing else None
        ships = f"{first.name}: {first.difference}" if first else "as it ships"
        return [*rows, ("code", "", ships)]


def _decides(name: str) -> bool:
    return name in _DECIDING or is_index_name(name)


def _same(old: str, new: str) -> str:
    return "the same" if old == new else new
