"""A mark follows what others stand for, and not who trades with himself."""

from random import Random

import pytest

from bridge.orders.book.book import Book
from bridge.orders.book.depth import depth_of, level_lots
from bridge.orders.book.entry import BookOrder, TimeInForce
from bridge.orders.book.mark import (
    BAND_BPS,
    FULL_LOTS,
    MARK_DEPTH,
    MOVE_BPS,
    MarkSource,
    Surroundings,
    mark_of,
)
from bridge.orders.book.series_book import ClosedCall, SeriesBook
from bridge.orders.signed.listing import Listing
from bridge.orders.signed.order import NOBODY
from bridge.orders.signed.way import ALL_WAYS
from pargrade.clock import HOUR_S
from pargrade.units import TICK

CENT = int(TICK)
LISTING = Listing(1, 2**39, 0, 0, 1, 6)
STEP = LISTING.price_step
MONEY_LOTS = FULL_LOTS - 1
"""What the campaign's money locks collateral for: just under ten contracts, about $33,580."""


@pytest.mark.parametrize(
    ("around", "price", "lots", "mark", "source"),
    [
        (Surroundings(229, 232, 225, 231), 0, 0, 230, MarkSource.BOOK),
        (Surroundings(300, 301, 230, 230), 0, 0, 232, MarkSource.BOOK),
        (Surroundings(300, 301, 230, 232), 0, 0, 234, MarkSource.BOOK),
        (Surroundings(300, 301, 230, 252), 0, 0, 253, MarkSource.BOOK),
        (Surroundings(100, 101, 230, 228), 0, 0, 226, MarkSource.BOOK),
        (Surroundings(300, 301, 0, 230), 0, 0, 232, MarkSource.BOOK),
        (Surroundings(300, 301, 0, 0), 0, 0, 300, MarkSource.BOOK),
        (Surroundings(300, 301, 290, 230), 0, 0, 292, MarkSource.BOOK),
        (Surroundings(300, 500, 230, 230), 400, FULL_LOTS, 253, MarkSource.CALL),
        (Surroundings(300, 500, 230, 230), 400, FULL_LOTS - 1, 232, MarkSource.CALL),
        (Surroundings(229, 0, 200, 250), 0, 0, 200, MarkSource.INDEX),
        (Surroundings(0, 0, 0, 250), 0, 0, 250, MarkSource.LAST),
        (Surroundings(0, 0, 0, 0), 0, 0, 0, MarkSource.NONE),
        (Surroundings(0, 0, 0, 250), 999, 10**9, 250, MarkSource.LAST),
        (Surroundings(220, 240, 225, 235), 239, 10, 231, MarkSource.CALL),
        (Surroundings(220, 240, 225, 235), 222, 10, 229, MarkSource.CALL),
        (Surroundings(220, 240, 225, 235), 239, FULL_LOTS, 239, MarkSource.CALL),
        (Surroundings(220, 240, 225, 235), 300, FULL_LOTS, 240, MarkSource.CALL),
        (Surroundings(0, 240, 200, 250), 300, FULL_LOTS, 201, MarkSource.CALL),
    ],
)
def test_mark__by_what_there_is__follows_its_order(around, price, lots, mark, source):
    cents = Surroundings(*(each * CENT for each in around))
    assert mark_of(price * CENT, lots, cents, CENT) == (mark * CENT, source)


