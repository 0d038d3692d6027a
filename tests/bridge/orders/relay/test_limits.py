"""Askers have their pace, and subscribers get every increment once."""

import json

import pytest

from bridge.orders.book.book import Book
from bridge.orders.book.entry import TimeInForce
from bridge.orders.book.series_book import SeriesBook
from bridge.orders.relay.feed import BookFeed
from bridge.orders.relay.rates import Rates, TooFast
from tests.bridge.orders.book.test_book import COVERED, LISTINGS, make


def test_rates__of_an_asker__fill_with_time_and_are_its_own():
    now = [0.0]
    rates = Rates(10, 20, lambda: now[0])
    rates.take("a", 20)
    with pytest.raises(TooFast) as refused:
        rates.take("a")
    assert refused.value.wait_s == pytest.approx(0.1)
    rates.take("b", 20)
    now[0] = 1.0
    rates.take("a", 10)
    with pytest.raises(TooFast):
        rates.take("a", 1)
    now[0] = 100.0
    rates.take("a", 20)


def test_feed__increments_on_a_snapshot__are_the_book_at_every_step():
    book = Book()
    book.series[COVERED] = SeriesBook(LISTINGS[COVERED])
    feed = BookFeed(book)
    held: dict[tuple[str, str], str] = {}
    seen = 0
    for number in range(1, 200):
        order = make(number, "BS"[number % 2], 95 + number * 7 % 11, 5 + number % 9, number % 5)
        book.refuse(order, 0)
        book.place(order, TimeInForce.REST, number)
        if number % 3 == 0:
            book.cancel(order.key, 1)
        for message in feed.collect(number).values():
            update = json.loads(message)
            assert update["update"] == seen + 1
            seen += 1
            for side, price, lots in update["levels"]:
                held[side, price] = lots
                if lots == "0":
                    del held[side, price]
        shot = json.loads(feed.snapshot(COVERED, number))
        levels = {("bid", price): lots for price, lots in shot["bids"]}
        levels |= {("ask", price): lots for price, lots in shot["asks"]}
        assert held == levels
        assert shot["update"] == seen
    missed = feed.missed(COVERED, feed.stream, seen - 5)
    assert missed is not None
    assert [json.loads(message)["update"] for message in missed] == list(range(seen - 4, seen + 1))
    assert feed.missed(COVERED, feed.stream, seen) == []
    assert feed.missed(COVERED, "another run", 1) is None
    assert feed.missed(COVERED, feed.stream, seen + 1) is None
