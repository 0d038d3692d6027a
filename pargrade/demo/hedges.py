"""What met at the relay, and what it was worth to each party of one series, read from the chain."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pargrade.bindings.futures_exchange import Filled
from pargrade.bindings.futures_market import Merged, Opened, Transfer
from pargrade.chain.hashing import Address
from pargrade.demo.summary import WorldState
from pargrade.demo.trades import HEDGED_SERIES
from pargrade.futures.payoff import lot_value
from pargrade.units import Price

_QUOTE_DECIMALS: Final = 6


@dataclass(frozen=True, slots=True)
class MetOrders:
    """One fill of the exchange, with who bought."""

    fill: Filled
    buyer: Address
    seller: Address


@dataclass(slots=True)
class _Position:
    """What one holder bought in all, less what it sold."""

    lots: int = 0
    cost: int = 0
    """Quote base units at the prices of its trades."""


def fills(books: WorldState) -> list[dict[str, str]]:
    """Every fill in order: series, buyer, seller, leg, lots, and the price with 8 decimals."""
    names = {int(each.series_id): name for name, each in books.deployment.series.items()}
    return [
        {
            "series": names[met.fill.series],
            "buyer": met.buyer,
            "seller": met.seller,
            "leg": met.fill.leg.name,
            "lots": str(met.fill.lots),
            "price": str(met.fill.price),
        }
        for met in _met_orders(books)
    ]


def hedges(books: WorldState) -> dict[str, Any]:
    """Per party of HEDGED_SERIES: net lots, the price they were locked at, and their worth.

    Worth is quote base units: lots times S less what they were bought for, so all of it sums to
    zero. The locked price is USD per SCU with 8 decimals, rounded to nearest; 0 of who kept none.
    """
    series_id = int(books.deployment.series[HEDGED_SERIES].series_id)
    view = books.market.series(series_id, block=books.block)
    positions: dict[Address, _Position] = defaultdict(_Position)
    for met in _met_orders(books):
        if met.fill.series == series_id:
            cost = met.fill.lots * lot_value(Price(met.fill.price), _QUOTE_DECIMALS)
            for holder, sign in ((met.buyer, 1), (met.seller, -1)):
                positions[holder].lots += sign * met.fill.lots
                positions[holder].cost += sign * cost
    final = lot_value(Price(view.price), _QUOTE_DECIMALS)
    return {
        "series": HEDGED_SERIES,
        "S": str(view.price),
        "parties": {
            holder: {
                "lots": held.lots,
                "locked_price": str(_price_of(held)),
                "worth": str(held.lots * final - held.cost),
            }
            for holder, held in sorted(positions.items())
        },
    }


def _met_orders(books: WorldState) -> Iterator[MetOrders]:
    """A fill names maker and taker; who of them bought is what happened to their positions."""
    moved: dict[bytes, list[tuple[Address, Address]]] = defaultdict(list)
    market = [books.market.address]
    for log, opened in books.events(Opened, market):
        moved[log.tx_hash].append((opened.long, opened.short))
    for log, merged in books.events(Merged, market):
        moved[log.tx_hash].append((merged.short, merged.long))
    for log, given in books.events(Transfer, market):
        is_long = given.id & 0xFF == 0
        parties = (given.receiver, given.sender) if is_long else (given.sender, given.receiver)
        moved[log.tx_hash].append(parties)
    for log, fill in books.events(Filled, [books.exchange]):
        both = {fill.maker, fill.taker}
        buyer, seller = next(found for found in moved[log.tx_hash] if set(found) == both)
        yield MetOrders(fill, buyer, seller)


def _price_of(held: _Position) -> int:
    # Quote base units a lot of 0.01 SCU, as USD per SCU with 8 decimals: 8 - 6 + 2 places more.
    return round(held.cost * 10**4 / held.lots) if held.lots else 0
