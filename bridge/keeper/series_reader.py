"""What the keeper reads of a series, all of it at one block."""

from typing import Final

from bridge.ledger.contracts import Contracts
from pargrade.bindings.structs import Phase, SeriesView, Style
from pargrade.chain.block import BlockStamp
from pargrade.chain.errors import Reverted
from pargrade.chain.hashing import ZERO_ADDRESS, Address
from pargrade.futures.next_action import IndexView, Standing, standing

_DELEGATION: Final = bytes.fromhex("ef0100")
"""EIP-7702: how the code of an account begins that delegates to code."""


class SeriesReader:
    """Reads series, holdings and what the index says about a window."""

    def __init__(self, contracts: Contracts) -> None:
        self._market = contracts.market
        self._index = contracts.index

    def read(self, number: int, block: BlockStamp) -> tuple[SeriesView, Standing]:
        """A series and its standing at a block, by that block's time."""
        view = self._market.series(number, block=block)
        return view, standing(view, self._read_index(view, block), block.timestamp)

    def lots(self, holder: Address, position: int, block: BlockStamp) -> int:
        """Lots of a position an account holds."""
        return self._market.balance_of(holder, position, block=block)

    def must_redeem_itself(self, holder: Address, block: BlockStamp) -> bool:
        """True for a contract that named no payout address: the market passes it over.

        An account that merely delegates to code (EIP-7702) is paid like any other.
        """
        code = self._market.chain.code(holder, block=block)
        if not code or (len(code) == 23 and code.startswith(_DELEGATION)):
            return False
        return self._market.payout_address(holder, block=block) == ZERO_ADDRESS

    def _read_index(self, view: SeriesView, block: BlockStamp) -> IndexView:
        terms = view.terms
        waits = view.phase is Phase.OPEN and block.timestamp >= terms.expiry
        if not waits or terms.style is Style.DELIVERY:
            return IndexView(final=False, max_age=0, window=None, compromised=False)
        max_age = self._index.timing(block=block).max_age
        compromised = self._index.is_compromised(terms.start, terms.expiry, block=block)
        if not self._index.is_final(terms.expiry, block=block):
            return IndexView(False, max_age, window=None, compromised=compromised)
        try:
            window = self._index.window(terms.index, terms.start, terms.expiry, block=block)
        except Reverted:
            # No round before the window, so nothing to average: the ladder's last rung is for that.
            window = None
        return IndexView(True, max_age, window, compromised)
