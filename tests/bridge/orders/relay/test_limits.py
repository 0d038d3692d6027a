"""Askers have their pace, and subscribers get every increment once."""

import json
import threading
from contextlib import ExitStack, suppress
from random import Random

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from bridge.orders.book.book import Book
from bridge.orders.book.depth import depth_of, level_lots
from bridge.orders.book.entry import TimeInForce
from bridge.orders.book.series_book import SeriesBook
from bridge.orders.relay.askers import Askers, parse_proxies
from bridge.orders.relay.feed import BookFeed
from bridge.orders.relay.levels import BookLevels
from bridge.orders.relay.rates import Rates, TooFast
from bridge.orders.relay.settings import RelaySettings
from bridge.orders.relay.stream import Stream, StreamBounds
from bridge.orders.signed.refusals import OrderRefused
from pargrade.settings import BadConfig
from tests.bridge.orders.book.test_book import BANDED, COVERED, LISTINGS, make


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
    feed = BookFeed(BookLevels(book))
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


@pytest.mark.parametrize("seed", range(5))
def test_levels__after_any_flow__are_the_books_and_only_what_changed_is_summed(seed, monkeypatch):
    random, book = Random(seed), Book()
    for number in (COVERED, BANDED):
        book.series[number] = SeriesBook(LISTINGS[number])
    summed: list[int] = []

    def spy(of, series, side, price):
        summed.append(price)
        return level_lots(of, series, side, price)

    monkeypatch.setattr("bridge.orders.relay.levels.level_lots", spy)
    kept, shown = BookLevels(book), dict[tuple[int, int, int], int]()
    for number in range(1, 300):
        series = random.choice((COVERED, BANDED))
        lane = random.randint(1, 20)
        order = make(
            number,
            random.choice("BS"),
            random.randint(95, 105),
            random.randint(5, 30),
            random.randint(1, 5),
            lane=lane,
            nonce=number,
            series=series,
        )
        with suppress(OrderRefused):
            book.place(order, TimeInForce.REST, number, book.refuse(order, 0))
        if random.random() < 0.2:
            book.cancel((order.maker, lane), number)
        if random.random() < 0.3:
            shown |= {level[:3]: level[3] for level in kept.take_changed()}
        for most in (1, 3, 500):
            for which in (COVERED, BANDED):
                for side in (0, 1):
                    assert kept.best(which, side, most) == depth_of(book, which, side, most)
        summed.clear()
        kept.best(series, 0, 500)
        assert summed == []
    shown |= {level[:3]: level[3] for level in kept.take_changed()}
    assert kept.take_changed() == []
    best = {
        (series, side, price): lots
        for series in (COVERED, BANDED)
        for side in (0, 1)
        for price, lots in BookLevels(book).best(series, side, 500)
    }
    assert {key: lots for key, lots in shown.items() if lots} == best != {}


def test_snapshot__between_two_increments__is_made_once():
    book = Book()
    book.series[COVERED] = SeriesBook(LISTINGS[COVERED])
    feed = BookFeed(BookLevels(book))
    first = feed.snapshot(COVERED, 1)
    assert feed.snapshot(COVERED, 1) is first
    book.place(make(1, "B", 95, 5, 1), TimeInForce.REST, 2)
    assert json.loads(feed.snapshot(COVERED, 2))["bids"]
    feed.collect(2)
    assert json.loads(feed.snapshot(COVERED, 2))["update"] == 1


@pytest.mark.parametrize(
    ("peer", "forwarded", "asker"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["6.6.6.6", "198.51.100.1, 10.9.9.9"], "198.51.100.1"),
        ("127.0.0.1", ["10.1.1.1"], "10.1.1.1"),
        ("127.0.0.1", ["nobody"], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("127.0.0.1", ["[2001:db8:1:2:3::4]:4711"], "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", [], "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", [], "203.0.113.9"),
        ("", [], "?"),
    ],
)
def test_asker__by_its_connection__is_an_address_that_it_cannot_choose(peer, forwarded, asker):
    askers = Askers(parse_proxies("127.0.0.1, 10.0.0.0/8"))
    assert askers.name(peer, forwarded) == asker


def test_proxies__that_are_no_networks__are_refused():
    with pytest.raises(BadConfig, match="trusted-proxies"):
        RelaySettings.read(None, trusted_proxies="a proxy")


def test_stream__of_one_address__has_its_share_of_subscribers_and_no_more():
    book = Book()
    book.series[COVERED] = SeriesBook(LISTINGS[COVERED])
    bounds = StreamBounds(5, 2, Askers(parse_proxies("127.0.0.1")))
    known = book.series.__contains__
    stream = Stream(BookFeed(BookLevels(book)), threading.RLock(), lambda: 0, known, bounds)
    with ExitStack() as stack:
        stack.enter_context(stream.serving("127.0.0.1", 0))
        url = f"ws://127.0.0.1:{stream.port}/{COVERED}"

        def join(client):
            headers = {"X-Forwarded-For": client}
            joined = stack.enter_context(connect(url, additional_headers=headers))
            assert json.loads(joined.recv(60))["type"] == "snapshot"

        join("198.51.100.1")
        join("198.51.100.1")
        with pytest.raises(InvalidStatus) as refused:
            join("198.51.100.1")
        assert refused.value.response.status_code == 429
        for client in ("198.51.100.2", "2001:db8::1", "2001:db8::2"):
            join(client)
        with pytest.raises(InvalidStatus) as refused:
            join("198.51.100.3")
        assert refused.value.response.status_code == 503
