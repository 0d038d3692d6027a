"""`pargrade market roll`."""

from dataclasses import replace
from typing import Annotated

import typer

from bridge.cli.market.options import (
    DEFAULT_RELAY,
    ContractsCount,
    Desk,
    LotsCount,
    ReceiptsFile,
    RelayUrl,
    load_key,
)
from bridge.cli.market.trade import Band, Minutes, NoPrice, require_near_index
from bridge.cli.market.views import read_index
from bridge.orders.client.client import RelayRefused, SignedOffer
from bridge.orders.client.quote import limit_with_fee
from bridge.orders.client.receipts import keep_receipts, receipt_file
from bridge.orders.client.trader import Trader
from pargrade.bindings.structs import Side
from pargrade.cli.toolkit.options import DEFAULT_RPC, AsJson, DeploymentFile, KeyText, RpcUrl
from pargrade.cli.toolkit.output import report
from pargrade.cli.toolkit.parse import lots_of, reference_price
from pargrade.futures.order import exchange_domain, roll_of, sign
from pargrade.units import Price


def roll(
    near: Annotated[str, typer.Argument(metavar="NEAR", help="Series to leave.")],
    far: Annotated[str, typer.Argument(metavar="FAR", help="Series to go to.")],
    lots: LotsCount = None,
    contracts: ContractsCount = None,
    of_short: Annotated[bool, typer.Option("--of-short", help="Move SHORT; LONG without.")] = False,
    leave_limit: Annotated[
        str | None,
        typer.Option(metavar="USD", help="Worst price in NEAR.", show_default="the book's"),
    ] = None,
    enter_limit: Annotated[
        str | None,
        typer.Option(metavar="USD", help="Worst price in FAR.", show_default="the book's"),
    ] = None,
    waits: Annotated[
        bool, typer.Option("--rest", help="Let what is not filled at once wait for both books.")
    ] = False,
    band: Band = 0,
    minutes: Minutes = 60,
    receipts: ReceiptsFile = None,
    relay: RelayUrl = DEFAULT_RELAY,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    as_json: AsJson = False,
) -> None:
    """Move a position into another series: both halves are filled for equal lots, or neither.

    One signature covers the pair. It is filled at once from both books; what they do not have ends,
    or waits until both have it.
    """
    desks = [Desk.open(relay, rpc_url, deployment, name) for name in (near, far)]
    session = desks[0].session
    signer = load_key(key, session.chain.chain_id)
    trader = Trader.over(desks[0].relay, session, signer)
    sides = (Side.BUY, Side.SELL) if of_short else (Side.SELL, Side.BUY)
    limits = [
        _limit(desk, side, trader.rules.fee_bps, text)
        for desk, side, text in zip(desks, sides, (leave_limit, enter_limit), strict=True)
    ]
    count = lots_of(lots, contracts)
    expiry = desks[0].series.block.timestamp + 60 * minutes
    closes = trader.order(desks[0].series.number, sides[0], limits[0], count, expiry, band)
    opens = replace(closes, series=desks[1].series.number, side=sides[1], price=limits[1])
    made = roll_of(closes, opens)
    domain = exchange_domain(trader.rules.chain_id, trader.exchange.address)
    offer = SignedOffer(made, sign(made, domain, signer), "GTC" if waits else "IOC")
    with receipt_file(receipts) as file:
        [result] = trader.place_signed([offer])
        keep_receipts(file, [result])
    if isinstance(result, RelayRefused):
        raise result
    report(
        {
            "receipt": result.receipt.to_json(),
            "leave_limit": str(limits[0]),
            "enter_limit": str(limits[1]),
            "filled": str(result.filled),
            "rests": str(result.rests),
            "end": result.end,
        },
        f"Roll 0x{result.receipt.order.hex()}",
        f"moved {result.filled:,} of {count:,} lots from {near} to {far}, at "
        f"{Price(limits[0]).text()} and {Price(limits[1]).text()} USD or better"
        + (f"; {result.rests:,} wait." if result.rests else "."),
        as_json=as_json,
    )


def _limit(desk: Desk, side: Side, fee_bps: int, text: str | None) -> int:
    """The limit given, else what the best of the book is with the fee. Raises NoPrice,
    FarFromIndex.
    """
    if text is not None:
        return int(reference_price(text))
    depth = desk.relay.depth(desk.series.number, 1)
    levels = depth.asks if side is Side.BUY else depth.bids
    if not levels:
        raise NoPrice(desk.series.name)
    step = desk.terms.listing.price_step
    limit = limit_with_fee(levels[0][0], fee_bps, step, buys=side is Side.BUY)
    require_near_index(desk, limit, read_index(desk))
    return limit
