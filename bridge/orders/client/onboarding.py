"""What an account has to let the exchange and the market take before its orders can be filled."""

from typing import Any, Final

from pargrade.bindings.ierc20_metadata import IERC20Metadata
from pargrade.chain.call import Call
from pargrade.chain.hashing import Address
from pargrade.deployment.series import ListedSeries, market_of
from pargrade.deployment.session import Session

_WITHOUT_LIMIT: Final = 2**256 - 1
_PLENTY: Final = 2**128
"""An allowance above it needs no renewal."""


def missing_approvals(session: Session, series: ListedSeries, owner: Address) -> list[Call[Any]]:
    """Calls of the owner that a series still needs: approvals, and the exchange as operator.

    Quote and units are approved without limit, for the exchange and for the market; neither takes
    anything without a signed order. Raises ChainError.
    """
    exchange = session.deployment.address("FuturesExchange")
    market = market_of(session)
    terms, calls = series.view.terms, list[Call[Any]]()
    for address in (terms.quote_token, *terms.units):
        token = IERC20Metadata(session.chain, address)
        for spender in (exchange, market.address):
            if token.allowance(owner, spender, block=series.block) < _PLENTY:
                calls.append(token.approve(spender, _WITHOUT_LIMIT))
    if not market.is_operator(owner, exchange, block=series.block):
        calls.append(market.set_operator(exchange, True))
    return calls
