"""The bindings of one deployment's contracts."""

from dataclasses import dataclass

from bridge.ledger.addresses import Watched
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.grade_registry import GradeRegistry
from pargrade.bindings.spot_index import SpotIndex
from pargrade.chain.rpc import Chain


@dataclass(frozen=True, slots=True)
class Contracts:
    """The bindings of the contracts that the ledger is compared with."""

    market: FuturesMarket
    registry: GradeRegistry
    index: SpotIndex
    """As the market asks it, through its front where it has one."""

    @classmethod
    def of(cls, chain: Chain, watched: Watched) -> "Contracts":
        """The contracts at the watched addresses."""
        return cls(
            FuturesMarket(chain, watched.market),
            GradeRegistry(chain, watched.registry),
            SpotIndex(chain, watched.front),
        )
