"""`pargrade futures create`."""

from typing import Annotated

import typer

from pargrade.bindings.structs import SeriesTerms, Style
from pargrade.cli.futures.payment import Payment, StyleName
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
from pargrade.cli.toolkit.parse import midnight, reference_price
from pargrade.cli.toolkit.session import open_wallet
from pargrade.deployment.series_listing import list_series, require_free_name
from pargrade.deployment.session import Session, open_session
from pargrade.deployment.token import Token
from pargrade.deployment.transactions import describe, to_json
from pargrade.devnet.accounts import CURATOR
from pargrade.futures.payoff import Band, banded_payoff, lot_value
from pargrade.text import moment
from pargrade.units import Price


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
    max_fee: MaxFee = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """List a series. The key has to be a curator's.

    The terms are hashed into the id and never change. K has to lie within half of a fresh index
    value; a cap is in lots of 0.01 SCU, ten contracts where none is given. Banded, both sides lock
    quote, and S counts between L and H alone.
    """
    session = open_session(rpc_url, deployment)
    require_free_name(session.deployment, name)
    terms = _terms_of(
        session, start, expiry, index, Payment(style, reference, low, high, cap, grade)
    )
    wallet = open_wallet(session.chain, key, CURATOR, max_fee)
    quote = Token.read(session.chain, terms.quote_token, session.chain.head())
    listed = list_series(session, wallet, name, terms, dry_run=dry_run)
    of_long, of_short = _locks(terms, quote.decimals)
    locks = quote.shown(of_long) + (f" and {quote.shown(of_short)}" if of_short else "")
    report(
        {
            "name": listed.name,
            "series_id": str(listed.number),
            "quote_per_lot": str(of_long),
            "short_quote_per_lot": str(of_short),
            **to_json(listed.steps),
        },
        f"Series {listed.name}: {style}, {moment(terms.start)} to {moment(terms.expiry)}, K "
        f"{Price(terms.reference_price).text()}, {locks} a lot",
        f"id {listed.number}",
        describe(listed.steps),
        as_json=as_json,
    )


def _terms_of(
    session: Session, start: str, expiry: str, index: int, payment: Payment
) -> SeriesTerms:
    band = payment.band()
    return SeriesTerms(
        index=index,
        start=midnight(start),
        expiry=midnight(expiry),
        reference_price=reference_price(payment.reference),
        low=band.low if band else 0,
        high=band.high if band else 0,
        quote_token=session.deployment.quote_token,
        style=Style[payment.style.name],
        units=tuple(session.deployment.grade(symbol).unit for symbol, _ in payment.grades),
        cap_lots=payment.cap_lots,
    )


def _locks(terms: SeriesTerms, quote_decimals: int) -> tuple[int, int]:
    """Quote that a lot of LONG and of SHORT locks, base units."""
    reference = Price(terms.reference_price)
    if terms.style is not Style.BANDED:
        return lot_value(reference, quote_decimals), 0
    band = Band(Price(terms.low), reference, Price(terms.high))
    split = banded_payoff(band, reference, quote_decimals)
    return split.long_quote, split.short_quote
