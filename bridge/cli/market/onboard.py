"""`pargrade market onboard`."""

from typing import Any, Final

from bridge.cli.market.options import SeriesName
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.ierc20_metadata import IERC20Metadata
from pargrade.chain.call import Call
from pargrade.chain.hashing import Address
from pargrade.cli.toolkit.options import (
    DEFAULT_RPC,
    AsJson,
    DeploymentFile,
    DryRun,
    KeyText,
    MaxFee,
    RpcUrl,
)
from pargrade.cli.toolkit.output import report
from pargrade.cli.toolkit.session import open_wallet
from pargrade.deployment.series import ListedSeries, market_of
from pargrade.deployment.session import Session, open_session
from pargrade.deployment.transactions import carry_out, describe, to_json
from pargrade.devnet.accounts import DESK

_WITHOUT_LIMIT: Final = 2**256 - 1
_PLENTY: Final = 2**128
"""An allowance above it needs no renewal."""


def onboard(
    series: SeriesName,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    max_fee: MaxFee = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Let the exchange fill one's orders of a series: approvals, and the exchange as operator.

    Quote and units are approved without limit, for the exchange and for the market. Neither takes
    anything without a signed order. What is there already is not sent again.
    """
    session = open_session(rpc_url, deployment)
    wallet = open_wallet(session.chain, key, DESK, max_fee)
    found = ListedSeries.read(session, series, session.chain.head())
    calls = _missing(session, found, wallet.address)
    steps = carry_out(wallet, calls, dry_run=dry_run) if calls else ()
    report(
        {
            "account": wallet.address,
            "series": found.name,
            **(to_json(steps) if steps else {"dry_run": dry_run, "steps": []}),
        },
        describe(steps) if steps else f"{wallet.address} has every approval already.",
        as_json=as_json,
    )


def _missing(session: Session, series: ListedSeries, owner: Address) -> list[Call[Any]]:
    exchange = session.deployment.address("FuturesExchange")
    market: FuturesMarket = market_of(session)
    terms, calls = series.view.terms, list[Call[Any]]()
    for address in (terms.quote_token, *terms.units):
        token = IERC20Metadata(session.chain, address)
        for spender in (exchange, market.address):
            if token.allowance(owner, spender, block=series.block) < _PLENTY:
                calls.append(token.approve(spender, _WITHOUT_LIMIT))
    if not market.is_operator(owner, exchange, block=series.block):
        calls.append(market.set_operator(exchange, True))
    return calls
