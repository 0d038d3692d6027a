"""`pargrade market book` and `pargrade market quote`."""

from enum import StrEnum
from itertools import zip_longest
from typing import Annotated

import typer

from bridge.cli.market.options import (
    DEFAULT_RELAY,
    ContractsCount,
    Desk,
    LotsCount,
    RelayUrl,
    SeriesName,
)
from bridge.orders.client.answers import HeldCall
from bridge.orders.client.quote import TradeQuote, make_quote
from pargrade.bindings.structs import Side
from pargrade.chain.errors import ContractError
from pargrade.cli.toolkit.options import DEFAULT_RPC, AsJson, DeploymentFile, PlotFile, RpcUrl
from pargrade.cli.toolkit.output import Table, report
from pargrade.cli.toolkit.parse import lots_of, reference_price
from pargrade.cli.toolkit.plot import save_figure
from pargrade.deployment.series_state import spot_index_of
from pargrade.futures.payoff import Style
from pargrade.text import moment
from pargrade.units import Price, Scu


class SideName(StrEnum):
    """What a person wants to do."""

    BUY = "buy"
    SELL = "sell"


LimitPrice = Annotated[
    str | None,
    typer.Option(
        "--limit",
        metavar="USD",
        help="Worst price per SCU, with the fee in it.",
        show_default="what the book asks",
    ),
]


def book(
    series: Annotated[
        str | None,
        typer.Argument(
            metavar="[SERIES]", help="Name of the series.", show_default="the next to expire"
        ),
    ] = None,
    relay: RelayUrl = DEFAULT_RELAY,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    plot: PlotFile = None,
    as_json: AsJson = False,
) -> None:
    """Show what is bid and asked, the best price first, and what the last hourly call came to."""
    desk = (
        Desk.open(relay, rpc_url, deployment, series)
        if series
        else Desk.open_next(relay, rpc_url, deployment)
    )
    depth, calls = desk.relay.depth(desk.series.number), desk.relay.calls(desk.series.number, 1)
    if plot is not None:
        from bridge.cli.market.plots import plot_depth

        save_figure(plot_depth(desk.series.name, depth), plot)
    bids = [(f"{lots:,}", _usd(price)) for price, lots in depth.bids]
    asks = [(_usd(price), f"{lots:,}") for price, lots in depth.asks]
    rows = [(*bid, *ask) for bid, ask in zip_longest(bids, asks, fillvalue=("", ""))]
    columns = ("lots bid", "bid", "asked", "lots asked")
    report(
        {
            "series": desk.series.name,
            "sequence": depth.sequence,
            "bids": [[str(price), str(lots)] for price, lots in depth.bids],
            "asks": [[str(price), str(lots)] for price, lots in depth.asks],
            "call": calls[0].to_json() if calls else None,
        },
        Table(columns, rows, desk.series.name, frozenset(columns))
        if rows
        else f"{desk.series.name}: nothing is bid or asked.",
        describe_call(calls[0]) if calls else "There was no call yet.",
        *([f"{plot} written."] if plot else []),
        as_json=as_json,
    )


def quote(
    side: Annotated[SideName, typer.Argument(metavar="buy|sell", help="What to do.")],
    series: SeriesName,
    lots: LotsCount = None,
    contracts: ContractsCount = None,
    limit: LimitPrice = None,
    relay: RelayUrl = DEFAULT_RELAY,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    as_json: AsJson = False,
) -> None:
    """Show what a trade ties up, its fee and basis, and what each side gets at S = K ± 30 %.

    The basis is what an SCU costs above the fresh index: by the average of the lots that are filled
    at once, else by the limit.

    Nothing is signed or sent.
    """
    desk = Desk.open(relay, rpc_url, deployment, series)
    found = quote_of(desk, Side[side.name], lots_of(lots, contracts), limit)
    report(found.to_json(), *describe_quote(desk, found), as_json=as_json)


def quote_of(desk: Desk, side: Side, lots: int, price: str | None) -> TradeQuote:
    """A quote against the relay's book."""
    rules, depth = desk.relay.rules(), desk.relay.depth(desk.series.number, 500)
    levels = depth.asks if side is Side.BUY else depth.bids
    style = Style(desk.series.style)
    limit = None if price is None else int(reference_price(price))
    index = read_index(desk)
    return make_quote(desk.terms, style, side, lots, levels, rules.fee_bps, limit, index)


def read_index(desk: Desk) -> int:
    """The fresh index of a series at its block, 0 for none. Raises RpcDown, NotDeployed."""
    index = spot_index_of(desk.session)
    try:
        return int(index.fresh(desk.terms.index, block=desk.series.block).value)
    except ContractError:
        return 0


def describe_call(call: HeldCall) -> str:
    """A call in a line."""
    traded = f"{call.lots:,} lots at {_usd(call.price)}" if call.lots else "nothing traded"
    marked = f"mark {_usd(call.mark)} from {call.source.name.lower()}" if call.mark else "no mark"
    return f"Call of {moment(call.time)}: {traded}; {marked}."


def describe_quote(desk: Desk, found: TradeQuote, waits: str = "") -> tuple[Table | str, ...]:
    """A quote for people. `waits`, for what it waits where its rule lets it take nothing."""
    shown = desk.series.quote.shown
    tied = [shown(found.quote_tied)] if found.quote_tied else []
    tied += [f"{Scu(found.units_tied).text()} units"] if found.units_tied else []
    taken = [
        ("fills at once", f"{found.now:,} of {found.lots:,} lots"),
        ("average price", _usd(found.average) if found.now else "none"),
    ]
    facts = [
        *([("fills at once", f"nothing: it waits for {waits}")] if waits else taken),
        ("limit", _usd(found.limit) if found.limit else "none: nothing is offered"),
        ("ties up", " and ".join(tied) or "nothing"),
        *([] if waits else [("fee", shown(found.fee))]),
        ("index", _usd(found.index) if found.index else "none: it is not fresh"),
        ("basis", _basis(found)),
    ]
    rows = [
        (
            _usd(each.settlement),
            shown(each.long_quote),
            Scu(each.long_units).text(),
            shown(each.short_quote),
            Scu(each.short_units).text(),
        )
        for each in found.scenarios
    ]
    columns = ("S", "LONG gets", "and units", "SHORT gets", "and units ")
    return (
        Table(("quote", ""), facts),
        Table(columns, rows, numbers=frozenset(columns)),
    )


def _basis(found: TradeQuote) -> str:
    if found.basis is None:
        return "none"
    sign = "-" if found.basis < 0 else "+"
    return f"{sign}{_usd(abs(found.basis))}, {found.basis_percent} %"


def _usd(price: int) -> str:
    return Price(price).text()
