"""What the series of the home chain owe in a route's token, and what their market holds of it.

Every lot that is open locks LOT of the unit its SHORT chose. Once a series is final, LONG and SHORT
share what was locked, and what was redeemed since is no figure of the contract: then `lots` is the
most that is left.
"""

from dataclasses import dataclass
from typing import Any

from bridge.gate.ledger.follower import GateFollower
from bridge.gate.route.pair import RoutePair
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.ierc20_metadata import IERC20Metadata
from pargrade.bindings.structs import Phase, SeriesView
from pargrade.chain.block import BlockStamp
from pargrade.chain.rpc import Chain
from pargrade.units import LOT


@dataclass(frozen=True, slots=True)
class SeriesDebt:
    """One series that takes the unit."""

    name: str
    """As the deployment file has it, else the id."""
    number: int
    phase: Phase
    lots: int
    """Of this unit: those open, or those at the end of the series."""

    @property
    def is_final(self) -> bool:
        """Whether it pays already, so that a part may be paid."""
        return self.phase in (Phase.SETTLED, Phase.DELIVERED)

    @property
    def units(self) -> int:
        """Owed, wei of the unit: exactly while the series is open, at most once it is final."""
        return self.lots * LOT

    def to_json(self) -> dict[str, Any]:
        """For machines; amounts are decimal text, wei."""
        return {
            "series": self.name,
            "series_id": str(self.number),
            "phase": self.phase.name,
            "lots": str(self.lots),
            "owes_at_most" if self.is_final else "owes": str(self.units),
        }


@dataclass(frozen=True, slots=True)
class MarketDebt:
    """All series that take the unit, of one market at one block."""

    held: int
    """Wei of the unit that the market has, for all of them together."""
    series: tuple[SeriesDebt, ...]

    @property
    def owed(self) -> int:
        """Wei that series which are not final owe together."""
        return sum(each.units for each in self.series if not each.is_final)

    @property
    def is_covered(self) -> bool:
        """Whether the market holds what it certainly owes."""
        return self.held >= self.owed

    def to_json(self) -> dict[str, Any]:
        """The sums for machines: decimal text, wei."""
        return {"holds": str(self.held), "owes": str(self.owed)}


def read_market_debt(
    pair: RoutePair, follower: GateFollower, block: BlockStamp
) -> MarketDebt | None:
    """What all endpoints of the home chain say. None where no market is deployed, or none takes it.

    Raises EndpointsDiffer, TooFewEndpoints.
    """
    deployment, token = pair.home.deployment, pair.route.home.token
    if "FuturesMarket" not in deployment.contracts:
        return None
    address = deployment.address("FuturesMarket")
    names = {int(known.series_id): name for name, known in deployment.series.items()}

    def read(chain: Chain) -> MarketDebt:
        market, found = FuturesMarket(chain, address), []
        for number in market.series_ids(block=block):
            view = market.series(number, block=block)
            if token in view.terms.units:
                name = names.get(number, str(number))
                found.append(SeriesDebt(name, number, view.phase, _lots_of(view, token)))
        held = IERC20Metadata(chain, token).balance_of(address, block=block)
        return MarketDebt(held, tuple(found))

    debt = follower.witnesses.agree("the series of its market", read)
    return debt if debt.series else None


def _lots_of(view: SeriesView, unit: str) -> int:
    return view.lots_of[view.terms.units.index(unit)]
