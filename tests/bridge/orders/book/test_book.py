"""The book equals one without any structure, and keeps what it promises."""

import time
from random import Random

import pytest
from msgspec.structs import astuple, replace

from bridge.orders.book.book import Book
from bridge.orders.book.comparison import same_book
from bridge.orders.book.depth import depth_of, level_lots
from bridge.orders.book.entry import BookOrder, OrderEnd, TimeInForce
from bridge.orders.book.out_of_turn import TakerInCall
from bridge.orders.book.resting import MOST_OF_LANE
from bridge.orders.book.series_book import SeriesBook
from bridge.orders.signed import refusals
from bridge.orders.signed.listing import Listing
from bridge.orders.signed.order import NOBODY
from bridge.orders.signed.way import ALL_WAYS, LONG_WAY, MINT_WAYS, way_of
from pargrade.bindings.structs import Leg
from tests.support.book_by_hand import BookByHand

COVERED, BANDED = 1, 2
LISTINGS = {
    COVERED: Listing(COVERED, 10_000, 0, 0, 2, 6),
    BANDED: Listing(BANDED, 10_000, 97, 103, 1, 6),
}
LANE = 7


def maker(number):
    return bytes([number]) * 20


def new_book(fee_bps=0):
    book = Book()
    book.fee_bps = fee_bps
    for series, listing in LISTINGS.items():
        book.series[series] = SeriesBook(listing)
    return book


def make(number, side="B", price=100, lots=10, who=1, **changes):
    fields = {
        "hash": number.to_bytes(32),
        "series": COVERED,
        "side": "BS".index(side),
        "price": price,
        "lots": lots,
        "maker": maker(who),
        "taker": NOBODY,
        "lane": number,
        "nonce": 1,
        "epoch": 0,
        "expiry": 9_000,
        "ways": ALL_WAYS,
    }
    return BookOrder(**{**fields, **changes})


def put(book, order, rule=TimeInForce.REST, now=0, sequence=0):
    book.refuse(order, now)
    return book.place(order, rule, sequence or int.from_bytes(order.hash))


