"""`pargrade futures list` and `pargrade futures show`."""

from typing import Annotated, Any

import typer

from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.structs import Phase
from pargrade.chain.block import Tag
from pargrade.chain.hashing import Address
from pargrade.chain.keys import Key
from pargrade.cli.futures.trade import Series
from pargrade.cli.schedule import next_step
from pargrade.cli.toolkit.options import DEFAULT_RPC, AsJson, DeploymentFile, KeyText, RpcUrl
from pargrade.cli.toolkit.output import Table, report
from pargrade.cli.toolkit.parse import account
from pargrade.deployment.series import ListedSeries, lots_shown, market_of, window_so_far
from pargrade.deployment.session import Session, open_session
from pargrade.deployment.token import Token
from pargrade.devnet.accounts import DESK
from pargrade.devnet.anvil import DEVNET_CHAIN_ID
from pargrade.futures.payoff import LotPayoff, Style, banded_payoff, payoff
from pargrade.spot_index.accumulator import Window
from pargrade.text import moment
from pargrade.units import Price, Scu, format_amount


def list_series(
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    as_json: AsJson = False,
) -> None:
    """Show every series of the market, in order of listing."""
    session = open_session(rpc_url, deployment)
    head = session.chain.head()
    names = {int(known.series_id): name for name, known in session.deployment.series.items()}
    found = [
        ListedSeries.read(session, names.get(number, str(number)), head)
        for number in market_of(session).series_ids(block=head)
    ]
    report(
        [_terms(series) for series in found],
        Table(
            ("series", "style", "grades", "from", "expires", "K", "lots", "phase", "S"),
            [
                (
                    series.name,
                    series.style,
                    ", ".join(series.grades),
                    moment(series.view.terms.start),
                    moment(series.view.terms.expiry),
                    Price(series.view.terms.reference_price).text(),
                    lots_shown(series.view.lots),
                    series.view.phase.name.lower(),
                    _price(series),
                )
                for series in found
            ],
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
    """Show a series: terms, phase, coverage so far, what a lot pays, and a holder's balances."""
    session = open_session(rpc_url, deployment)
    found = ListedSeries.read(session, series, session.chain.head())
    whose = _holder(session, holder, key)
    window = window_so_far(session, found)
    per_lot = _per_lot(session, found)
    step = _next(session, found, window)
    machine: dict[str, Any] = {
        **_terms(found),
        "coverage": _coverage(window),
        "next": step,
        "per_lot": None if per_lot is None else _payoff_told(per_lot),
    }
    tables = [Table(("", found.name), _lines(found, window, step))]
    if per_lot is not None:
        tables.append(_payoff_table(found, per_lot))
    if whose is not None:
        rows = _balances(session, found, whose)
        machine["balances"] = {name: str(raw) for name, raw, _ in rows}
        shown = [(name, text) for name, _, text in rows]
        tables.append(Table(("held", "amount"), shown, title=f"Of {whose}"))
    report(machine, *tables, as_json=as_json)


def _terms(series: ListedSeries) -> dict[str, Any]:
    view, terms, banded = series.view, series.view.terms, series.is_banded
    return {
        "name": series.name,
        "series_id": str(series.number),
        "style": series.style,
        "index": terms.index,
        "start": terms.start,
        "expiry": terms.expiry,
        "reference_price": str(terms.reference_price),
        "quote_token": terms.quote_token,
        "low": str(terms.low) if series.is_banded else None,
        "high": str(terms.high) if series.is_banded else None,
        "quote_per_lot": str(view.quote_per_lot),
        "short_quote_per_lot": str(view.short_quote_per_lot),
        "grades": [
            {"symbol": symbol, "unit": unit, "lots": lots, "cap_lots": cap}
            for symbol, unit, lots, cap in zip(
                series.grades, terms.units, view.lots_of, terms.cap_lots, strict=not banded
            )
        ],
        "cap_lots": terms.cap_lots[0] if banded else None,
        "lots": view.lots,
        "phase": view.phase.name,
        "price": str(view.price) if view.price else None,
        "challenge_ends": view.challenge_ends or None,
        "impaired": [s for g, s in enumerate(series.grades) if view.impaired >> g & 1],
    }


def _lines(series: ListedSeries, window: Window | None, step: str) -> list[tuple[str, str]]:
    view, terms = series.view, series.view.terms
    lines = [
        ("id", str(series.number)),
        ("style", series.style),
        ("window", f"{moment(terms.start)} to {moment(terms.expiry)}"),
        ("K", f"{Price(terms.reference_price).text()} USD per SCU"),
        ("locked", lots_shown(view.lots)),
        *_locks(series),
        ("phase", view.phase.name.lower()),
    ]
    if window is None:
        lines.append(("coverage", "nothing of the window is final yet"))
    else:
        share = format_amount(window.covered_time * 10**4 // window.span, 2)
        so_far = f"{share} % up to {moment(terms.start + window.span)}"
        average = f", average {window.price().text()}" if window.covered_time else ""
        lines.append(("coverage", so_far + average))
    if view.price:
        lines.append(("S", f"{Price(view.price).text()} USD per SCU"))
    return [*lines, ("next", step)]


def _locks(series: ListedSeries) -> list[tuple[str, str]]:
    view, terms = series.view, series.view.terms
    of_long = series.quote.shown(view.quote_per_lot)
    if series.is_banded:
        band = series.band
        return [
            ("band", f"{band.low.text()} to {band.high.text()} USD per SCU"),
            ("cap", f"{view.lots:,} of {terms.cap_lots[0]:,} lots"),
            ("a lot locks", f"{of_long} and {series.quote.shown(view.short_quote_per_lot)}"),
        ]
    return [
        *(
            (f"grade {symbol}", f"{lots:,} of {cap:,} lots")
            for symbol, lots, cap in zip(series.grades, view.lots_of, terms.cap_lots, strict=True)
        ),
        ("a lot locks", f"{of_long} and 0.01 units"),
    ]


def _coverage(window: Window | None) -> dict[str, Any] | None:
    if window is None:
        return None
    return {
        "covered_seconds": window.covered_time,
        "span_seconds": window.span,
        "long_gap": window.long_gap,
        "average": str(int(window.price())) if window.covered_time else None,
    }


def _price(series: ListedSeries) -> str:
    return Price(series.view.price).text() if series.view.price else ""


def _next(session: Session, series: ListedSeries, window: Window | None) -> str:
    index = SpotIndex(session.chain, session.deployment.address("SpotIndex"))
    expiry = series.view.terms.expiry
    now = session.chain.block(Tag.PENDING).timestamp
    return next_step(series.view, now, index.is_final(expiry, block=series.block), window)


def _per_lot(session: Session, series: ListedSeries) -> LotPayoff | None:
    """What a lot pays: the market's own word once final, the same arithmetic while proposed."""
    if series.is_final:
        p = market_of(session).payoff(series.number, block=series.block)
        return LotPayoff(p.long_quote, p.short_quote, Scu(p.long_units), Scu(p.short_units))
    if series.view.phase is Phase.PROPOSED:
        terms = series.view.terms
        if series.is_banded:
            return banded_payoff(series.band, Price(series.view.price), series.quote.decimals)
        reference = Price(terms.reference_price)
        return payoff(Style.NET, Price(series.view.price), reference, series.quote.decimals)
    return None


def _payoff_told(per_lot: LotPayoff) -> dict[str, str]:
    return {
        "long_quote": str(per_lot.long_quote),
        "short_quote": str(per_lot.short_quote),
        "long_units": str(per_lot.long_units),
        "short_units": str(per_lot.short_units),
    }


def _payoff_table(series: ListedSeries, per_lot: LotPayoff) -> Table:
    def units(raw: int) -> str:
        return format_amount(raw, 18)

    return Table(
        ("a lot of", "is paid", "and units"),
        [
            ("LONG", series.quote.shown(per_lot.long_quote), units(per_lot.long_units)),
            ("SHORT", series.quote.shown(per_lot.short_quote), units(per_lot.short_units)),
        ],
        numbers=frozenset({"is paid", "and units"}),
    )


def _holder(session: Session, named: str | None, key: str) -> Address | None:
    if named:
        return account(named, "the holder")
    if key:
        return Key.parse(key).address
    return DESK.address if session.chain.chain_id == DEVNET_CHAIN_ID else None


def _balances(session: Session, series: ListedSeries, whose: Address) -> list[tuple[str, int, str]]:
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
