"""The demo's result for people: tables, amounts in whole tokens and dollars."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from pargrade.cli.toolkit.output import Table
from pargrade.demo.agreement import agreement_tables
from pargrade.demo.cast import NAMES
from pargrade.demo.story import Performance
from pargrade.demo.trades import NEEDS, SALES
from pargrade.devnet.accounts import DESK
from pargrade.futures.payoff import lot_value
from pargrade.text import moment
from pargrade.units import Lots, Price, Rounding, Scu, divide, format_amount

_QUOTE_DECIMALS: Final = 6


def tables(performance: Performance) -> Iterator[Table | str]:
    """Everything a person wants to know, in the order of the story."""
    summary = performance.summary
    yield _index(summary)
    yield from agreement_tables(summary["committee"])
    yield _grades(summary)
    yield _series(summary)
    yield _fills(summary)
    yield _call(summary)
    yield _payouts(summary)
    yield _hedges(summary)
    yield _pipeline(summary)
    yield _conservation(summary)
    yield _gas(summary)


def _index(summary: Mapping[str, Any]) -> str:
    index = summary["index"]
    return (
        f"{index['name']}: {Price(int(index['value'])).text()} at {_day(index['slot'])}, "
        f"{index['rounds']} rounds, {index['quorum']} of {len(index['reporters'])} sign, "
        f"state {index['state']}"
    )


def _grades(summary: Mapping[str, Any]) -> Table:
    rows = [
        (
            symbol,
            grade["decimals"],
            Scu(int(grade["factor"])).text(),
            format_amount(int(grade["locked"]), grade["decimals"]),
            _scu(grade["units"]),
        )
        for symbol, grade in summary["grades"].items()
    ]
    columns = ("token", "decimals", "SCU per token", "tokens locked", "SCU outstanding")
    return Table(columns, rows, "What became how many SCU", frozenset(columns[1:]))


def _series(summary: Mapping[str, Any]) -> Table:
    rows = [
        (
            name,
            f"{_day(series['A'])} … {_day(series['B'])}",
            Price(int(series["K"])).text(),
            "none needed" if series["S"] is None else Price(int(series["S"])).text(),
            "" if series["coverage"] is None else f"{series['coverage']:.1%}",
            series["phase"].lower(),
            Lots(series["lots"]).text(),
        )
        for name, series in summary["series"].items()
    ]
    columns = ("series", "delivery window", "K", "S", "coverage", "phase", "lots")
    return Table(columns, rows, "Series", frozenset({"K", "S", "coverage", "lots"}))


def _fills(summary: Mapping[str, Any]) -> Table:
    rows = [
        (
            each["series"],
            NAMES[each["buyer"]],
            NAMES[each["seller"]],
            each["leg"].lower(),
            Price(int(each["price"])).text(),
            Lots(int(each["lots"])).text(),
        )
        for each in summary["fills"]
    ]
    columns = ("series", "buyer", "seller", "leg", "price", "lots")
    title = "Who met over the relay, each with an order of its own"
    return Table(columns, rows, title, frozenset({"price", "lots"}))


def _call(summary: Mapping[str, Any]) -> str:
    call = summary["call"]
    return (
        f"Hourly call of {call['series']} at {moment(call['time'])}: "
        f"{Price(int(call['price'])).text()} for {Lots(int(call['lots'])).text()} lots, "
        f"mark {Price(int(call['mark'])).text()} from {call['source'].lower()}"
    )


def _payouts(summary: Mapping[str, Any]) -> Table:
    quote, *units = summary["conservation"]
    rows = [
        (
            NAMES[holder],
            format_amount(int(paid.get(quote, "0")), _QUOTE_DECIMALS, 2),
            *(_scu(paid.get(unit, "0")) for unit in units),
        )
        for holder in NAMES
        if (paid := summary["payouts"].get(holder))
    ]
    columns = ("holder", quote, *units)
    return Table(columns, rows, "Who got what from the market", frozenset(columns[1:]))


def _hedges(summary: Mapping[str, Any]) -> Table:
    hedges = summary["hedges"]
    price = Price(int(hedges["S"]))
    rows = []
    needs = [(team, int(lots), -1) for team, lots in NEEDS.items()]
    sales = [(network, int(lots), 1) for network, lots in SALES.items()]
    for actor, lots, sign in (*needs, *sales, (DESK, 0, 1)):
        found = hedges["parties"].get(actor.address)
        spot = lots * lot_value(price, _QUOTE_DECIMALS)
        worth = int(found["worth"]) if found else 0
        need = f"{'buys' if sign < 0 else 'sells'} {format_amount(lots, 2)}" if lots else "sells on"
        locked = Price(int(found["locked_price"])).text() if found and lots else ""
        rows.append(
            (
                actor.name,
                need,
                locked or ("flat" if found else "not hedged"),
                _usd(spot),
                _usd(spot + sign * worth),
                _usd(worth),
            )
        )
    columns = ("who", "SCU in April", "locked at", "at S, USD", "with hedge, USD", "gain, USD")
    title = f"What the hedge was worth: April's S was {price.text()}"
    return Table(columns, rows, title, frozenset(columns[2:]))


def _pipeline(summary: Mapping[str, Any]) -> Table:
    found = summary["pipeline"]
    used, hedged = (format_amount(int(found[name]), 2) for name in ("lots_used", "lots_hedged"))
    rows = [
        (f"{used} SCU at S of {Price(int(found['S'])).text()}", _usd10(found["at_S"])),
        (f"hedge of {hedged} SCU, from its FOCUS rows", _usd10(found["hedge"])),
        ("April with its hedge", _usd10(found["with_hedge"])),
    ]
    columns = ("Assist team's bill", "USD")
    return Table(columns, rows, "What its pipeline made of its growth", frozenset({"USD"}))


def _conservation(summary: Mapping[str, Any]) -> Table:
    rows = [
        (asset, line["lock"], line["payouts"], line["difference"])
        for asset, line in summary["conservation"].items()
    ]
    columns = ("asset", "locked by pairs", "paid out", "difference")
    return Table(columns, rows, "Nothing is lost (base units)", frozenset(columns[1:]))


def _gas(summary: Mapping[str, Any]) -> Table:
    rows = [(act.replace("_", " "), f"{gas:,}") for act, gas in summary["gas"].items()]
    return Table(("act", "median gas"), rows, "Gas", frozenset({"median gas"}))


def _usd(amount: int) -> str:
    return format_amount(amount, _QUOTE_DECIMALS, 2)


def _usd10(amount: str) -> str:
    """Cents, rounded half-even, of dollars with 10 decimals."""
    return format_amount(divide(int(amount), 10**8, Rounding.HALF_EVEN), 2, 2)


def _scu(units: str) -> str:
    return format_amount(int(units) // 10**12, 6, 2)


def _day(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"
