"""A call's price and fills from the orders that it collected: one price, values in, values out.

On the chain a fill has the price of its maker's order. So in a call the sellers are makers, and
each stands at exactly the prices it signed: orders of one lane and nonce are alternatives, and a
seller who would take any price from its limit up signs one for each step. Buyers are takers, whose
limit, fee included, reaches a price or does not.

    demand at p    lots of buyers whose limit reaches p, and who share a way with a seller there
    supply at p    lots of sellers who signed p, and who share a way with a buyer who reaches it
                   both count a lane's alternatives once, by the largest, where any shares a way
    the price      the one with most lots filled; of equals the one that comes first by: the lesser
                   of demand and supply, the greatest first; their difference, the least first;
                   nearness to the last mark; the lower
    the fills      buyers by limit, then by time, each from sellers by the lowest price that their
                   lane has in the call, then by time; its own maker's are passed over

Prices are planned in that order, until none that follows can have more lots, or planning has looked
at MOST_LOOKED orders. What nobody may meet counts in neither demand nor supply, and is not looked
at: so who would use up the looks has to trade with himself for as many lots as the call would have,
at each of hundreds of prices.

An order that keeps near the index sells at no price, and buys in no fill, that is off the index
which the close of the call has; demand counts it all the same, as a bound.

A lane trades by one nonce in a call. Lots that are not filled end with the call. Every field is as
in BookOrder; nothing is rounded.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from bridge.orders.book.entry import BookOrder, CallFill, Clearing, LaneKey
from bridge.orders.book.lanes import Lanes, Tallies
from bridge.orders.book.matching import MOST_FILLS, count_lots, reaches
from bridge.orders.book.near import is_near_index
from bridge.orders.signed.listing import Listing
from bridge.orders.signed.way import MINT_WAYS

MOST_LOOKED: Final = 400_000
"""Orders looked at while prices are planned; the price that is being planned then is finished.

Some 0.2 s. A call of 2,500 buyers and 2,500 sellers who may all meet takes 7,500 for a price.
"""


class _Candidate(NamedTuple):
    """A price, by what decides between it and others."""

    bound: int
    """Minus the lots that can be filled at most."""
    imbalance: int
    away: int
    price: int
    reaching: int
    """How many of the buyers reach it."""


def clear(
    buys: Sequence[BookOrder],
    sells: Sequence[BookOrder],
    lanes: Lanes,
    listing: Listing,
    fee_bps: int,
    mark: int,
    spot: int,
) -> Clearing:
    """The clearing of one call. `mark` is the last and `spot` the fresh index, 0 for none.

    None of the orders names a taker.
    """
    sells = [order for order in sells if is_near_index(order.percent, order.price, spot)]
    buyers = sorted(buys, key=lambda order: (-order.price, order.sequence))
    lowest: dict[LaneKey, int] = {}
    by_price: dict[int, list[BookOrder]] = {}
    for order in sells:
        lowest[order.key] = min(order.price, lowest.get(order.key, order.price))
        by_price.setdefault(order.price, []).append(order)
    found, looked = Clearing(), 0
    for candidate in sorted(_candidates(buyers, by_price, lanes, listing, fee_bps, mark)):
        if -candidate.bound <= found.lots or looked > MOST_LOOKED:
            break
        price = candidate.price
        sellers = sorted(by_price[price], key=lambda order: (lowest[order.key], order.sequence))
        plan = _Plan(sellers, lanes, _allowed(listing, price))
        for buyer in buyers[: candidate.reaching]:
            if plan.is_sold_out:
                break
            if is_near_index(buyer.percent, price, spot):
                plan.take(buyer)
        looked += plan.looked
        if plan.lots > found.lots:
            found = Clearing(price, tuple(plan.fills))
    return found


def _candidates(
    buyers: Sequence[BookOrder],
    by_price: dict[int, list[BookOrder]],
    lanes: Lanes,
    listing: Listing,
    fee_bps: int,
    mark: int,
) -> list[_Candidate]:
    """Every price that somebody signed to sell for and somebody buys at who shares a way."""
    found: list[_Candidate] = []
    demanded = _Interest(lanes)
    place = 0
    for price in sorted(by_price, reverse=True):
        while place < len(buyers) and reaches(buyers[place], price, fee_bps):
            demanded.add(buyers[place])
            place += 1
        supplied = _Interest(lanes)
        for order in by_price[price]:
            supplied.add(order)
        allowed = _allowed(listing, price)
        demand = demanded.lots_in(supplied.ways & allowed)
        supply = supplied.lots_in(demanded.ways & allowed)
        if demand and supply:
            away = abs(price - mark) if mark else 0
            bound = -min(demand, supply)
            found.append(_Candidate(bound, abs(demand - supply), away, price, place))
    return found


def _allowed(listing: Listing, price: int) -> int:
    """The ways that a price leaves open."""
    return -1 if listing.mints_inside(price) else ~MINT_WAYS


class _Interest:
    """Lots of one side by the ways in which a lane may trade them, its alternatives once."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self.ways = 0
        """All in which any lot may be traded."""
        self._of_lane: dict[tuple[LaneKey, int], tuple[int, int]] = {}
        self._by_ways: dict[int, int] = {}

    def add(self, order: BookOrder) -> None:
        """Counts an order, or what it has more than another of its lane and nonce."""
        left = self._lanes.left(order)
        if not left:
            return
        place = (order.key, order.nonce)
        before, lots = self._of_lane.get(place, (0, 0))
        ways, most = before | order.ways, max(lots, left)
        self._of_lane[place] = (ways, most)
        self.ways |= order.ways
        if lots:
            self._by_ways[before] -= lots
            if not self._by_ways[before]:
                del self._by_ways[before]
        self._by_ways[ways] = self._by_ways.get(ways, 0) + most

    def lots_in(self, ways: int) -> int:
        """Lots that may be traded in some of these ways."""
        return sum(lots for each, lots in self._by_ways.items() if each & ways)


