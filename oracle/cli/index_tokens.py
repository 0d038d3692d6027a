"""`pargrade index tokens`: what payment tokens are worth in compute."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oracle.cli.index_inputs import read_inputs
from oracle.cli.options import AllProviders, AsOf, PanelName
from pargrade.cli.toolkit import parse
from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.options import AsJson, SampleFile
from pargrade.cli.toolkit.output import Table, report
from pargrade.cli.toolkit.parse import positive
from pargrade.errors import PargradeError
from pargrade.text import moment
from pargrade.units import Price, Rounding, divide, format_amount

if TYPE_CHECKING:
    from oracle.index.payment_token import Conversion, NoConversion, UnitPrice

app = new_app()


class NoBars(PargradeError):
    """Files that hold no closed bar of a token."""

    hint = "Name recorded payloads with two bars at least: the last may have been open."

    def __init__(self) -> None:
        super().__init__("there is no closed bar in these files")


_PLACES = 6


@app.command(epilog="Example: pargrade index tokens bybit_kline_AKTUSDT_1d.csv --scu 2.81")
def tokens(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…",
            help="Recorded bars, named VENUE_kline_PAIR_INTERVAL, as JSON or CSV.",
            exists=True,
            dir_okay=False,
        ),
    ],
    scu: Annotated[
        str,
        typer.Option(
            metavar="USD", help="Take this as the price of an SCU.", show_default="the index then"
        ),
    ] = "",
    as_of: AsOf = "",
    sample: SampleFile = None,
    panel: PanelName = "",
    all_providers: AllProviders = False,
    as_json: AsJson = False,
) -> None:
    """Convert payment tokens at two market prices: the token's and that of an SCU.

    No payment token is redeemable for a fixed amount of compute: this is a conversion of the
    moment, and the mark is what it would count as collateral. It is never delivered.
    """
    from oracle.index.family import load_family
    from oracle.index.payment_token import convert, screen_tokens
    from oracle.sources.token_kline import load_klines, load_token_venues

    venues, method = load_token_venues(), load_family().payment
    quotes = [quote for path in files for quote in load_klines(path, venues)]
    if not quotes:
        raise NoBars
    instant = parse.instant(as_of) if as_of else max(quote.closed_at for quote in quotes)
    unit = _stated(scu) if scu else _index_at(instant, sample, panel, everyone=all_providers)
    screened = screen_tokens(quotes, method, instant)
    named = [token for token in method.tokens if any(quote.token == token for quote in quotes)]
    found = [convert(token, screened, unit, method, instant) for token in named]
    reasons = {reason.value: count for reason, count in screened.reasons.items()}
    priced = "no value" if unit is None else f"{Price(unit.price8).text()} USD"
    report(
        {
            "as_of": instant,
            "scu_price8": None if unit is None else str(unit.price8),
            "scu_price_is": "stated" if scu else "index",
            "haircut_ppm": method.haircut_ppm,
            "conversions": [each.to_json() for each in found],
            "used": len(screened.accepted),
            "rejected": reasons,
        },
        f"Payment tokens at {moment(instant)}; 1 SCU: {priced} ({'as stated' if scu else 'index'})",
        Table(
            ("token", "USD", "SCU per token", "±", "mark in SCU", "venues", "age", "state"),
            [_row(each) for each in found],
            numbers=frozenset({"USD", "SCU per token", "±", "mark in SCU", "age"}),
        ),
        f"The mark keeps {method.haircut_ppm / 10**4:g} % of the value. None of these tokens is "
        "redeemable for a fixed amount of compute.",
        f"{len(screened.accepted)} bars used; refused: "
        + (", ".join(f"{count} {reason}" for reason, count in reasons.items()) or "none"),
        *(
            []
            if unit
            else ["The index has no value then: state one with --scu, or name a --sample."]
        ),
        as_json=as_json,
    )


def _stated(text: str) -> "UnitPrice":
    from oracle.index.level import State
    from oracle.index.payment_token import UnitPrice

    # A price that somebody states rests on nobody's quotes: never better than thin.
    return UnitPrice(positive(text, Price.DECIMALS, "the price of an SCU"), 0, State.THIN)


def _index_at(
    instant: int, sample: Path | None, panel: str, *, everyone: bool
) -> "UnitPrice | None":
    from oracle.index.chain import spot_index
    from oracle.index.method import load_method
    from oracle.index.payment_token import UnitPrice
    from oracle.quotes.history import History

    inputs = read_inputs(sample, panel, everyone=everyone)
    value = spot_index(History.of(inputs.recorded.columns), load_method(), inputs.panel, instant)
    return UnitPrice.of(value)


def _row(found: "Conversion | NoConversion") -> tuple[object, ...]:
    from oracle.index.payment_token import NoConversion

    if isinstance(found, NoConversion):
        state = f"absent ({found.reason.value})"
        return (found.token, "-", "-", "-", "-", found.venues or "none", "-", state)
    return (
        found.token,
        Price(found.price8).text(),
        _short(found.scu18, Rounding.HALF_EVEN),
        _short(found.confidence18, Rounding.CEIL),
        _short(found.mark18, Rounding.FLOOR),
        ", ".join(found.venues),
        f"{found.age_s // 3_600} h",
        found.state.value,
    )


def _short(scu18: int, rounding: Rounding) -> str:
    """SCU to six places; JSON has all eighteen."""
    return format_amount(divide(scu18, 10 ** (18 - _PLACES), rounding), _PLACES)
