"""`pargrade market orders`."""

from typing import Annotated

import typer

from bridge.cli.market.options import DEFAULT_RELAY, RelayUrl, load_key
from bridge.orders.client.client import RelayClient
from pargrade.bindings.structs import Side
from pargrade.cli.toolkit.options import AsJson, KeyText
from pargrade.cli.toolkit.output import Table, report
from pargrade.cli.toolkit.parse import account
from pargrade.text import moment
from pargrade.units import Price


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

    Waiting are orders whose price the index is not near, and rolls, which have a row a half.
    """
    client = RelayClient(relay)
    whose = account(maker, "the maker") if maker else load_key(key, client.rules().chain_id).address
    found = client.resting(whose)
    rows = [
        (
            each["order"],
            each["state"].replace("_", " "),
            Side(each["side"]).name,
            Price(int(each["price"])).text(),
            f"{int(each['rests']):,}",
            moment(each["expiry"]),
        )
        for each in found
    ]
    report(
        {"maker": whose, "orders": found},
        Table(
            ("order", "state", "side", "price", "lots", "until"), rows, numbers=frozenset({"lots"})
        )
        if rows
        else f"{whose} has no order.",
        as_json=as_json,
    )
