"""`pargrade market curve`."""

from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.market.options import DEFAULT_RELAY, RelayUrl
from bridge.orders.book.mark import MarkSource
from bridge.orders.client.client import RelayClient, RelayRefused
from bridge.orders.client.forward import (
    BandPoint,
    SeriesPrices,
    forward_band,
    read_term_quotes,
)
from pargrade.cli.toolkit.options import DEFAULT_RPC, AsJson, DeploymentFile, PlotFile, RpcUrl
from pargrade.cli.toolkit.output import Table, report
from pargrade.cli.toolkit.plot import save_figure
from pargrade.deployment.series import ListedSeries
from pargrade.deployment.session import open_session
from pargrade.text import moment
from pargrade.units import Price


def curve(
    relay: RelayUrl = DEFAULT_RELAY,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    term_quotes: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="CSV of provider, months, usd_per_scu.",
            show_default=False,
            dir_okay=False,
        ),
    ] = None,
    plot: PlotFile = None,
    as_json: AsJson = False,
) -> None:
    """Show what each coming month is priced at: bids, asks, calls, and term quotes of providers.

    A band and no curve: a month that nobody prices has none, and nothing is interpolated.
    """
    session = open_session(rpc_url, deployment)
    quotes = read_term_quotes(term_quotes) if term_quotes else []
    head = session.chain.head()
    listed = [ListedSeries.read(session, name, head) for name in session.deployment.series]
    with RelayClient(relay) as client:
        prices = [
            read_prices(client, series)
            for series in listed
            if head.timestamp < series.view.terms.expiry
        ]
    points = forward_band(prices, quotes, head.timestamp)
    if plot is not None:
        from bridge.cli.market.plots import plot_band

        save_figure(plot_band(points), plot)
    columns = ("series", "until", "bid", "ask", "mark", "low", "high", "from")
    numbers = frozenset({"bid", "ask", "mark", "low", "high"})
    report(
        {"points": [point.to_json() for point in points]},
        Table(columns, [_row(point) for point in points], numbers=numbers)
        if points
        else "No series is traded.",
        *([f"{plot} written."] if plot else []),
        as_json=as_json,
    )


def read_prices(client: RelayClient, series: ListedSeries) -> SeriesPrices:
    """What a relay has of a series; nothing of one that it does not know. Raises RelayDown."""
    try:
        depth, calls = client.depth(series.number, 1), client.calls(series.number, 1)
    except RelayRefused:
        depth, calls = None, []
    return SeriesPrices(
        name=series.name,
        start=series.view.terms.start,
        expiry=series.view.terms.expiry,
        bid=depth.bids[0][0] if depth and depth.bids else 0,
        ask=depth.asks[0][0] if depth and depth.asks else 0,
        mark=calls[0].mark if calls else 0,
        source=(calls[0].source if calls else MarkSource.NONE).name,
    )


def _row(point: BandPoint) -> tuple[str, ...]:
    found = point.prices
    prices = (found.bid, found.ask, found.mark, point.low, point.high)
    shown = (Price(price).text() if price else "" for price in prices)
    return (found.name, moment(found.expiry), *shown, ", ".join(point.sources) or "nothing")
