"""`pargrade futures create`."""

import re
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Final

import typer

from pargrade.bindings.futures_market import SeriesCreated
from pargrade.bindings.structs import SeriesTerms, Style
from pargrade.chain.deployments import DeployedSeries
from pargrade.cli.options import DEFAULT_RPC, AsJson, DeploymentFile, DryRun, KeyText, RpcUrl
from pargrade.cli.output import report
from pargrade.cli.series import market_of
from pargrade.cli.session import open_session, open_wallet
from pargrade.cli.steps import carry_out, did, told
from pargrade.cli.tokens import Token
from pargrade.cli.written import lots_of, midnight, moment, reference_price
from pargrade.demo.cast import CURATOR
from pargrade.errors import PargradeError
from pargrade.payoff import lot_value
from pargrade.units import CONTRACT_LOTS

DEFAULT_CAP: Final = 10 * CONTRACT_LOTS
"""Most lots of a grade where no cap is given."""

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")


class BadName(PargradeError):
    """A name no series can have, or that another one has."""

    hint = "Take another name: a letter, then letters, digits, '.', '_' or '-', at most 64."


class StyleName(StrEnum):
    """How a series pays."""

    NET = "net"
    DELIVERY = "delivery"


def create(
    name: Annotated[str, typer.Argument(help="What the series is called here.")],
    grade: Annotated[
        list[str],
        typer.Option(metavar="SYMBOL[:LOTS]", help="Eligible grade and its cap; up to 8 times."),
    ],
    start: Annotated[str, typer.Option(metavar="DAY", help="A: the window opens, UTC midnight.")],
    expiry: Annotated[str, typer.Option(metavar="DAY", help="B: it closes, UTC midnight.")],
    reference: Annotated[str, typer.Option(metavar="PRICE", help="K, USD per SCU.")],
    style: Annotated[
        StyleName, typer.Option(help="Divide by the price, or always deliver.")
    ] = StyleName.NET,
    index: Annotated[int, typer.Option(min=0, help="Which index settles it.")] = 0,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """List a series. The key has to be a curator's.

    The terms are hashed into the id and never change. K has to lie within half of a fresh index
    value; a cap is in lots of 0.01 SCU, ten contracts where none is given.
    """
    session = open_session(rpc_url, deployment)
    if not _NAME.fullmatch(name):
        raise BadName(f"a series cannot be called {name[:80]!r}")
    if name in session.deployment.series:
        raise BadName(f"this deployment already has a series {name}")
    wanted = [_grade_and_cap(text) for text in grade]
    terms = SeriesTerms(
        index=index,
        start=midnight(start),
        expiry=midnight(expiry),
        reference_price=reference_price(reference),
        quote_token=session.deployment.quote_token,
        style=Style[style.name],
        units=tuple(session.deployment.grade(symbol).unit for symbol, _ in wanted),
        cap_lots=tuple(cap for _, cap in wanted),
    )
    wallet = open_wallet(session.chain, key, CURATOR)
    quote = Token.read(session.chain, terms.quote_token, session.chain.head())
    market = market_of(session)
    steps = carry_out(wallet, [market.create(terms)], dry_run=dry_run)
    number = steps[-1].events(SeriesCreated)[0].series
    if not dry_run:
        known = session.deployment
        listed = {**known.series, name: DeployedSeries(str(number))}
        replace(known, series=listed).write(session.path)
    lock = lot_value(reference_price(reference), quote.decimals)
    report(
        {"name": name, "series_id": str(number), "quote_per_lot": str(lock), **told(steps)},
        f"Series {name}: {style}, {moment(terms.start)} to {moment(terms.expiry)}, K "
        f"{reference_price(reference).text()}, {quote.shown(lock)} a lot",
        f"id {number}",
        did(steps),
        as_json=as_json,
    )


def _grade_and_cap(text: str) -> tuple[str, int]:
    symbol, _, cap = text.partition(":")
    return symbol, lots_of(cap, None) if cap else DEFAULT_CAP
