"""`pargrade market orders`."""

from typing import Annotated, Final

import typer

from bridge.cli.market.options import DEFAULT_RELAY, RelayUrl, load_key
from bridge.orders.client.answers import RestingOrder
from bridge.orders.client.client import RelayClient
from pargrade.cli.toolkit.options import AsJson, KeyText
from pargrade.cli.toolkit.output import Table, report
from pargrade.cli.toolkit.parse import account
from pargrade.text import moment
from pargrade.units import Price

_RESTING: Final = ("resting", "in_call")


def orders(
    maker: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Whose orders.", show_default="the key's"),
    ] = None,
    relay: RelayUrl = DEFAULT_RELAY,
    key: KeyText = "",
    as_json: AsJson = False,
) -> None:
    """Show a maker's orders, the oldest first: those that rest, then those that wait.

    Waiting are orders whose price the index is not near or whose series takes no more pairs, and
    rolls, which have a row a half. Steps of one order for the hourly call have one row together.
    """
    client = RelayClient(relay)
    whose = account(maker, "the maker") if maker else load_key(key, client.rules().chain_id).address
    found = sorted(client.resting(whose), key=lambda each: each.state not in _RESTING)
    steps: dict[tuple[object, ...], list[RestingOrder]] = {}
    for each in found:
        in_call = each.state == "in_call"
        group = (each.lane, each.nonce) if in_call else (each.order, each.side)
        steps.setdefault(group, []).append(each)
    rows = [_row(together) for together in steps.values()]
    report(
        {"maker": whose, "orders": [each.to_json() for each in found]},
        Table(
            ("order", "state", "side", "price", "lots", "until"), rows, numbers=frozenset({"lots"})
        )
        if rows
        else f"{whose} has no order.",
        as_json=as_json,
    )


def _row(steps: list[RestingOrder]) -> tuple[str, ...]:
    """One order, or the steps of one, by their first hash and from the lowest price up."""
    first, prices = steps[0], sorted(each.price for each in steps)
    price = " to ".join(dict.fromkeys(Price(each).text() for each in (prices[0], prices[-1])))
    return (
        "0x" + first.order.hex(),
        first.state.replace("_", " "),
        first.side.name,
        price,
        f"{max(each.rests for each in steps):,}",
        moment(first.expiry),
    )
