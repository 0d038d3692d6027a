"""What the keeper reads of a holder, at one block."""

from bridge.ledger.entry import PositionId
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import Address
from pargrade.deployment.redemption import find_self_redeeming


class HolderReader:
    """Reads holdings, and who has to redeem for itself."""

    def __init__(self, market: FuturesMarket) -> None:
        self._market = market

    def lots(self, holder: Address, position: PositionId, block: BlockStamp) -> int:
        """Lots of a position an account holds."""
        return self._market.balance_of(holder, position, block=block)

    def must_redeem_itself(self, holder: Address, block: BlockStamp) -> bool:
        """True for a contract that named no payout address: the market passes it over."""
        return holder in find_self_redeeming(self._market, (holder,), block)
