"""A call clears as one that tries every price, and by its rule where several would do."""

from random import Random

import pytest
from msgspec.structs import astuple

from bridge.orders.book import clearing
from bridge.orders.book.clearing import MOST_LOOKED, clear
from bridge.orders.book.entry import BookOrder, CallFill
from bridge.orders.book.lanes import Lanes
from bridge.orders.signed.listing import Listing
from bridge.orders.signed.order import NOBODY
from bridge.orders.signed.way import ALL_WAYS, LONG_WAY, MINT_WAYS
from tests.support.call_by_hand import CallByHand

BOOKS = 10_000
QUICK = 300
PRICES = range(85, 116)
COVERED, BANDED = Listing(1, 10_000, 0, 0, 2, 6), Listing(1, 10_000, 95, 104, 1, 6)


def make(number, side, price, lots=10, who=1, **changes):
    fields = {
        "hash": number.to_bytes(32),
        "series": 1,
        "side": "BS".index(side),
        "price": price,
        "lots": lots,
        "maker": bytes([who]) * 20,
        "taker": NOBODY,
        "lane": number,
        "nonce": 1,
        "epoch": 0,
        "expiry": 9_000,
        "ways": ALL_WAYS,
        "sequence": number,
        "in_call": True,
    }
    return BookOrder(**{**fields, **changes})


