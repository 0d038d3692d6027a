"""`pargrade futures list` and `pargrade futures show`."""

from typing import Annotated, Any

import typer

from pargrade.bindings.structs import Phase
from pargrade.chain.development import is_development
from pargrade.chain.hashing import Address
from pargrade.cli.futures.options import Series
from pargrade.cli.futures.series_output import (
    coverage_document,
    list_row,
    payoff_document,
    payoff_table,
    terms_document,
    terms_table,
)
from pargrade.cli.toolkit.options import DEFAULT_RPC, AsJson, DeploymentFile, KeyText, RpcUrl
from pargrade.cli.toolkit.output import Table, report
from pargrade.cli.toolkit.parse import account
from pargrade.deployment.series import ListedSeries, lots_shown, market_of, window_so_far
from pargrade.deployment.series_state import read_next_action, spot_index_of
from pargrade.deployment.session import Session, open_session
from pargrade.deployment.token import Token
from pargrade.devnet.accounts import DESK
from pargrade.futures.next_action import NextAction, describe
from pargrade.futures.payoff import LotPayoff, Style, banded_payoff, payoff
from pargrade.keys.source import load_signer
from pargrade.units import Price, Scu

_LIST_COLUMNS = ("series", "style", "grades", "from", "expires", "K", "lots", "phase", "S", "due")


def list_series(
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    as_json: AsJson = False,
) -> None:
    """Show every series of the market, in order of listing, and what is due for it."""
    session = open_session(rpc_url, deployment)
    listed = _read_all(session)
    report(
        [{**terms_document(series), **due.to_json()} for series, due in listed],
        Table(
            _LIST_COLUMNS,
            [list_row(series, due) for series, due in listed],
            numbers=frozenset({"K", "lots", "S"}),
        ),
        as_json=as_json,
    )


def show(
    series: Series,
    holder: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Whose balances to show.", show_default="the key's account"
        ),
    ] = None,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    as_json: AsJson = False,
) -> None:
    """Show a series: terms, phase, coverage, what is due, what a lot pays, a holder's balances."""
    session = open_session(rpc_url, deployment)
    found = ListedSeries.read(session, series, session.chain.head())
    whose = _holder(session, holder, key)
    window = window_so_far(session, found)
    due = _read_due(session, found)
    per_lot = _read_payoff(session, found)
    document: dict[str, Any] = {
        **terms_document(found),
        "coverage": coverage_document(window),
        "next": describe(due, found.view.terms.style),
        **due.to_json(),
        "per_lot": None if per_lot is None else payoff_document(per_lot),
    }
    tables = [terms_table(found, window, due)]
    if per_lot is not None:
        tables.append(payoff_table(found, per_lot))
    if whose is not None:
        balances = _read_balances(session, found, whose)
        document["balances"] = {name: str(raw) for name, raw, _ in balances}
        rows = [(name, text) for name, _, text in balances]
        tables.append(Table(("held", "amount"), rows, title=f"Of {whose}"))
    report(document, *tables, as_json=as_json)


def _read_all(session: Session) -> list[tuple[ListedSeries, NextAction]]:
    head = session.chain.head()
    names = {int(known.series_id): name for name, known in session.deployment.series.items()}
    listed = []
    for number in market_of(session).series_ids(block=head):
        series = ListedSeries.read(session, names.get(number, str(number)), head)
        listed.append((series, _read_due(session, series)))
    return listed


def _read_due(session: Session, series: ListedSeries) -> NextAction:
    return read_next_action(series.view, spot_index_of(session), series.block)


def _read_payoff(session: Session, series: ListedSeries) -> LotPayoff | None:
    """What a lot pays: by the market once final, by the same arithmetic while proposed."""
    if series.is_final:
        found = market_of(session).payoff(series.number, block=series.block)
        long_units, short_units = Scu(found.long_units), Scu(found.short_units)
        return LotPayoff(found.long_quote, found.short_quote, long_units, short_units)
    if series.view.phase is not Phase.PROPOSED:
        return None
    price, decimals = Price(series.view.price), series.quote.decimals
    if series.is_banded:
        return banded_payoff(series.band, price, decimals)
    return payoff(Style.NET, price, Price(series.view.terms.reference_price), decimals)


def _holder(session: Session, named: str | None, key: str) -> Address | None:
    if named:
        return account(named, "the holder")
    if key:
        return load_signer(key, lambda: session.chain).address
    return DESK.address if is_development(session.chain.chain_id) else None


def _read_balances(
    session: Session, series: ListedSeries, whose: Address
) -> list[tuple[str, int, str]]:
    """Name, raw amount and text of every position and token of the series."""
    market = market_of(session)
    rows = []
    for side in series.sides:
        lots = market.balance_of(whose, series.number + side, block=series.block)
        rows.append((series.side_name(side), lots, lots_shown(lots)))
    units = (Token.read(session.chain, unit, series.block) for unit in series.view.terms.units)
    for token in (series.quote, *units):
        held = token.held_by(whose, series.block)
        rows.append((token.symbol, held, token.shown(held)))
    return rows
