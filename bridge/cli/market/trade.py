"""`pargrade market buy` and `pargrade market sell`."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from bridge.cli.market.options import (
    DEFAULT_RELAY,
    ContractsCount,
    Desk,
    LotsCount,
    ReceiptsFile,
    RelayUrl,
    SeriesName,
    load_key,
)
from bridge.cli.market.views import LimitPrice, describe_quote, quote_of
from bridge.orders.client.client import PlacedOrder, RelayRefused
from bridge.orders.client.receipts import keep_receipts, receipt_file
from bridge.orders.client.trader import Trader
from pargrade.bindings.structs import Side
from pargrade.cli.toolkit.options import DEFAULT_RPC, AsJson, DeploymentFile, KeyText, RpcUrl
from pargrade.cli.toolkit.output import report
from pargrade.cli.toolkit.parse import lots_of
from pargrade.errors import PargradeError
from pargrade.futures.order import MOST_PERCENT
from pargrade.units import Price


class OrderRule(StrEnum):
    """What becomes of lots that are not filled at once."""

    GTC = "GTC"
    IOC = "IOC"
    POST = "POST"
    CALL = "CALL"


Band = Annotated[
    int,
    typer.Option(
        "--band",
        min=0,
        max=MOST_PERCENT,
        metavar="PERCENT",
        help="Be filled only so near to the fresh index; 0 for any distance.",
    ),
]


class NoPrice(PargradeError):
    """An order without a price where the book offers none."""

    hint = "Name the worst price you trade at with --limit."

    def __init__(self, series: str) -> None:
        super().__init__(f"nobody offers {series} now, so the book names no price")


class FarFromIndex(PargradeError):
    """A price that only the relay's word names, and that is not near the fresh index."""

    hint = "Look at the book, and name the worst price you trade at with a limit."

    def __init__(self, series: str, price: int, index: int) -> None:
        self.price = price
        self.index = index
        found = f"more than {MOST_PERCENT} % off the index of {Price(index).text()} USD"
        super().__init__(
            f"the relay's book for {series} asks for a limit of {Price(price).text()} USD: "
            f"{found if index else 'no fresh index is there to hold it against'}"
        )


_WAITS: Final = {OrderRule.CALL: "the next hourly call", OrderRule.POST: "somebody to take it"}

Rule = Annotated[
    OrderRule,
    typer.Option(help="Rest until cancelled, end at once, only rest (POST), or wait for the call."),
]
Minutes = Annotated[
    int, typer.Option(min=1, max=527_040, help="Minutes until the order is dead, on the chain too.")
]


def buy(
    series: SeriesName,
    lots: LotsCount = None,
    contracts: ContractsCount = None,
    limit: LimitPrice = None,
    rule: Rule = OrderRule.GTC,
    band: Band = 0,
    minutes: Minutes = 60,
    receipts: ReceiptsFile = None,
    relay: RelayUrl = DEFAULT_RELAY,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    as_json: AsJson = False,
) -> None:
    """Sign an order that gains exposure to S, and give it to the relay.

    `pargrade market quote` shows what it ties up first. Without --limit the book names the price,
    which is signed no farther than 15 % from the fresh index. Anyone may fill it on the chain until
    it expires or is cancelled there. What --receipts adds to a file proves to `pargrade relay
    audit` where the relay said that the order stood.
    """
    desk = Desk.open(relay, rpc_url, deployment, series)
    wanted = _Wanted(Side.BUY, lots_of(lots, contracts), limit, rule, band, minutes)
    _trade(desk, wanted, receipts, key, as_json)


def sell(
    series: SeriesName,
    lots: LotsCount = None,
    contracts: ContractsCount = None,
    limit: LimitPrice = None,
    rule: Rule = OrderRule.GTC,
    band: Band = 0,
    minutes: Minutes = 60,
    receipts: ReceiptsFile = None,
    relay: RelayUrl = DEFAULT_RELAY,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    as_json: AsJson = False,
) -> None:
    """Sign an order that gives exposure to S up, and give it to the relay.

    `pargrade market quote` shows what it ties up first. Without --limit the book names the price,
    which is signed no farther than 15 % from the fresh index. Anyone may fill it on the chain until
    it expires or is cancelled there. What --receipts adds to a file proves to `pargrade relay
    audit` where the relay said that the order stood.
    """
    desk = Desk.open(relay, rpc_url, deployment, series)
    wanted = _Wanted(Side.SELL, lots_of(lots, contracts), limit, rule, band, minutes)
    _trade(desk, wanted, receipts, key, as_json)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a person asked for."""

    side: Side
    lots: int
    limit: str | None
    rule: OrderRule
    band: int
    minutes: int


def _trade(
    desk: Desk, wanted: _Wanted, receipts: Path | None, key_text: str, as_json: bool
) -> None:
    rule, lots = wanted.rule, wanted.lots
    key = load_key(key_text, desk.session.chain.chain_id)
    found = quote_of(desk, wanted.side, lots, wanted.limit)
    if not found.limit:
        raise NoPrice(desk.series.name)
    if wanted.limit is None:
        require_near_index(desk, found.limit, found.index)
    trader = Trader.over(desk.relay, desk.session, key)
    expiry = desk.series.block.timestamp + 60 * wanted.minutes
    number, side = desk.series.number, wanted.side
    order = trader.order(number, side, found.limit, lots, expiry, wanted.band)
    orders = [order]
    if rule is OrderRule.CALL:
        orders = trader.call_orders(order, desk.terms.listing.price_step)
    with receipt_file(receipts) as file:
        results = trader.place(*orders, rule=rule.value)
        keep_receipts(file, results)
    result = results[0]
    if isinstance(result, RelayRefused):
        raise result
    report(
        {
            "quote": found.to_json(),
            "receipt": result.receipt.to_json(),
            "filled": str(result.filled),
            "rests": str(result.rests),
            "end": result.end,
        },
        *describe_quote(desk, found, _WAITS.get(rule, "")),
        f"Order 0x{result.receipt.order.hex()}",
        f"filled {result.filled:,}, {_rest(result, lots, rule)} of {lots:,} lots; "
        f"entry {result.receipt.sequence} of the relay's log.",
        as_json=as_json,
    )


def require_near_index(desk: Desk, price: int, index: int) -> None:
    """A book is a relay's word: what it asks for is signed only near to what the chain has.

    Raises FarFromIndex.
    """
    if abs(price - index) * 100 > index * MOST_PERCENT:
        raise FarFromIndex(desk.series.name, price, index)


def _rest(result: PlacedOrder, lots: int, rule: OrderRule) -> str:
    if result.end == "OFF_INDEX":
        return f"waits with {lots - result.filled:,} until the index is near its price,"
    if rule is OrderRule.CALL and result.rests:
        return f"waits for the next hourly call with {result.rests:,}"
    return f"rests {result.rests:,}"
