"""What waits beside the books: orders off their index, and rolls that need two books."""

import pytest
from msgspec.structs import replace

from bridge.orders.book.book import Book
from bridge.orders.book.comparison import same_book
from bridge.orders.book.entry import OrderEnd, TimeInForce
from bridge.orders.book.near import is_near_index, near_bounds
from bridge.orders.book.out_of_turn import NotReturning, ReturnDue, RollsFull
from bridge.orders.book.returns import MOST_RETURNS
from bridge.orders.book.waiting import MOST_ROLLS_OF_MAKER
from bridge.orders.event.event import pack_event, unpack_event
from bridge.orders.event.fact import FeeChanged
from bridge.orders.event.index import IndexObserved
from bridge.orders.event.room import RoomLost
from bridge.orders.event.state import apply_event
from bridge.orders.signed import refusals
from pargrade.futures import order as twin
from pargrade.units import Price
from tests.bridge.orders.book.test_book import BANDED, COVERED, LANE, make, maker, new_book, put


def near(number, side="S", price=100, lots=10, who=1, percent=2, **changes):
    return make(number, side, price, lots, who, percent=percent, **changes)


def book_at(spot):
    book = new_book()
    book.observe_index(COVERED, spot)
    return book


def back(book, order, sequence=50):
    return book.come_back(replace(order, live=False), sequence, 0)


@pytest.mark.parametrize("spot", [0, 1, 33, 100, 231_000_000, 2**63])
@pytest.mark.parametrize("percent", [1, 3, 15])
def test_bounds__of_any_index__are_the_last_prices_that_are_near(spot, percent):
    low, high = near_bounds(percent, spot)
    if not spot:
        assert low > high
        assert not is_near_index(percent, 100, 0)
        return
    for price in (low - 1, low, high, high + 1):
        assert is_near_index(percent, price, spot) == (low <= price <= high)
        assert is_near_index(percent, price, spot) == twin.is_near(
            Price(price), Price(spot), percent
        )


def test_order__that_the_index_leaves__meets_nobody_until_the_index_is_back():
    book = book_at(100)
    first, second = near(1), near(2)
    put(book, first)
    put(book, second)
    ended = book.observe_index(COVERED, 103)
    assert [(e.order, e.why) for e in ended] == [
        (first.hash, OrderEnd.OFF_INDEX),
        (second.hash, OrderEnd.OFF_INDEX),
    ]
    assert put(book, make(3, "B", 101, 5, who=2), TimeInForce.IOC).fills == ()
    book.observe_index(COVERED, 0)
    book.observe_index(COVERED, 102)
    assert list(book.waiting.due) == [first.hash, second.hash]
    assert back(book, first, 50).rests == 10
    assert back(book, second, 51).rests == 10
    fills = put(book, make(4, "B", 101, 15, who=2)).fills
    assert [(fill.maker, fill.lots) for fill in fills] == [(first.hash, 10), (second.hash, 5)]


def test_order__placed_off_the_index__takes_what_is_near_and_waits_with_its_rest():
    book = book_at(100)
    for number, price in ((1, 97), (2, 98), (3, 102), (4, 103)):
        put(book, make(number, "S", price, who=2))
    outcome = put(book, near(9, "B", 110, 50))
    assert [fill.price for fill in outcome.fills] == [98, 102]
    assert (outcome.rests, outcome.end) == (0, OrderEnd.OFF_INDEX)
    book.observe_index(COVERED, 108)
    outcome = back(book, near(9, "B", 110, 50))
    assert (outcome.fills, outcome.rests) == ((), 30)


def test_order__where_the_index_is_stale_or_unknown__waits_for_a_fresh_one():
    for book in (new_book(), book_at(0)):
        put(book, make(1, "S", 100, who=2))
        outcome = put(book, near(2, "B", 100))
        assert (outcome.fills, outcome.end) == ((), OrderEnd.OFF_INDEX)
        assert put(book, near(3, "B", 100), TimeInForce.IOC).end is OrderEnd.IOC
        book.observe_index(COVERED, 100)
        assert back(book, near(2, "B", 100)).lots == 10


def test_orders__that_are_due__come_back_in_their_order_before_anything_else():
    book = book_at(0)
    put(book, near(1))
    put(book, near(2, who=2))
    apply_event(book, IndexObserved(COVERED, 100, 7), 40, 0)
    with pytest.raises(ReturnDue):
        apply_event(book, FeeChanged(1), 41, 0)
    with pytest.raises(NotReturning):
        back(book, near(2, who=2))
    back(book, near(1))
    back(book, near(2, who=2), 51)
    apply_event(book, FeeChanged(1), 42, 0)
    assert book.fee_bps == 1


def test_order__to_which_no_index_is_near__may_not_be_brought_back():
    book = book_at(0)
    put(book, near(1))
    with pytest.raises(NotReturning):
        back(book, near(1))
    with pytest.raises(refusals.OrderReplayed):
        put(book, near(1))


