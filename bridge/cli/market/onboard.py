"""`pargrade market onboard`."""

from bridge.cli.market.options import SeriesName
from bridge.orders.client.onboarding import missing_approvals
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
from pargrade.deployment.series import ListedSeries
from pargrade.deployment.session import open_session
from pargrade.deployment.transactions import carry_out, describe, to_json
from pargrade.devnet.accounts import DESK


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
    calls = missing_approvals(session, found, wallet.address)
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
