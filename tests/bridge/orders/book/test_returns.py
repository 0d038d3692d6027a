"""Orders come back after a match that failed: what is left, behind all others, and not for ever."""

import pytest
from msgspec.structs import replace

from bridge.orders.book.depth import depth_of
from bridge.orders.book.entry import OrderEnd, TimeInForce
from bridge.orders.book.out_of_turn import NotReturning
from bridge.orders.book.returns import MOST_RETURNS
from bridge.orders.signed import refusals
from tests.bridge.orders.book.test_book import COVERED, make, new_book, put


def matched(rule=TimeInForce.REST):
    """A book in which order 2 has taken all of order 1, and nothing rests."""
    book = new_book()
    put(book, make(1, "S", 100, 10, who=1))
    outcome = put(book, make(2, "B", 100, 10, who=2), rule)
    assert outcome.end is OrderEnd.FILLED
    assert not book.orders
    return book


def back(book, order, sequence=50, now=0):
    return book.come_back(order, sequence, now)


def test_match__given_up__brings_both_back_behind_those_who_came_meanwhile():
    book = matched()
    book.conclude(2, settled=False)
    assert {order.hash for order in book.returns} == {make(1).hash, make(2).hash}
    put(book, make(3, "S", 100, 10, who=3))
    assert back(book, make(1, "S", 100, 10, who=1)).rests == 10
    fills = put(book, make(4, "B", 100, 15, who=4)).fills
    assert [(fill.maker, fill.lots) for fill in fills] == [(make(3).hash, 10), (make(1).hash, 5)]


def test_order__that_comes_back_to_a_price_it_reaches__is_matched_at_once():
    book = matched()
    book.conclude(2, settled=False)
    put(book, make(3, "S", 99, 4, who=3))
    outcome = back(book, make(2, "B", 100, 10, who=2))
    assert (outcome.lots, outcome.rests) == (4, 6)
    assert 50 in book.matches


def test_order__of_which_the_chain_filled_a_part__comes_back_for_the_rest():
    book = matched()
    book.conclude(2, settled=False)
    taker = make(2, "B", 100, 10, who=2)
    book.observe_lane(taker.key, 1, 7)
    assert back(book, taker).rests == 3
    book = matched()
    book.conclude(2, settled=False)
    book.observe_lane(taker.key, 1, 10)
    with pytest.raises(refusals.OrderReplayed):
        back(book, make(2, "B", 100, 10, who=2))


def test_order__cancelled_while_its_match_was_on_its_way__stays_away():
    book = matched()
    taker = make(2, "B", 100, 10, who=2)
    book.cancel(taker.key, 1)
    book.conclude(2, settled=False)
    with pytest.raises(NotReturning):
        back(book, taker)
    assert back(book, make(1, "S", 100, 10, who=1)).rests == 10


def test_order__that_has_expired_or_was_never_met_or_would_not_rest__stays_away():
    book = matched()
    book.conclude(2, settled=False)
    with pytest.raises(refusals.OrderExpired):
        back(book, make(1, "S", 100, 10, who=1), now=9_000)
    with pytest.raises(NotReturning):
        back(book, make(9, "S", 100, 10, who=3))
    book = matched(TimeInForce.IOC)
    book.conclude(2, settled=False)
    with pytest.raises(NotReturning):
        back(book, make(2, "B", 100, 10, who=2))


def test_order__placed_to_rest_only__comes_back_to_rest_only():
    book = new_book()
    put(book, make(1, "S", 100, 10, who=1), TimeInForce.POST_ONLY)
    put(book, make(2, "B", 100, 10, who=2), TimeInForce.IOC)
    book.conclude(2, settled=False)
    put(book, make(3, "B", 100, 5, who=3))
    with pytest.raises(refusals.PostOnlyCrosses):
        back(book, make(1, "S", 100, 10, who=1))
    book.cancel(make(3, who=3).key, 1)
    assert back(book, make(1, "S", 100, 10, who=1)).rests == 10


def test_order__whose_matches_fail_each_time__comes_back_a_stated_number_of_times():
    book, times = matched(), 0
    book.conclude(2, settled=False)
    for number in range(10, 20):
        try:
            back(book, make(1, "S", 100, 10, who=1), number)
        except NotReturning:
            break
        times += 1
        taker = make(100 + number, "B", 100, 10, who=2)
        put(book, taker, TimeInForce.IOC)
        book.conclude(100 + number, settled=False)
    assert times == MOST_RETURNS


def test_order__in_two_matches__is_looked_at_again_when_the_second_fails():
    book = new_book()
    seller = make(1, "S", 100, 10, who=1)
    put(book, seller)
    put(book, make(2, "B", 100, 4, who=2), TimeInForce.IOC)
    put(book, make(3, "B", 100, 6, who=3), TimeInForce.IOC)
    book.conclude(2, settled=False)
    book.observe_lane(seller.key, 1, 4)
    assert book.returns.undecided == {seller.hash}
    assert book.lanes.left(seller) == 0
    book.returns.undecided.clear()
    book.conclude(3, settled=False)
    assert book.returns.undecided == {seller.hash}
    assert back(book, replace(seller)).rests == 6
    assert depth_of(book, COVERED, 1, 5) == [(100, 6)]
