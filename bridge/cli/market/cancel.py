"""`pargrade market cancel` and `pargrade market end`."""

import json
import re
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from bridge.cli.market.options import DEFAULT_RELAY, RelayUrl, load_key
from bridge.orders.client.cancellation import read_cancellation, sign_cancellation
from bridge.orders.client.trader import Trader
from pargrade.bindings.futures_exchange import FuturesExchange
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
from pargrade.cli.toolkit.session import open_wallet
from pargrade.deployment.session import open_session
from pargrade.deployment.transactions import carry_out, describe, to_json
from pargrade.devnet.accounts import DESK
from pargrade.errors import PargradeError

_CANCELLED: Final = 2**64 - 1
"""Lots that the exchange counts as filled of a nonce that is cancelled."""


class BadOrderHash(PargradeError):
    """Text that is no order's hash."""

    hint = "Copy the hash that `pargrade market orders` shows: 0x and 64 hex digits."

    def __init__(self, text: str) -> None:
        super().__init__(f"{text[:80]!r} is no order's hash")


def cancel(
    order: Annotated[str, typer.Argument(metavar="HASH", help="Hash of the order.")],
    signed: Annotated[
        Path | None,
        typer.Option(
            "--signed",
            metavar="FILE",
            help="Also sign for the chain: `pargrade market end FILE`.",
            show_default=False,
            dir_okay=False,
        ),
    ] = None,
    relay: RelayUrl = DEFAULT_RELAY,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    as_json: AsJson = False,
) -> None:
    """Ask the relay, signed, to match an order no more, and all of its lane up to its nonce.

    Who has seen the order can still fill it on the chain until it expires. What --signed writes
    ends it there for everyone, once anybody brings it: the maker needs no coin.
    """
    if not re.fullmatch(r"0x[0-9a-fA-F]{64}", order):
        raise BadOrderHash(order)
    session = open_session(rpc_url, deployment)
    trader = Trader.connect(relay, session, load_key(key, session.chain.chain_id))
    named = trader.lane_of(bytes.fromhex(order[2:]))
    lines: list[str] = []
    document: dict[str, Any] = {}
    if signed is not None:
        made = sign_cancellation(trader, *named)
        signed.write_text(json.dumps(made.to_json(), indent=1) + "\n")
        document["cancellation"] = made.to_json()
        lines.append(f"{signed} ends it on the chain: `pargrade market end {signed}`")
    ended = trader.cancel_lane(*named)
    report(
        {"ended": ["0x" + each.hex() for each in ended], **document},
        "1 order is matched no more."
        if len(ended) == 1
        else f"{len(ended)} orders are matched no more.",
        *lines,
        as_json=as_json,
    )


def end(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="What `market cancel --signed` wrote.", dir_okay=False),
    ],
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    max_fee: MaxFee = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Bring a signed cancellation to the chain, whoever signed it: it ends the orders for everyone.

    What is over already is not brought again.
    """
    session = open_session(rpc_url, deployment)
    wallet = open_wallet(session.chain, key, DESK, max_fee)
    found = read_cancellation(file)
    exchange = FuturesExchange(session.chain, session.deployment.address("FuturesExchange"))
    ends = found.cancellation
    lane = exchange.lane_of(ends.maker, ends.lane, block=session.chain.head())
    is_over = lane.nonce > ends.nonce or (lane.nonce == ends.nonce and lane.filled == _CANCELLED)
    steps = () if is_over else carry_out(wallet, [found.call(exchange)], dry_run=dry_run)
    state = "would be" if dry_run and not is_over else "are"
    report(
        {
            "cancellation": found.to_json(),
            **(to_json(steps) if steps else {"dry_run": dry_run, "steps": []}),
        },
        describe(steps) if steps else "Nothing is to be sent: the chain has it already.",
        f"Orders of {ends.maker} in lane {ends.lane} up to nonce {ends.nonce} {state} over for "
        "everyone.",
        as_json=as_json,
    )