def test_mark__of_any_surroundings__is_on_the_step_and_near_what_others_stand_for():
    random = Random(3)
    for _ in range(5_000):
        bid, spot, last = (random.choice((0, random.randint(10**7, 10**9))) for _ in range(3))
        ask = bid and bid + random.randint(0, 10**8)
        price, lots = random.randint(1, 10**9), random.choice((0, 1, FULL_LOTS - 1, FULL_LOTS))
        around = Surroundings(bid // CENT * CENT, ask // CENT * CENT, spot, last // CENT * CENT)
        mark, source = mark_of(price // CENT * CENT, lots, around, CENT)
        assert mark % CENT == 0
        assert (source is MarkSource.CALL) <= (lots > 0)
        known = [each for each in (around.last, spot) if each]
        if not around.bid:
            assert abs(mark - mark_of(0, 0, around, CENT).price) <= CENT
            continue
        if not known:
            assert around.bid // CENT * CENT - CENT <= mark <= around.ask + CENT
            continue
        centre = spot or around.last
        assert abs(mark - centre) <= max(centre * BAND_BPS // 10_000, CENT)
        if lots < FULL_LOTS:
            least, most = min(known), max(known)
            assert mark >= least - max(least * MOVE_BPS // 10_000, CENT)
            assert mark <= most + max(most * MOVE_BPS // 10_000, CENT)


def order(number, side, price, lots, who, *, call=False, **changes):
    fields = {
        "hash": number.to_bytes(32),
        "series": 1,
        "side": side,
        "price": price,
        "lots": lots,
        "maker": bytes([who]) * 20,
        "taker": NOBODY,
        "lane": number,
        "nonce": 1,
        "epoch": 0,
        "expiry": 2**39,
        "ways": ALL_WAYS,
        "in_call": call,
    }
    return BookOrder(**{**fields, **changes})


def new_book(half_spread=0):
    """A book of one honest maker, two steps wide or wider; without a spread an empty one."""
    book = Book()
    book.series[1] = SeriesBook(LISTING)
    if half_spread:
        for side, away in ((0, -half_spread), (1, half_spread)):
            quote = order(side + 1, side, 230 * CENT + away * STEP, MARK_DEPTH, 1)
            book.place(quote, TimeInForce.REST, side + 1)
    return book


def hold(book, hour, index=0):
    book.calls.close(1, ClosedCall(hour, index), hour * HOUR_S)
    book.clear_call(1, hour, 10**6 + hour)
    return book.series[1].calls[-1]


@pytest.mark.parametrize(("half_spread", "index"), [(30, 0), (3, 0), (0, 230 * CENT), (0, 0)])
def test_campaign__of_trades_with_oneself__moves_the_mark_by_a_tick_at_most(half_spread, index):
    """Three days of calls, and trades in the book between them, with all of the money each time."""
    random, book = Random(half_spread + index), new_book(half_spread)
    before = hold(book, 1, index).mark.price
    number, moved = 100, 0
    for hour in range(2, 74):
        price = random.choice((150, 200, 226, 233, 260, 400)) * CENT
        for rule in (TimeInForce.CALL, TimeInForce.REST):
            if rule is TimeInForce.REST and half_spread:
                price = 230 * CENT + random.randint(1 - half_spread, half_spread - 1) * STEP
            # He takes his own offer away again: depth that stays could be traded with by others.
            for side, who in ((1, 7), (0, 8)):
                number += 1
                made = order(number, side, price, MONEY_LOTS, who)
                book.place(made, rule, number)
        result = hold(book, hour, index)
        assert result.lots == MONEY_LOTS
        moved = max(moved, abs(result.mark.price - before))
    assert moved <= CENT
    assert moved > 0 or not (half_spread or index)


class Quoter:
    """Who lifts what others offer, quotes both sides himself and trades with himself in the call.

    His money is what leaves him: premium of the lots that he took from others, and the bid.
    """

    def __init__(self, book):
        self.book = book
        self.number = 1_000
        self.paid = 0

    def place(self, side, price, lots, who, rule):
        self.number += 1
        made = order(self.number, side, price, lots, who, call=rule is TimeInForce.CALL)
        return self.book.place(made, rule, self.number)

    def quote(self, price, call_lots):
        """Both sides a step apart around `price`, and a call of his own there."""
        ask = self.book.series[1].halves[1].best
        while ask is not None and ask <= price:
            taken = self.place(0, ask, MARK_DEPTH, 7, TimeInForce.IOC)
            self.paid += sum(fill.lots * fill.price for fill in taken.fills)
            ask = self.book.series[1].halves[1].best
        self.place(0, price, MARK_DEPTH, 7, TimeInForce.REST)
        self.place(1, price + STEP, MARK_DEPTH, 8, TimeInForce.REST)
        self.place(1, price, call_lots, 8, TimeInForce.CALL)
        self.place(0, price, call_lots, 7, TimeInForce.CALL)


def test_campaign__of_a_quoter_in_one_call__moves_the_mark_by_a_hundredth_at_most():
    """The $170 of an ask and the $219 of a bid that once moved it by seventy ticks."""
    book = new_book(3)
    before = hold(book, 1, 230 * CENT).mark.price
    attack = Quoter(book)
    attack.quote(300 * CENT, 10)
    after = hold(book, 2, 230 * CENT)
    assert after.price == 300 * CENT
    assert attack.paid == MARK_DEPTH * 233 * CENT
    assert 0 < after.mark.price - before <= before * MOVE_BPS // 10_000


@pytest.mark.parametrize("call_lots", [10, FULL_LOTS])
@pytest.mark.parametrize("target", [150, 300, 500])
def test_campaign__of_a_quoter_in_every_call__stays_within_the_band(target, call_lots):
    """Two days of calls, an honest maker who comes back to the index between them."""
    index, marks = 230 * CENT, []
    book = new_book(3)
    attack = Quoter(book)
    for hour in range(1, 49):
        attack.quote(target * CENT, call_lots)
        marks.append(hold(book, hour, index).mark.price)
        for half in book.series[1].halves:
            for each in list(half.walk()):
                book.cancel(each.key, each.nonce)
        for side, away in ((0, -3), (1, 3)):
            attack.place(side, index + away * STEP, MARK_DEPTH, 1, TimeInForce.REST)
    assert all(abs(mark - index) <= index * BAND_BPS // 10_000 for mark in marks)
    if call_lots < FULL_LOTS:
        moves = [abs(b - a) for a, b in zip([index, *marks], marks, strict=False)]
        assert max(moves) <= 253 * CENT * MOVE_BPS // 10_000
    assert max(abs(mark - index) for mark in marks) > 20 * CENT


@pytest.mark.parametrize("call_lots", [0, 10])
@pytest.mark.parametrize("side", [0, 1])
def test_campaign__of_quotes_that_nobody_may_meet__moves_nothing(call_lots, side):
    """A day of calls beside the depth of who names a taker, or signs the same lots many times."""
    marks = []
    for is_attacked in (False, True):
        book, number = new_book(3), 100
        if is_attacked:
            price = (300, 150)[side] * CENT
            hidden = order(50, side, price, 10 * MARK_DEPTH, 7, taker=bytes([9]) * 20)
            book.place(hidden, TimeInForce.REST, 50)
            # Lots of one lane, whose sum would be depth: he risks a hundredth of it.
            price = (232, 228)[side] * CENT
            for step in range(101):
                again = order(200 + step, side, price, MARK_DEPTH // 100, 7, lane=1)
                book.place(again, TimeInForce.REST, 200 + step)
        for hour in range(1, 25):
            for each, who in ((1, 7), (0, 8)) if call_lots else ():
                number += 1
                made = order(10_000 + number, each, 253 * CENT, call_lots, who, call=True)
                book.place(made, TimeInForce.CALL, 10_000 + number)
            marks.append(hold(book, hour, 230 * CENT).mark)
        assert level_lots(book, 1, side, (300, 150)[side] * CENT) == 0
        assert len(depth_of(book, 1, side, 9)) == 1 + is_attacked
    assert marks[:24] == marks[24:]


def test_mark__whose_quoter_is_gone__is_what_others_stand_for_again():
    book, index = new_book(3), 230 * CENT
    attack = Quoter(book)
    for hour in range(1, 20):
        attack.quote(300 * CENT, 10)
        hold(book, hour, index)
    assert book.series[1].mark > index + 20 * CENT
    for half in book.series[1].halves:
        for each in list(half.walk()):
            book.cancel(each.key, each.nonce)
    for side, away in ((0, -3), (1, 3)):
        attack.place(side, index + away * STEP, MARK_DEPTH, 1, TimeInForce.REST)
    assert hold(book, 20, index).mark == (index, MarkSource.BOOK)


def test_call__of_strangers_with_more_than_the_money__sets_the_mark():
    book = new_book(30)
    hold(book, 1)
    price = 230 * CENT + 20 * STEP
    book.place(order(50, 1, price, FULL_LOTS, 3), TimeInForce.CALL, 50)
    book.place(order(51, 0, price + STEP, FULL_LOTS, 4), TimeInForce.CALL, 51)
    result = hold(book, 2)
    assert (result.price, result.lots, result.mark) == (price, FULL_LOTS, (price, MarkSource.CALL))


def test_quotes__smaller_than_the_depth__move_nothing():
    book = new_book(3)
    before = hold(book, 1).mark.price
    book.place(order(60, 0, 230 * CENT + 2 * STEP, MARK_DEPTH - 1, 5), TimeInForce.REST, 60)
    assert hold(book, 2).mark.price == before
