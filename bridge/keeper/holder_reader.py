"""What the keeper reads of a holder, at one block."""

from typing import Final

from bridge.ledger.entry import PositionId
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import ZERO_ADDRESS, Address

_DELEGATION: Final = bytes.fromhex("ef0100")
"""EIP-7702: how the code of an account begins that delegates to code."""
_DELEGATION_SIZE: Final = 23


class HolderReader:
    """Reads holdings, and who has to redeem for itself."""

    def __init__(self, market: FuturesMarket) -> None:
        self._market = market

    def lots(self, holder: Address, position: PositionId, block: BlockStamp) -> int:
        """Lots of a position an account holds."""
        return self._market.balance_of(holder, position, block=block)

    def must_redeem_itself(self, holder: Address, block: BlockStamp) -> bool:
        """True for a contract that named no payout address: the market passes it over.

        An account that merely delegates to code (EIP-7702) is paid like any other.
        """
        code = self._market.chain.code(holder, block=block)
        if not code or (len(code) == _DELEGATION_SIZE and code.startswith(_DELEGATION)):
            return False
        return self._market.payout_address(holder, block=block) == ZERO_ADDRESS