class _Plan:
    """Fills at one price. Each buyer sees the sellers that it shares a way with, in one queue."""

    def __init__(self, sellers: Sequence[BookOrder], lanes: Lanes, allowed: int) -> None:
        self.fills: list[CallFill] = []
        self.lots = 0
        self.looked = 0
        self._sellers = sellers
        self._lanes = lanes
        self._allowed = allowed
        self._tallies: Tallies = {}
        self._queues: dict[int, deque[BookOrder]] = {}
        """Sellers by the ways of their buyers; who has nothing left goes when it is met."""
        self._gone: set[bytes] = set()

    @property
    def is_sold_out(self) -> bool:
        """Whether no seller has anything left."""
        return len(self._gone) == len(self._sellers)

    def take(self, buyer: BookOrder) -> None:
        """The fills of the next buyer."""
        self.looked += 1
        ways = buyer.ways & self._allowed
        queue = self._queues.get(ways)
        if queue is None:
            self.looked += len(self._sellers)
            queue = self._queues[ways] = deque(o for o in self._sellers if o.ways & ways)
        if not queue:
            return
        wanted, count, own = self._left(buyer), 0, list[BookOrder]()
        while queue and wanted and count < MOST_FILLS:
            self.looked += 1
            seller = queue[0]
            if seller.maker == buyer.maker:
                own.append(queue.popleft())
                continue
            left = self._left(seller)
            if not left:
                queue.popleft()
                self._gone.add(seller.hash)
                continue
            lots, common = min(wanted, left), ways & seller.ways
            self.fills.append(CallFill(buyer.hash, seller.hash, lots, common & -common))
            count_lots(self._tallies, buyer, lots)
            count_lots(self._tallies, seller, lots)
            self.lots += lots
            wanted -= lots
            count += 1
            if lots == left:
                queue.popleft()
                self._gone.add(seller.hash)
        queue.extendleft(reversed(own))

    def _left(self, order: BookOrder) -> int:
        tally = self._tallies.get(order.key)
        if tally is not None and tally[0] != order.nonce:
            return 0
        return self._lanes.left(order, self._tallies)