def random_order(random, number):
    series = random.choice((COVERED, BANDED))
    return make(
        number,
        random.choice("BS"),
        random.randint(95, 105),
        random.randint(1, 40),
        random.randint(1, 6),
        series=series,
        taker=maker(random.randint(1, 6)) if random.random() < 0.15 else NOBODY,
        lane=random.randint(1, 4),
        nonce=random.choice((number // 20, number // 20, number // 20 + 1)),
        ways=random.choice((ALL_WAYS, MINT_WAYS, LONG_WAY, LONG_WAY | way_of(Leg.SHORT, 1))),
        percent=random.choice((0, 0, 0, 0, 1, 4)),
    )


@pytest.mark.parametrize("seed", range(30))
def test_place__any_orders__is_what_a_book_without_structure_does(seed):
    random = Random(seed)
    fee_bps = random.choice((0, 5, 100))
    book = new_book(fee_bps)
    by_hand = BookByHand(fee_bps, {s: (found.low, found.high) for s, found in LISTINGS.items()})
    matched = freed = 0
    for number in range(1, 400):
        if random.random() < 0.1:
            series, spot = random.choice((COVERED, BANDED)), random.choice((0, 97, 100, 100, 102))
            freed += move_index(book, by_hand, series, spot, 1_000 * number)
        order = random_order(random, number)
        sequence = 1_000 * number + 999
        copy = replace(order, sequence=sequence)
        rule = random.choice((TimeInForce.REST, TimeInForce.REST, TimeInForce.IOC))
        try:
            outcome = put(book, order, rule, sequence=sequence)
        except refusals.OrderReplayed:
            assert by_hand.left(copy, by_hand.spent) <= 0
            continue
        fills, rests, end = by_hand.place(copy, rule is TimeInForce.IOC)
        assert [astuple(fill) for fill in outcome.fills] == fills
        assert (outcome.rests, outcome.end) == (rests, end)
        assert set(book.orders) == {each.hash for each in by_hand.resting}
        assert set(book.waiting.by_hash) == {each.hash for each in by_hand.off_index}
        matched += bool(fills)
    assert matched > 50
    assert freed > 5


def move_index(book, by_hand, series, spot, sequence):
    """Another index in both, and what it frees placed again in both."""
    back = by_hand.observe_index(series, spot)
    book.observe_index(series, spot)
    assert list(book.waiting.due) == [order.hash for order in back]
    for place, order in enumerate(back):
        if by_hand.left(order, by_hand.spent) <= 0:
            continue
        again = replace(order, sequence=sequence + place)
        outcome = book.come_back(replace(order, live=False), sequence + place, 0)
        fills, rests, end = by_hand.place(again, ioc=False)
        assert [astuple(fill) for fill in outcome.fills] == fills
        assert (outcome.rests, outcome.end) == (rests, end)
    assert not book.waiting.due
    return len(back)


@pytest.mark.parametrize("seed", range(10))
def test_fills__of_any_flow__stay_within_limits_and_lots(seed):
    random = Random(seed)
    book = new_book(random.choice((0, 20)))
    orders, filled = {}, {}
    for number in range(1, 500):
        order = random_order(random, number)
        orders[order.hash] = order
        try:
            outcome = put(book, order)
        except refusals.OrderReplayed:
            continue
        for fill in outcome.fills:
            other = orders[fill.maker]
            assert other.maker != order.maker
            assert other.price == fill.price
            buys = order.side == 0
            paid = fill.price * (10_000 + (book.fee_bps if buys else -book.fee_bps))
            assert paid <= order.price * 10_000 if buys else paid >= order.price * 10_000
            for side in (order, other):
                key = side.key, side.nonce
                filled[key] = filled.get(key, 0) + fill.lots
                assert filled[key] <= max(
                    each.lots for each in orders.values() if (each.key, each.nonce) == key
                )


def test_place__equal_prices__the_earlier_comes_first_and_keeps_its_place():
    book = new_book()
    for number in (1, 2, 3):
        put(book, make(number, "S", who=number))
    first = put(book, make(10, lots=15, who=9))
    assert [(int.from_bytes(f.maker), f.lots) for f in first.fills] == [(1, 10), (2, 5)]
    second = put(book, make(11, lots=10, who=9))
    assert [(int.from_bytes(f.maker), f.lots) for f in second.fills] == [(2, 5), (3, 5)]


def test_place__a_better_price__goes_to_the_incoming_order():
    book = new_book()
    put(book, make(1, "S", 101, who=1))
    put(book, make(2, "S", 99, who=2))
    assert [fill.price for fill in put(book, make(3, price=105, lots=20, who=3)).fills] == [99, 101]


def test_post_only__that_would_be_filled__is_refused_and_changes_nothing():
    book, twin = new_book(), new_book()
    for each in (book, twin):
        put(each, make(1, "S"))
    with pytest.raises(refusals.PostOnlyCrosses):
        put(book, make(2, who=2), TimeInForce.POST_ONLY)
    assert same_book(book, twin)
    assert put(book, make(3, price=99, who=2), TimeInForce.POST_ONLY).rests == 10


def test_self_trade__of_one_maker__fills_what_stands_before_and_ends():
    book = new_book()
    put(book, make(1, "S", 99, who=1))
    put(book, make(2, "S", 100, who=2))
    outcome = put(book, make(3, lots=30, who=2))
    assert (outcome.lots, outcome.rests, outcome.end) == (10, 0, OrderEnd.SELF_TRADE)
    assert set(book.orders) == {(2).to_bytes(32)}


def test_alternatives__of_a_lane_and_nonce__count_once():
    book = new_book()
    for number, price in ((1, 99), (2, 100)):
        put(book, make(number, "S", price, lots=10, lane=LANE))
    outcome = put(book, make(3, lots=30, who=2))
    assert [(fill.price, fill.lots) for fill in outcome.fills] == [(99, 10)]
    assert outcome.rests == 20
    assert [each.order for each in outcome.ended] == [(1).to_bytes(32), (2).to_bytes(32)]


def test_fill__of_a_later_nonce__ends_the_earlier_of_its_lane():
    book = new_book()
    put(book, make(1, "S", 100, lane=LANE, nonce=1))
    put(book, make(2, "S", 99, lane=LANE, nonce=2))
    outcome = put(book, make(3, lots=30, who=2))
    assert outcome.lots == 10
    ends = [(int.from_bytes(each.order), each.why) for each in outcome.ended]
    assert ends == [(1, OrderEnd.SUPERSEDED), (2, OrderEnd.FILLED)]
    with pytest.raises(refusals.OrderReplayed):
        put(book, make(4, "S", lane=LANE, nonce=1))


def test_call__for_one_taker__is_refused_and_keeps_nothing():
    book, twin = new_book(), new_book()
    with pytest.raises(TakerInCall):
        put(book, make(1, "S", taker=maker(5)), TimeInForce.CALL)
    assert same_book(book, twin)


@pytest.mark.parametrize("percent", [0, 1])
def test_expire__of_all_that_a_maker_may_have__takes_a_blink(percent):
    """Processor time of ten thousand orders, in fifty lanes, that rest or wait and are due."""
    book = new_book()
    for number in range(10_000):
        fields = {"lane": number // MOST_OF_LANE, "nonce": number + 1, "percent": percent}
        put(book, make(number, "S", 120, **fields))
    assert len(book.orders) + len(book.waiting.by_hash) == 10_000
    book.observe_index(COVERED, 120)
    assert len(book.waiting.due) == (10_000 if percent else 0)
    begun = time.process_time()
    assert len(book.expire(9_000)) == 10_000
    assert time.process_time() - begun < 1
    assert not book.orders
    assert not book.waiting.due


def test_roll__of_two_books__fills_both_halves_for_equal_lots_or_none():
    book = new_book()
    put(book, make(1, "S", 100, lots=7, who=1))
    put(book, make(2, "B", 101, lots=5, who=2, series=BANDED))
    near = make(9, "B", 100, lots=20, who=3, lane=LANE)
    far = make(9, "S", 101, lots=20, who=3, lane=LANE, series=BANDED)
    outcome = book.rolls.place(near, far, 9)
    assert [fill.lots for fill in outcome.fills] == [5]
    assert [fill.lots for fill in outcome.far_fills] == [5]
    assert (outcome.end, book.lanes.left(near)) == (OrderEnd.PAIR_UNFILLED, 15)
    again = book.rolls.place(near, far, 10)
    assert (again.fills, again.far_fills, again.end) == ((), (), OrderEnd.PAIR_UNFILLED)


def test_roll__against_one_lane_in_both_books__does_not_count_it_twice():
    book = new_book()
    put(book, make(1, "S", 100, lots=10, who=1, lane=LANE))
    put(book, make(2, "B", 101, lots=10, who=1, lane=LANE, series=BANDED))
    near = make(9, "B", 100, lots=10, who=3)
    far = make(9, "S", 101, lots=10, who=3, series=BANDED)
    outcome = book.rolls.place(near, far, 9)
    halves = [sum(f.lots for f in fills) for fills in (outcome.fills, outcome.far_fills)]
    assert halves[0] == halves[1]
    assert sum(halves) <= 10


def test_expire__when_an_order_or_its_series_is_over__ends_it():
    book = new_book()
    put(book, make(1, "S", expiry=50))
    put(book, make(2, "S", expiry=20_000))
    assert book.expire(49) == []
    assert [each.order for each in book.expire(50)] == [(1).to_bytes(32)]
    assert [each.why for each in book.expire(10_000)] == [OrderEnd.EXPIRED]
    with pytest.raises(refusals.ClosedSeries):
        put(book, make(3), now=10_000)


def test_cancel__of_a_lane__ends_up_to_the_nonce_and_no_more():
    book = new_book()
    for number in (1, 2, 3):
        put(book, make(number, "S", lane=LANE, nonce=number))
    ended = book.cancel((maker(1), LANE), 2)
    assert [int.from_bytes(each.order) for each in ended] == [1, 2]
    assert put(book, make(9, lots=30, who=2)).lots == 10


def test_epoch__that_the_maker_ended__ends_older_orders_and_refuses_more():
    book = new_book()
    put(book, make(1, "S", epoch=1))
    put(book, make(2, "S", epoch=2))
    assert [each.why for each in book.end_epochs(maker(1), 2)] == [OrderEnd.EPOCH_OVER]
    with pytest.raises(refusals.EpochOver):
        put(book, make(3, epoch=1))


def test_lane__that_the_chain_filled_or_cancelled__leaves_what_is_left():
    book = new_book()
    put(book, make(1, "S", lots=10))
    assert book.observe_lane((maker(1), 1), 1, 4) == []
    assert put(book, make(2, lots=10, who=2)).lots == 6
    put(book, make(3, "S", price=120, lots=10))
    assert len(book.observe_lane((maker(1), 3), 1, 2**64 - 1)) == 1
    with pytest.raises(refusals.OrderReplayed):
        put(book, make(4, "S", lane=3))


def test_match__given_up__gives_its_lots_back_to_who_still_rests():
    book = new_book()
    put(book, make(1, "S", lots=10))
    put(book, make(2, lots=4, who=2))
    resting = book.orders[(1).to_bytes(32)]
    assert book.lanes.left(resting) == 6
    book.conclude(2, settled=False)
    assert book.lanes.left(resting) == 10
    assert not book.matches
    put(book, make(2, lots=4, who=2))


def test_match__that_the_chain_took__is_counted_once():
    book = new_book()
    put(book, make(1, "S", lots=10))
    put(book, make(2, lots=4, who=2))
    book.conclude(2, settled=False)
    book.observe_lane((maker(1), 1), 1, 4)
    assert book.lanes.left(book.orders[(1).to_bytes(32)]) == 6


def test_ways__that_a_maker_can_no_longer_pay__are_not_taken_and_none_ends_the_order():
    book = new_book()
    put(book, make(1, "S", ways=MINT_WAYS | LONG_WAY))
    assert book.set_ways((1).to_bytes(32), MINT_WAYS) == []
    [fill] = put(book, make(2, lots=1, who=2)).fills
    assert fill.way == way_of(Leg.MINT, 1)
    assert [each.why for each in book.set_ways((1).to_bytes(32), 0)] == [OrderEnd.UNFUNDED]


def test_mint__outside_a_band__is_no_way_of_a_resting_order():
    book = new_book()
    alone = put(book, make(1, "S", 103, series=BANDED, ways=MINT_WAYS))
    assert (alone.rests, alone.end) == (0, OrderEnd.UNFUNDED)
    put(book, make(2, "S", 103, series=BANDED))
    [fill] = put(book, make(3, price=105, who=2, series=BANDED)).fills
    assert not fill.way & MINT_WAYS


def test_match__of_very_many_orders__ends_at_its_bounds():
    book = new_book()
    for number in range(1, 151):
        put(book, make(number, "S", lots=1, who=1))
    outcome = put(book, make(500, lots=150, who=2))
    assert (outcome.lots, outcome.end) == (100, OrderEnd.TOO_LONG)
    crowd = new_book()
    for number in range(1, 1_102):
        put(crowd, make(number, "S", lots=1, who=1))
    assert put(crowd, make(2_000, who=2, taker=maker(5))).end is OrderEnd.TOO_LONG


def test_orders__that_may_meet_nobody__stand_in_nobodys_way_however_many_they_are():
    """Parked for nothing: at the best prices, for a taker that is nobody or in ways of nobody."""
    book = new_book()
    merges, everything_else = way_of(Leg.MERGE, 1), ALL_WAYS ^ way_of(Leg.MERGE, 1)
    put(book, make(1, "S", 100, lots=50, who=1, ways=everything_else))
    put(book, make(2, "B", 90, lots=50, who=1, ways=everything_else))
    for number in range(10, 10_010):
        parked = {"taker": maker(99)} if number % 2 else {"ways": merges}
        side, price = ("S", 1 + number % 80) if number % 4 < 2 else ("B", 120 + number)
        put(book, make(number, side, price, who=60 + number % 4, **parked))
    bought = put(book, make(20_001, price=105, lots=20, who=2, ways=everything_else))
    assert [(fill.price, fill.lots) for fill in bought.fills] == [(100, 20)]
    sold = put(book, make(20_002, "S", 85, lots=20, who=2, ways=everything_else))
    assert [(fill.price, fill.lots) for fill in sold.fills] == [(90, 20)]
    far = make(20_003, price=50, who=3, ways=everything_else)
    assert put(book, far, TimeInForce.POST_ONLY).rests == 10
    named = put(book, make(20_004, price=50, lots=10, who=99, ways=everything_else))
    assert [(fill.price, fill.lots) for fill in named.fills] == [(2, 10)]


def test_order__that_names_its_taker__comes_between_the_others_by_price_and_time():
    book = new_book()
    put(book, make(1, "S", 100, who=1))
    put(book, make(2, "S", 100, who=3, taker=maker(2)))
    put(book, make(3, "S", 100, who=4, ways=LONG_WAY))
    put(book, make(4, "S", 99, who=5, taker=maker(2)))
    put(book, make(5, "S", 98, who=6, taker=maker(7)))
    fills = put(book, make(6, lots=40, who=2)).fills
    assert [int.from_bytes(fill.maker) for fill in fills] == [4, 1, 2, 3]


def test_ways__that_change__leave_an_order_its_place_in_time():
    random = Random(5)
    book, ways = new_book(), (LONG_WAY, MINT_WAYS, LONG_WAY | MINT_WAYS)
    for number in range(1, 200):
        put(book, make(number, "S", who=1 + number % 9, ways=random.choice(ways)))
    for number in random.choices(range(1, 200), k=500):
        if random.random() < 0.2:
            book.cancel((maker(1 + number % 9), number), 1)
        book.set_ways(number.to_bytes(32), random.choice(ways))
    left = sorted(int.from_bytes(order) for order in book.orders)
    assert 50 < len(left) < 150
    half = book.series[COVERED].halves[1]
    assert [int.from_bytes(order.hash) for order in half.walk()] == left
    fills = [*put(book, make(500, lots=1_000, who=20), TimeInForce.IOC).fills]
    fills += put(book, make(501, lots=1_000, who=20), TimeInForce.IOC).fills
    assert [int.from_bytes(fill.maker) for fill in fills] == left
    assert (len(half), half.best, [*half.levels()]) == (0, None, [])


def test_book__of_any_orders__shows_what_is_open_to_all_and_nothing_else():
    random = Random(9)
    book = new_book()
    for number in range(1, 1_000):
        named = {"taker": maker(random.randint(1, 9))} if random.random() < 0.5 else {}
        order = replace(random_order(random, number), lane=number, live=False, **named)
        try:
            put(book, order)
        except refusals.OrderReplayed:
            continue
        if random.random() < 0.1:
            book.set_ways(order.hash, random.choice((0, LONG_WAY, MINT_WAYS)))
    hidden = 0
    for number, series in book.series.items():
        for side, half in enumerate(series.halves):
            ours = [o for o in book.orders.values() if (o.series, o.side) == (number, side)]
            shown = {o.price for o in ours if o.taker == NOBODY}
            hidden += len({o.price for o in ours} - shown)
            best = (max if side == 0 else min)(shown, default=None)
            assert (half.best, len(half)) == (best, len(ours))
            assert [p for p, _ in half.levels()] == sorted(shown, reverse=side == 0)
            for price, orders in half.levels():
                assert orders == half.orders_of(price)
                assert {o.taker for o in orders} == {NOBODY}
    assert hidden


def test_levels__of_alternatives__have_the_lots_that_can_be_taken():
    book = new_book()
    for number in range(1, 101):
        put(book, make(number, "S", 100, lots=40, lane=LANE))
    put(book, make(200, "S", 100, lots=7, who=3))
    assert depth_of(book, COVERED, 1, 5) == [(100, 47)]
    assert level_lots(book, COVERED, 1, 100) == 47


def test_lane__of_very_many_orders__is_refused_more():
    book = new_book()
    book.observe_index(COVERED, 100)
    for number in range(1, MOST_OF_LANE + 1):
        near_index = 1 if number % 2 else 0
        put(book, make(number, "S", 120, lane=LANE, nonce=number, percent=near_index))
    assert len(book.waiting.by_hash) == MOST_OF_LANE // 2
    with pytest.raises(refusals.TooManyOrders):
        put(book, make(900, "S", 120, lane=LANE, nonce=900))
    put(book, make(900, "S", 120, lane=LANE + 1, nonce=900))
    book.cancel((maker(1), LANE), 1)
    put(book, make(901, "S", 120, lane=LANE, nonce=901))


def test_cancel__of_most_of_a_long_queue__leaves_no_dead_behind():
    book = new_book()
    for number in range(1, 2_001):
        put(book, make(number, "S"))
    for number in range(1, 2_000):
        book.cancel((maker(1), number), 1)
    [(price, live)] = book.series[COVERED].halves[1].levels()
    assert (price, len(live), len(book.series[COVERED].halves[1])) == (100, 1, 1)
