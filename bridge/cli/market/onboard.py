"""`pargrade market onboard`."""

from typing import Annotated, Final

import typer

from bridge.cli.market.options import SeriesName, load_key
from bridge.orders.client.onboarding import missing_approvals, signed_approvals
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
from pargrade.errors import PargradeError

_PERMIT_S: Final = 3_600
"""Signatures count so long: whoever holds them could bring them later."""


class OwnApprovals(PargradeError):
    """Tokens that take no permits, where somebody else is to pay."""

    hint = "Leave --payer out: the account itself has to send these."

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} approvals cannot be signed: their tokens take no permits")


def onboard(
    series: SeriesName,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    permits: Annotated[
        bool, typer.Option("--permits", help="Sign what can be signed: one transaction for it.")
    ] = False,
    payer: Annotated[
        str,
        typer.Option(
            "--payer",
            envvar="PARGRADE_PAYER_KEY",
            metavar="KEY",
            help="With --permits, whose coin pays; spelt as --key.",
            show_default="the account",
        ),
    ] = "",
    max_fee: MaxFee = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Let the exchange fill one's orders of a series: approvals, and the exchange as operator.

    Quote and units are approved without limit, for the exchange and for the market. Neither takes
    anything without a signed order. What is there already is not sent again. Tokens that take no
    permits are approved by transactions of the account all the same.
    """
    session = open_session(rpc_url, deployment)
    found = ListedSeries.read(session, series, session.chain.head())
    if permits:
        owner = load_key(key, session.chain.chain_id)
        calls = signed_approvals(session, found, owner, found.block.timestamp + _PERMIT_S)
        if payer and len(calls) > 1:
            raise OwnApprovals(len(calls) - 1)
        account = owner.address
        wallet = open_wallet(session.chain, payer or key, DESK, max_fee)
    else:
        wallet = open_wallet(session.chain, key, DESK, max_fee)
        account = wallet.address
        calls = missing_approvals(session, found, account)
    steps = carry_out(wallet, calls, dry_run=dry_run) if calls else ()
    report(
        {
            "account": account,
            "series": found.name,
            **(to_json(steps) if steps else {"dry_run": dry_run, "steps": []}),
        },
        describe(steps) if steps else f"{account} has every approval already.",
        as_json=as_json,
    )
