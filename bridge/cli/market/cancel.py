"""`pargrade market cancel`."""

import json
import re
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.cli.market.options import DEFAULT_RELAY, RelayUrl, load_key
from bridge.orders.client.cancellation import (
    SignedCancellation,
    read_cancellation,
    sign_cancellation,
)
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
from pargrade.deployment.session import Session, open_session
from pargrade.deployment.transactions import carry_out, describe, to_json
from pargrade.devnet.accounts import DESK
from pargrade.errors import PargradeError


class BadOrderHash(PargradeError):
    """Text that is no order's hash."""

    hint = "Copy the hash that `pargrade market orders` shows: 0x and 64 hex digits."

    def __init__(self, text: str) -> None:
        super().__init__(f"{text[:80]!r} is no order's hash")


class NothingToCancel(PargradeError):
    """Neither an order nor a cancellation, or both."""

    hint = "Give an order's hash, or a file that --signed wrote with --bring."

    def __init__(self) -> None:
        super().__init__("one order or one signed cancellation is to be named")


def cancel(
    order: Annotated[
        str | None, typer.Argument(metavar="HASH", help="Hash of the order.", show_default=False)
    ] = None,
    signed: Annotated[
        Path | None,
        typer.Option(
            "--signed",
            metavar="FILE",
            help="Also sign for the chain: whoever has FILE can bring it there.",
            show_default=False,
            dir_okay=False,
        ),
    ] = None,
    bring: Annotated[
        Path | None,
        typer.Option(
            "--bring",
            metavar="FILE",
            help="Bring what --signed wrote to the chain, whoever signed it.",
            show_default=False,
            dir_okay=False,
        ),
    ] = None,
    relay: RelayUrl = DEFAULT_RELAY,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    max_fee: MaxFee = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Ask the relay, signed, to match an order no more, and all of its lane up to its nonce.

    Who has seen the order can still fill it on the chain until it expires. What --signed writes
    ends it there for everyone, once anybody brings it with --bring: the maker needs no coin.
    """
    if (order is None) == (bring is None) or (bring and signed):
        raise NothingToCancel
    session = open_session(rpc_url, deployment)
    if bring is not None:
        _bring(session, read_cancellation(bring), key, max_fee, dry_run=dry_run, as_json=as_json)
        return
    assert order is not None
    if not re.fullmatch(r"0x[0-9a-fA-F]{64}", order):
        raise BadOrderHash(order)
    trader = Trader.connect(relay, session, load_key(key, session.chain.chain_id))
    named = trader.lane_of(bytes.fromhex(order[2:]))
    lines: list[str] = []
    document: dict[str, Any] = {"dry_run": dry_run}
    made = sign_cancellation(trader, *named) if signed is not None else None
    if made is not None:
        document["cancellation"] = made.to_json()
    if signed is not None and made is not None and not dry_run:
        signed.write_text(json.dumps(made.to_json(), indent=1) + "\n")
        lines.append(f"{signed} ends it on the chain: `pargrade market cancel --bring {signed}`")
    ended = [] if dry_run else trader.cancel_lane(*named)
    report(
        {"ended": ["0x" + each.hex() for each in ended], **document},
        f"{len(ended)} orders are matched no more." if not dry_run else "Nothing is sent.",
        *lines,
        as_json=as_json,
    )


def _bring(
    session: Session,
    found: SignedCancellation,
    key: str,
    max_fee: str | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    wallet = open_wallet(session.chain, key, DESK, max_fee)
    exchange = FuturesExchange(session.chain, session.deployment.address("FuturesExchange"))
    steps = carry_out(wallet, [found.call(exchange)], dry_run=dry_run)
    report(
        {"cancellation": found.to_json(), **to_json(steps)},
        describe(steps),
        f"Orders of {found.cancellation.maker} in lane {found.cancellation.lane} up to nonce "
        f"{found.cancellation.nonce} {'would be' if dry_run else 'are'} over for everyone.",
        as_json=as_json,
    )