def random_call(random):
    """Buys, sells and lanes of any kind: alternatives, old nonces, few ways."""
    orders = []
    for _ in range(random.randint(1, 23)):
        who = random.randint(1, 6)
        first = random.choice(PRICES)
        side = random.choice("BS")
        ladder = random.randint(1, 6) if side == "S" else 1
        lane, nonce = random.randint(1, 4), random.randint(1, 2)
        ways = random.choice((ALL_WAYS, ALL_WAYS, MINT_WAYS, LONG_WAY))
        percent = random.choice((0, 0, 0, 2, 15))
        for step in range(ladder):
            orders.append(
                make(
                    len(orders) + 1,
                    side,
                    first + step,
                    random.randint(1, 40),
                    who,
                    lane=lane,
                    nonce=nonce,
                    ways=ways,
                    percent=percent,
                )
            )
    lanes, taken = Lanes(), {}
    for order in random.sample(orders, len(orders) // 4):
        if order.key not in taken:
            taken[order.key] = (order.nonce, random.randint(1, 10))
            lanes.observe(order.key, *taken[order.key])
    return orders, lanes, taken


def clear_both(random):
    orders, lanes, taken = random_call(random)
    buys, sells = ([o for o in orders if o.side == side] for side in (0, 1))
    listing, fee_bps = random.choice((COVERED, BANDED)), random.choice((0, 0, 100))
    mark, spot = random.choice((0, 99, 100, 107)), random.choice((0, 100, 101, 109))
    found = clear(buys, sells, lanes, listing, fee_bps, mark, spot)
    band = (listing.low, listing.high)
    by_hand = CallByHand(buys, sells, taken, band, fee_bps, mark, spot)
    return found, by_hand.clear(range(80, 125)), orders, fee_bps


@pytest.mark.parametrize("books", [QUICK, pytest.param(BOOKS, marks=pytest.mark.full)])
def test_clear__of_many_books__is_what_trying_every_price_gives(books):
    random = Random(books)
    traded = 0
    for _ in range(books):
        found, (price, fills), _, _ = clear_both(random)
        assert (found.price, [astuple(fill) for fill in found.fills]) == (price, fills)
        traded += bool(found.lots)
    assert traded > books // 4


def test_clear__of_any_book__is_within_every_limit_and_every_lot():
    random = Random(15)
    for _ in range(300):
        found, _, orders, fee_bps = clear_both(random)
        known = {order.hash: order for order in orders}
        for order in orders:
            got = sum(f.lots for f in found.fills if order.hash in (f.buyer, f.seller))
            assert got <= order.lots
        for fill in found.fills:
            buyer, seller = known[fill.buyer], known[fill.seller]
            assert found.price * (10_000 + fee_bps) <= buyer.price * 10_000
            assert seller.price == found.price
            assert buyer.maker != seller.maker


def of(*orders, mark=0):
    buys, sells = ([o for o in orders if o.side == side] for side in (0, 1))
    return clear(buys, sells, Lanes(), COVERED, 0, mark, 0)


def ladder(number, lowest, highest, lots, who):
    """A seller who takes any price from its limit up."""
    return [
        make(number + step, "S", lowest + step, lots, who, lane=number)
        for step in range(highest - lowest + 1)
    ]


def test_price__of_several_with_most_lots__leaves_the_least_over():
    # At 100 ten of twenty bought are left over, at 101 none.
    found = of(make(1, "B", 101), make(2, "B", 100), *ladder(10, 100, 101, 10, 2))
    assert (found.price, found.lots) == (101, 10)


@pytest.mark.parametrize(("mark", "price"), [(0, 98), (97, 98), (100, 100), (101, 101), (200, 102)])
def test_price__of_equals__is_nearest_to_the_mark_then_the_lower(mark, price):
    found = of(make(1, "B", 102), *ladder(10, 98, 102, 10, 2), mark=mark)
    assert (found.price, found.lots) == (price, 10)


def test_price__between_equals_on_both_sides_of_the_mark__is_the_lower():
    found = of(make(1, "B", 102), make(2, "S", 98, who=2), make(3, "S", 100, who=3), mark=99)
    assert found.price == 98


def test_remainder__falls_on_the_latest_of_the_lowest_buyers():
    orders = [make(1, "B", 100, who=1), make(2, "B", 101, who=2), make(3, "B", 100, who=3)]
    found = of(*orders, make(9, "S", 100, 15, who=4))
    assert found.fills == (
        CallFill(orders[1].hash, (9).to_bytes(32), 10, 1),
        CallFill(orders[0].hash, (9).to_bytes(32), 5, 1),
    )


def test_seller__who_would_take_less__comes_before_an_earlier_one():
    late = ladder(20, 99, 100, 10, 3)
    early = make(2, "S", 100, 10, who=2)
    found = of(make(1, "B", 100, 15), early, *late)
    assert found.price == 100
    assert [(fill.seller, fill.lots) for fill in found.fills] == [
        (late[1].hash, 10),
        (early.hash, 5),
    ]


def test_call__where_nobody_reaches_or_nobody_may_meet__trades_nothing():
    assert of(make(1, "B", 99), make(2, "S", 100, who=2)).lots == 0
    assert of(make(1, "B", 100), make(2, "S", 100)).lots == 0
    assert of(make(1, "B", 100, ways=LONG_WAY), make(2, "S", 100, who=2, ways=1)).lots == 0


PARKED_BY = 90
"""The number of a maker whose orders may meet nobody."""


def honest():
    return (make(1, "B", 101, 500, 1, ways=LONG_WAY), make(2, "S", 100, 500, 2, ways=LONG_WAY))


def parked(**ways):
    """A buy and two hundred prices of one lane, each for more lots than the honest have."""
    sells = [make(100 + n, "S", n, 900, PARKED_BY, lane=7, **ways) for n in range(1, 200)]
    return (make(99, "B", 300, 900, PARKED_BY, **ways), *sells)


@pytest.mark.parametrize("ways", [{}, {"ways": 1}, {"ways": LONG_WAY}])
def test_call__with_orders_parked_at_every_price__trades_what_may_meet(ways):
    """They may not meet each other, as one maker has them; with others they may or may not."""
    alone = of(*honest())
    assert alone.lots == 500
    found = of(*honest(), *parked(**ways))
    assert found.lots >= alone.lots
    if ways == {"ways": 1}:
        assert found == alone


class CountingLanes(Lanes):
    """Counts how often somebody looks at an order."""

    def __init__(self):
        super().__init__()
        self.looks = 0

    def left(self, order, tallies=None):
        self.looks += 1
        return super().left(order, tallies)


def crowd(lots_of_sells, ways):
    """A full call: twenty-five makers with a hundred buys and a hundred prices each."""
    orders = []
    for who in range(1, 26):
        for step in range(100):
            number = 1_000 * who + 2 * step
            pair = {"who": who, "ways": ways(who)}
            orders.append(make(number, "B", 400, 10, **pair))
            orders.append(make(number + 1, "S", 1 + step, lots_of_sells, **pair))
    return orders


@pytest.mark.parametrize(
    ("lots_of_sells", "ways"),
    [
        (10, lambda who: 1 << who % 25),
        (10_000, lambda who: 1 << who % 25),
        (10_000, lambda who: ALL_WAYS),
        (10, lambda who: ALL_WAYS),
    ],
)
def test_clear__of_any_full_call__looks_at_a_bounded_number_of_orders(lots_of_sells, ways):
    orders, lanes = crowd(lots_of_sells, ways), CountingLanes()
    # One who buys for more than all sell, but could only buy from himself: no price is the last.
    orders.append(make(9, "B", 400, 10**7, 1, ways=ways(1)))
    buys, sells = ([o for o in orders if o.side == side] for side in (0, 1))
    clear(buys, sells, lanes, COVERED, 0, 0, 0)
    most_at_once = len(buys) + 2 * len(sells) + 25 * 100 * 100
    assert lanes.looks < 4 * (MOST_LOOKED + most_at_once)


def test_clear__whose_looks_are_used_up__finishes_the_price_and_plans_no_other(monkeypatch):
    parked_first = (*honest(), *parked(ways=1)[:90])
    assert of(*parked_first).lots == 500
    monkeypatch.setattr(clearing, "MOST_LOOKED", 0)
    assert of(*parked_first).lots == 0
    assert of(*honest()).lots == 500
