"""`pargrade market calls`."""

from typing import Annotated

import typer

from bridge.cli.market.options import DEFAULT_RELAY, Desk, RelayUrl, SeriesName
from pargrade.cli.toolkit.options import DEFAULT_RPC, AsJson, DeploymentFile, RpcUrl
from pargrade.cli.toolkit.output import Table, report
from pargrade.text import moment
from pargrade.units import Price

_MOST = 24


def calls(
    series: SeriesName,
    daily: Annotated[
        bool, typer.Option("--daily", help="The settlement mark of each day instead.")
    ] = False,
    relay: RelayUrl = DEFAULT_RELAY,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    as_json: AsJson = False,
) -> None:
    """Show the newest hourly calls of a series: price, lots, and the mark that followed.

    A mark comes from the call, else from the middle of the book, else from the index, and LAST
    where it stayed.
    """
    desk = Desk.open(relay, rpc_url, deployment, series)
    number = desk.series.number
    found = desk.relay.marks(number) if daily else desk.relay.calls(number, _MOST)
    rows = [
        (
            moment(call.time),
            _usd(call.price),
            f"{call.lots:,}",
            _usd(call.mark),
            call.source.name,
        )
        for call in found
    ]
    columns, numbers = ("hour", "price", "lots", "mark", "from"), {"price", "lots", "mark"}
    report(
        {"series": series, "calls": [call.to_json() for call in found]},
        Table(columns, rows, numbers=frozenset(numbers)) if rows else "There was no call yet.",
        as_json=as_json,
    )


def _usd(price: int) -> str:
    return Price(price).text() if price else "none"
