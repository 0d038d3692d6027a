"""A call's price and fills from the orders that it collected: one price, values in, values out.

On the chain a fill has the price of its maker's order. So in a call the sellers are makers, and
each stands at exactly the prices it signed: orders of one lane and nonce are alternatives, and a
seller who would take any price from its limit up signs one for each step. Buyers are takers, whose
limit, fee included, reaches a price or does not.

    demand at p    lots of buyers whose limit reaches p
    supply at p    lots of sellers who signed p
                   both count a lane's alternatives once, by the largest
    the price      of the sixteen that come first by: the lesser of demand and supply, the greatest
                   first; their difference, the least first; nearness to the last mark; the lower;
                   the one with most lots filled, and among equals the one that comes first
    the fills      buyers by limit, then by time, each from sellers by the lowest price that their
                   lane has in the call, then by time; who may not meet is passed over

An order that keeps near the index sells at no price, and buys in no fill, that is off the index
which the close of the call has; demand counts it all the same, as a bound.

A lane trades by one nonce in a call. Lots that are not filled end with the call. Every field is as
in BookOrder; nothing is rounded.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from bridge.orders.book.entry import BookOrder, CallFill, Clearing, LaneKey
from bridge.orders.book.lanes import Lanes, Tallies
from bridge.orders.book.matching import MOST_FILLS, count_lots, may_meet, reaches
from bridge.orders.book.near import is_near_index
from bridge.orders.signed.listing import Listing
from bridge.orders.signed.way import MINT_WAYS

MOST_PLANNED: Final = 16
"""Prices whose fills are planned: orders that may meet nobody can then not make a call slow."""

MOST_PASSED: Final = 100
"""Sellers passed over for one buyer."""


class _Candidate(NamedTuple):
    """A price, by what decides between it and others."""

    bound: int
    """Minus the lots that can be filled at most."""
    imbalance: int
    away: int
    price: int


def clear(
    buys: Sequence[BookOrder],
    sells: Sequence[BookOrder],
    lanes: Lanes,
    listing: Listing,
    fee_bps: int,
    mark: int,
    spot: int,
) -> Clearing:
    """The clearing of one call. `mark` is the last and `spot` the fresh index, 0 for none."""
    sells = [order for order in sells if is_near_index(order.percent, order.price, spot)]
    buyers = sorted(buys, key=lambda order: (-order.price, order.sequence))
    lowest: dict[LaneKey, int] = {}
    by_price: dict[int, list[BookOrder]] = {}
    for order in sells:
        lowest[order.key] = min(order.price, lowest.get(order.key, order.price))
        by_price.setdefault(order.price, []).append(order)
    found = Clearing()
    for candidate in sorted(_candidates(buyers, by_price, lanes, fee_bps, mark))[:MOST_PLANNED]:
        if -candidate.bound <= found.lots:
            break
        price = candidate.price
        sellers = sorted(by_price[price], key=lambda order: (lowest[order.key], order.sequence))
        reaching = [
            order
            for order in buyers
            if reaches(order, price, fee_bps) and is_near_index(order.percent, price, spot)
        ]
        allowed = -1 if listing.mints_inside(price) else ~MINT_WAYS
        fills = _plan(reaching, sellers, lanes, allowed)
        planned = Clearing(price, fills)
        if planned.lots > found.lots:
            found = planned
    return found


def _candidates(
    buyers: Sequence[BookOrder],
    by_price: dict[int, list[BookOrder]],
    lanes: Lanes,
    fee_bps: int,
    mark: int,
) -> list[_Candidate]:
    """Every price that somebody signed to sell for and somebody buys at."""
    found: list[_Candidate] = []
    counted: dict[tuple[LaneKey, int], int] = {}
    demand, place = 0, 0
    for price in sorted(by_price, reverse=True):
        while place < len(buyers) and reaches(buyers[place], price, fee_bps):
            order = buyers[place]
            more = lanes.left(order) - counted.get((order.key, order.nonce), 0)
            if more > 0:
                counted[order.key, order.nonce] = lanes.left(order)
                demand += more
            place += 1
        supply = _lots_of(by_price[price], lanes)
        if demand and supply:
            away = abs(price - mark) if mark else 0
            bound = -min(demand, supply)
            found.append(_Candidate(bound, abs(demand - supply), away, price))
    return found


def _lots_of(orders: Iterable[BookOrder], lanes: Lanes) -> int:
    counted: dict[tuple[LaneKey, int], int] = {}
    for order in orders:
        key = (order.key, order.nonce)
        counted[key] = max(counted.get(key, 0), lanes.left(order))
    return sum(counted.values())


def _plan(
    buyers: Sequence[BookOrder], sellers: Sequence[BookOrder], lanes: Lanes, allowed: int
) -> tuple[CallFill, ...]:
    fills: list[CallFill] = []
    tallies: Tallies = {}
    first = 0
    for buyer in buyers:
        wanted, count, passed = _left(buyer, lanes, tallies), 0, 0
        while first < len(sellers) and not _left(sellers[first], lanes, tallies):
            first += 1
        for place in range(first, len(sellers)):
            if not wanted or count == MOST_FILLS or passed > MOST_PASSED:
                break
            seller = sellers[place]
            common = buyer.ways & seller.ways & allowed
            meets = common and may_meet(buyer, seller)
            lots = min(wanted, _left(seller, lanes, tallies)) if meets else 0
            if not lots:
                passed += 1
                continue
            fills.append(CallFill(buyer.hash, seller.hash, lots, common & -common))
            count_lots(tallies, buyer, lots)
            count_lots(tallies, seller, lots)
            wanted -= lots
            count += 1
    return tuple(fills)


def _left(order: BookOrder, lanes: Lanes, tallies: Tallies) -> int:
    tally = tallies.get(order.key)
    if tally is not None and tally[0] != order.nonce:
        return 0
    return lanes.left(order, tallies)
