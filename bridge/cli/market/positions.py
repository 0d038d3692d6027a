"""`pargrade market positions`."""

from typing import Annotated

import typer

from bridge.cli.market.curve import read_prices
from bridge.cli.market.options import DEFAULT_RELAY, RelayUrl, load_key
from bridge.orders.client.client import RelayClient
from pargrade.cli.toolkit.options import DEFAULT_RPC, AsJson, DeploymentFile, KeyText, RpcUrl
from pargrade.cli.toolkit.output import Table, report
from pargrade.cli.toolkit.parse import account
from pargrade.deployment.series import ListedSeries, market_of
from pargrade.deployment.session import open_session
from pargrade.futures.payoff import lot_value
from pargrade.units import Price


def positions(
    owner: Annotated[
        str | None,
        typer.Option("--of", metavar="ADDRESS", help="Whose positions.", show_default="the key's"),
    ] = None,
    relay: RelayUrl = DEFAULT_RELAY,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    as_json: AsJson = False,
) -> None:
    """Show what an account holds in every series, and what its exposure is worth at the mark.

    Exposure is lots times the value of a lot at the mark: above zero for LONG, below for SHORT.
    """
    session = open_session(rpc_url, deployment)
    chain_id = session.chain.chain_id
    whose = account(owner, "the owner") if owner else load_key(key, chain_id).address
    market, head = market_of(session), session.chain.head()
    found, rows = [], []
    with RelayClient(relay) as client:
        for name in session.deployment.series:
            series = ListedSeries.read(session, name, head)
            mark = 0
            for side in series.sides:
                lots = market.balance_of(whose, series.number + side, block=head)
                if not lots:
                    continue
                mark = mark or read_prices(client, series).mark
                sign = -1 if side else 1
                worth = sign * lots * lot_value(Price(mark), series.quote.decimals)
                title = series.side_name(side)
                found.append(
                    {
                        "series": name,
                        "position": title,
                        "lots": str(lots),
                        "mark": str(mark) if mark else None,
                        "exposure": str(worth) if mark else None,
                    }
                )
                shown = (Price(mark).text(), series.quote.shown(worth)) if mark else ("none", "")
                rows.append((name, title, f"{lots:,}", *shown))
    columns, numbers = ("series", "position", "lots", "mark", "exposure"), {"lots", "mark"}
    report(
        {"account": whose, "positions": found},
        Table(columns, rows, numbers=frozenset(numbers | {"exposure"}))
        if rows
        else f"{whose} holds no position.",
        as_json=as_json,
    )