def test_order__that_may_only_rest_and_would_be_filled_on_its_way_back__ends():
    book = book_at(0)
    put(book, near(1, "S"), TimeInForce.POST_ONLY)
    put(book, make(2, "B", 100, who=2))
    book.observe_index(COVERED, 100)
    assert back(book, near(1, "S")).end is OrderEnd.CROSSED
    assert not book.waiting.by_hash


def test_order__without_means_on_its_way_back__ends():
    book = book_at(0)
    put(book, near(1))
    book.observe_index(COVERED, 100)
    assert back(book, near(1, ways=0)).end is OrderEnd.UNFUNDED
    assert not book.waiting.by_hash
    assert not book.waiting.due


@pytest.mark.parametrize(
    ("ends", "why"),
    [
        (lambda book, order: book.cancel(order.key, 1), OrderEnd.CANCELLED),
        (lambda book, order: book.end_epochs(order.maker, 1), OrderEnd.EPOCH_OVER),
        (lambda book, _: book.expire(9_000), OrderEnd.EXPIRED),
        (lambda book, order: book.observe_lane(order.key, 1, 10), OrderEnd.FILLED),
        (lambda book, order: book.observe_lane(order.key, 2, 0), OrderEnd.SUPERSEDED),
    ],
)
@pytest.mark.parametrize("is_roll", [False, True])
def test_what_waits__ends_as_what_rests_does(ends, why, is_roll):
    book = book_at(0)
    order = near(1, lane=LANE)
    if is_roll:
        book.rolls.place(order, near(1, "B", lane=LANE, series=BANDED), 1, waits=True)
    else:
        put(book, order)
    assert list(book.waiting.by_hash) == [order.hash]
    assert [(e.order, e.why) for e in ends(book, order)] == [(order.hash, why)]
    assert same_book(book, book_after(ends, order))
    book.observe_index(COVERED, 100)
    assert not book.waiting.due


def book_after(ends, order):
    """A book in which the order never was, after the same."""
    book = book_at(0)
    ends(book, order)
    return book


def test_order__that_waits_while_its_match_is_refused__comes_back_by_the_index_alone():
    book = book_at(100)
    put(book, near(1))
    put(book, make(2, "B", 100, 4, who=2), TimeInForce.IOC)
    book.observe_index(COVERED, 110)
    book.conclude(2, settled=False)
    assert not book.returns
    book.observe_index(COVERED, 100)
    assert back(book, near(1)).rests == 10


# ── rolls ──


def roll(number=9, lots=20, who=3, near_price=100, far_price=101, **changes):
    common = {"lane": number, **changes}
    return (
        make(number, "B", near_price, lots, who, **common),
        make(number, "S", far_price, lots, who, series=BANDED, **common),
    )


def offer(book, number, side, price, lots, series, who=1):
    return put(book, make(number, side, price, lots, who, series=series))


def test_roll__that_waits__takes_what_both_books_have_and_waits_on():
    book = new_book()
    assert book.rolls.place(*roll(), 9, waits=True).rests == 20
    offer(book, 11, "S", 100, 8, COVERED)
    assert not book.rolls.may_fill(*roll())
    with pytest.raises(NotReturning):
        book.rolls.resume(*roll(), 12)
    offer(book, 12, "B", 101, 5, BANDED)
    outcome = book.rolls.resume(*roll(), 13)
    assert [fill.lots for fill in outcome.fills + outcome.far_fills] == [5, 5]
    assert (outcome.rests, outcome.end) == (15, OrderEnd.NONE)
    assert book.lanes.left(roll()[0]) == 15
    offer(book, 14, "S", 99, 20, COVERED)
    offer(book, 15, "B", 102, 20, BANDED)
    outcome = book.rolls.resume(*roll(), 16)
    assert (outcome.lots, outcome.end) == (15, OrderEnd.FILLED)
    assert not book.waiting.by_hash


def test_rolls__of_the_same_books__take_in_the_order_in_which_they_came():
    book = new_book()
    book.rolls.place(*roll(9), 9, waits=True)
    book.rolls.place(*roll(10, who=4), 10, waits=True)
    offer(book, 11, "S", 100, 5, COVERED)
    offer(book, 12, "B", 101, 5, BANDED)
    with pytest.raises(NotReturning, match="came before it"):
        book.rolls.resume(*roll(10, who=4), 13)
    assert book.rolls.resume(*roll(9), 13).lots == 5
    with pytest.raises(NotReturning, match="nothing for it"):
        book.rolls.resume(*roll(10, who=4), 14)


