"""`pargrade futures create`."""

import re
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Final

import typer

from pargrade.bindings.futures_market import SeriesCreated
from pargrade.bindings.structs import SeriesTerms, Style
from pargrade.cli.toolkit.options import (
    DEFAULT_RPC,
    AsJson,
    DeploymentFile,
    DryRun,
    KeyText,
    RpcUrl,
)
from pargrade.cli.toolkit.output import report
from pargrade.cli.toolkit.parse import lots_of, midnight, reference_price
from pargrade.cli.toolkit.session import open_wallet
from pargrade.deployment.file import DeployedSeries
from pargrade.deployment.series import market_of
from pargrade.deployment.session import open_session
from pargrade.deployment.token import Token
from pargrade.deployment.transactions import carry_out, describe, to_json
from pargrade.devnet.accounts import CURATOR
from pargrade.errors import PargradeError
from pargrade.futures.payoff import Band, banded_payoff, lot_value
from pargrade.text import moment
from pargrade.units import CONTRACT_LOTS, Price

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
    BANDED = "banded"


class BadMixture(PargradeError):
    """Options of another style than the one asked for."""

    def __init__(self, style: StyleName, needed: str) -> None:
        self.style = style
        self.hint = f"Give {needed}, and nothing of another style."
        super().__init__(f"these options do not make a {style} series")


def create(
    name: Annotated[str, typer.Argument(help="What the series is called here.")],
    start: Annotated[str, typer.Option(metavar="DAY", help="A: the window opens, UTC midnight.")],
    expiry: Annotated[str, typer.Option(metavar="DAY", help="B: it closes, UTC midnight.")],
    reference: Annotated[str, typer.Option(metavar="PRICE", help="K, USD per SCU.")],
    grade: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SYMBOL[:LOTS]",
            help="Eligible grade and its cap; up to 8 times. Not for banded.",
            show_default=False,
        ),
    ] = None,
    style: Annotated[
        StyleName,
        typer.Option(help="Divide by the price, always deliver, or quote alone within a band."),
    ] = StyleName.NET,
    low: Annotated[
        str | None, typer.Option(metavar="PRICE", help="L, for banded.", show_default=False)
    ] = None,
    high: Annotated[
        str | None, typer.Option(metavar="PRICE", help="H, for banded.", show_default=False)
    ] = None,
    cap: Annotated[
        str | None,
        typer.Option(metavar="LOTS", help="Cap of a banded series.", show_default="ten contracts"),
    ] = None,
    index: Annotated[int, typer.Option(min=0, help="Which index settles it.")] = 0,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """List a series. The key has to be a curator's.

    The terms are hashed into the id and never change. K has to lie within half of a fresh index
    value; a cap is in lots of 0.01 SCU, ten contracts where none is given. Banded, both sides lock
    quote, and S counts between L and H alone.
    """
    session = open_session(rpc_url, deployment)
    if not _NAME.fullmatch(name):
        raise BadName(f"a series cannot be called {name[:80]!r}")
    if name in session.deployment.series:
        raise BadName(f"this deployment already has a series {name}")
    wanted = [_grade_and_cap(text) for text in grade or ()]
    band = _band(style, reference, low, high, cap, wanted)
    terms = SeriesTerms(
        index=index,
        start=midnight(start),
        expiry=midnight(expiry),
        reference_price=reference_price(reference),
        low=band.low if band else 0,
        high=band.high if band else 0,
        quote_token=session.deployment.quote_token,
        style=Style[style.name],
        units=tuple(session.deployment.grade(symbol).unit for symbol, _ in wanted),
        cap_lots=(_cap(cap),) if band else tuple(most for _, most in wanted),
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
    of_long, of_short = lot_value(reference_price(reference), quote.decimals), 0
    if band:
        split = banded_payoff(band, band.reference, quote.decimals)
        of_long, of_short = split.long_quote, split.short_quote
    locks = quote.shown(of_long) + (f" and {quote.shown(of_short)}" if band else "")
    report(
        {
            "name": name,
            "series_id": str(number),
            "quote_per_lot": str(of_long),
            "short_quote_per_lot": str(of_short),
            **to_json(steps),
        },
        f"Series {name}: {style}, {moment(terms.start)} to {moment(terms.expiry)}, K "
        f"{reference_price(reference).text()}, {locks} a lot",
        f"id {number}",
        describe(steps),
        as_json=as_json,
    )


def _grade_and_cap(text: str) -> tuple[str, int]:
    symbol, _, cap = text.partition(":")
    return symbol, _cap(cap)


def _cap(text: str | None) -> int:
    return lots_of(text, None) if text else DEFAULT_CAP


def _band(
    style: StyleName,
    reference: str,
    low: str | None,
    high: str | None,
    cap: str | None,
    grades: list[tuple[str, int]],
) -> Band | None:
    """The band of a banded series, None of another. Raises BadMixture, BadBand, OffTick."""
    if style is not StyleName.BANDED:
        if low or high or cap or not grades:
            raise BadMixture(style, "--grade at least once")
        return None
    if low is None or high is None or grades:
        raise BadMixture(style, "--low and --high")
    bottom = Price(0) if low == "0" else reference_price(low)
    return Band(bottom, reference_price(reference), reference_price(high))
