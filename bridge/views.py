"""What the keeper reads from the contracts, all of it at one block."""

from dataclasses import dataclass

from bridge.standing import IndexView, Standing, standing
from bridge.watched import Watched
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.grade_registry import GradeRegistry
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.structs import Phase, SeriesView, Style
from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import ZERO_ADDRESS, Address
from pargrade.chain.rpc import Chain
from pargrade.errors import Reverted

_DELEGATION = bytes.fromhex("ef0100")


@dataclass(frozen=True, slots=True)
class Contracts:
    """The deployment's contracts, typed."""

    market: FuturesMarket
    registry: GradeRegistry
    index: SpotIndex

    @classmethod
    def of(cls, chain: Chain, watched: Watched) -> "Contracts":
        """The contracts at the watched addresses."""
        return cls(
            FuturesMarket(chain, watched.market),
            GradeRegistry(chain, watched.registry),
            SpotIndex(chain, watched.spot_index),
        )

    def series(self, number: int, at: BlockStamp) -> tuple[SeriesView, Standing]:
        """A series and its standing at a block, by that block's time."""
        view = self.market.series(number, at=at)
        return view, standing(view, self._index(view, at), at.timestamp)

    def lots(self, holder: Address, position: int, at: BlockStamp) -> int:
        """Lots of a position an account holds."""
        return self.market.balance_of(holder, position, at=at)

    def must_redeem_itself(self, holder: Address, at: BlockStamp) -> bool:
        """True for a contract that named no payout address: the market passes it over.

        An account that merely delegates to code (EIP-7702) is paid like any other.
        """
        code = self.market.chain.code(holder, at=at)
        if not code or (len(code) == 23 and code.startswith(_DELEGATION)):
            return False
        return self.market.payout_address(holder, at=at) == ZERO_ADDRESS

    def _index(self, view: SeriesView, at: BlockStamp) -> IndexView:
        terms = view.terms
        waits = view.phase is Phase.OPEN and at.timestamp >= terms.expiry
        if not waits or terms.style is Style.DELIVERY:
            return IndexView(final=False, max_age=0, window=None, compromised=False)
        max_age = self.index.timing(at=at).max_age
        compromised = self.index.is_compromised(terms.start, terms.expiry, at=at)
        if not self.index.is_final(terms.expiry, at=at):
            return IndexView(False, max_age, window=None, compromised=compromised)
        try:
            window = self.index.window(terms.index, terms.start, terms.expiry, at=at)
        except Reverted:
            # No round before the window, so nothing to average: the ladder's last rung is for that.
            window = None
        return IndexView(True, max_age, window, compromised)