def test_roll__whose_maker_can_pay_less__keeps_its_place_and_stops_nobody():
    book = new_book()
    book.rolls.place(*roll(9), 9, waits=True)
    book.rolls.place(*roll(10, who=4), 10, waits=True)
    put(book, make(11, "S", 100, 5, 1, ways=1))
    put(book, make(12, "B", 101, 5, 1, series=BANDED, ways=1))
    poor = roll(9, ways=2)
    outcome = book.rolls.resume(*poor, 13)
    assert (outcome.fills, outcome.rests) == ((), 20)
    assert book.rolls.resume(*roll(10, who=4), 14).lots == 5
    assert book.rolls.resume(*roll(9, ways=0), 15).end is OrderEnd.UNFUNDED


def test_roll__whose_match_the_chain_refused__waits_again_a_stated_number_of_times():
    book = new_book()
    book.rolls.place(*roll(lots=5), 9, waits=True)
    times = 0
    for number in range(10, 100, 10):
        if not book.waiting.by_hash:
            break
        offer(book, number, "S", 100, 5, COVERED)
        offer(book, number + 1, "B", 101, 5, BANDED)
        book.rolls.resume(*roll(lots=5), number + 2)
        assert not book.waiting.by_hash
        book.conclude(number + 2, settled=False)
        for gone in list(book.orders.values()):
            book.cancel(gone.key, gone.nonce)
        times += 1
    assert times == MOST_RETURNS + 1


def test_roll__whose_match_is_on_the_chain__does_not_wait_again():
    book = new_book()
    offer(book, 11, "S", 100, 5, COVERED)
    offer(book, 12, "B", 101, 5, BANDED)
    near_half, far_half = roll(lots=5)
    assert book.rolls.place(near_half, far_half, 13, waits=True).end is OrderEnd.FILLED
    book.conclude(13, settled=True)
    assert not book.waiting.by_hash


def test_roll__cancelled_while_its_match_was_on_its_way__does_not_wait_again():
    book = new_book()
    offer(book, 11, "S", 100, 5, COVERED)
    offer(book, 12, "B", 101, 5, BANDED)
    near_half, far_half = roll(lots=5)
    book.rolls.place(near_half, far_half, 13, waits=True)
    book.cancel(near_half.key, 1)
    book.conclude(13, settled=False)
    assert not book.waiting.by_hash


def test_roll__that_keeps_near_the_index__is_filled_only_there():
    book = book_at(100)
    offer(book, 11, "S", 97, 5, COVERED)
    offer(book, 12, "B", 101, 5, BANDED)
    near_half, far_half = roll(lots=5)
    near_half.percent = 2
    assert book.rolls.place(near_half, far_half, 13, waits=True).rests == 5
    book.observe_index(COVERED, 98)
    assert not book.waiting.due
    again, far_half = roll(lots=5)
    again.percent = 2
    assert book.rolls.resume(again, far_half, 14).lots == 5


def test_rolls__of_one_maker__are_bounded():
    book: Book = new_book()
    for number in range(MOST_ROLLS_OF_MAKER):
        book.rolls.place(*roll(100 + number), 100 + number, waits=True)
    with pytest.raises(RollsFull):
        book.rolls.place(*roll(200), 200, waits=True)
    assert book.rolls.place(*roll(200), 200).end is OrderEnd.PAIR_UNFILLED
    assert len(book.waiting.of_maker(maker(3))) == MOST_ROLLS_OF_MAKER


def test_order__without_room__waits_and_comes_back_once_behind_all_others():
    book = new_book()
    first, second = make(1, "S", 100, 10, who=1), make(2, "S", 100, 10, who=2)
    for order in (first, second):
        put(book, order)
    event = unpack_event(pack_event(RoomLost(first.hash, 7)))
    assert event == RoomLost(first.hash, 7)
    ended = apply_event(book, event, 3, 0).ended
    assert [(each.order, each.why) for each in ended] == [(first.hash, OrderEnd.NO_ROOM)]
    with pytest.raises(refusals.OrderReplayed):
        book.refuse(replace(first, live=False), 0)
    book.observe_index(COVERED, 100)
    assert list(book.waiting.due) == []
    assert back(book, first).rests == 10
    with pytest.raises(NotReturning):
        back(book, first)
    fills = put(book, make(4, "B", 100, 15, who=3)).fills
    assert [(fill.maker, fill.lots) for fill in fills] == [(second.hash, 10), (first.hash, 5)]


@pytest.mark.parametrize("why", ["cancelled", "expired", "epoch", "lane"])
def test_order__without_room__ends_as_any_other(why):
    book = new_book()
    order = make(1, "S", 100, 10, who=1, expiry=50)
    put(book, order)
    book.set_aside(order.hash)
    if why == "cancelled":
        [ended] = book.cancel(order.key, 1)
    elif why == "expired":
        [ended] = book.expire(50)
    elif why == "epoch":
        [ended] = book.end_epochs(order.maker, 1)
    else:
        [ended] = book.observe_lane(order.key, 1, 10)
    assert ended.order == order.hash
    assert not book.waiting.without_room()
    assert book.set_aside(order.hash) == []
