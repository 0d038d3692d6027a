"""`pargrade market orders` and `pargrade market cancel`."""

import re
from typing import Annotated

import typer

from bridge.cli.market.options import DEFAULT_RELAY, RelayUrl, load_key
from bridge.orders.client.client import RelayClient
from bridge.orders.client.trader import Trader
from pargrade.bindings.structs import Side
from pargrade.cli.toolkit.options import DEFAULT_RPC, AsJson, DeploymentFile, KeyText, RpcUrl
from pargrade.cli.toolkit.output import Table, report
from pargrade.cli.toolkit.parse import account
from pargrade.deployment.session import open_session
from pargrade.errors import PargradeError
from pargrade.text import moment
from pargrade.units import Price


class BadOrderHash(PargradeError):
    """Text that is no order's hash."""

    hint = "Copy the hash that `pargrade market orders` shows: 0x and 64 hex digits."

    def __init__(self, text: str) -> None:
        super().__init__(f"{text[:80]!r} is no order's hash")


def orders(
    maker: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Whose orders.", show_default="the key's"),
    ] = None,
    relay: RelayUrl = DEFAULT_RELAY,
    key: KeyText = "",
    as_json: AsJson = False,
) -> None:
    """Show a maker's resting orders, the oldest first."""
    client = RelayClient(relay)
    whose = account(maker, "the maker") if maker else load_key(key, client.rules().chain_id).address
    found = client.resting(whose)
    rows = [
        (
            each["order"],
            Side(each["side"]).name,
            Price(int(each["price"])).text(),
            f"{int(each['rests']):,}",
            moment(each["expiry"]),
        )
        for each in found
    ]
    report(
        {"maker": whose, "orders": found},
        Table(("order", "side", "price", "lots", "until"), rows, numbers=frozenset({"lots"}))
        if rows
        else f"{whose} has no resting order.",
        as_json=as_json,
    )


def cancel(
    order: Annotated[str, typer.Argument(metavar="HASH", help="Hash of the order.")],
    relay: RelayUrl = DEFAULT_RELAY,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    as_json: AsJson = False,
) -> None:
    """Ask the relay, signed, to match an order no more, and all of its lane up to its nonce.

    Who has seen the order can still fill it on the chain until it expires: what ends it for
    everyone is `cancel` of the exchange.
    """
    if not re.fullmatch(r"0x[0-9a-fA-F]{64}", order):
        raise BadOrderHash(order)
    session = open_session(rpc_url, deployment)
    trader = Trader.connect(relay, session, load_key(key, session.chain.chain_id))
    ended = trader.cancel(bytes.fromhex(order[2:]))
    report(
        {"ended": ["0x" + each.hex() for each in ended]},
        f"{len(ended)} orders are matched no more.",
        as_json=as_json,
    )
