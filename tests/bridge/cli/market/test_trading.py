"""The market's commands together: a position opened, looked at, moved and priced."""

from itertools import count

import pytest

from pargrade.bindings.structs import Side
from pargrade.clock import HOUR_S
from tests.support.cli import run
from tests.support.market import DAY, MIDNIGHT, PRICE
from tests.support.nodes import until
from tests.support.relay_parties import Venue, place, running

pytestmark = pytest.mark.full

CENT = 10**6
_NUMBERS = count(10)


@pytest.fixture
def venue(market, tmp_path):
    return Venue(market, tmp_path)


def command(venue, client, party, *words):
    own = () if party is None else ("--key", "0x" + party.key.reveal().hex())
    places = ("--rpc-url", venue.market.net.url, "--deployment", str(venue.path))
    ended = run("market", *words, "--relay", client.url, *places, *own, "--json")
    assert ended.code == 0, ended.err
    return ended.json


def test_commands__of_a_holder__show_what_it_has_and_move_it_to_a_later_series(venue, tmp_path):
    market = venue.market
    far = market.list_series("A1GH", start=MIDNIGHT + 20 * DAY, days=5, name="FAR")
    market.write(venue.path)
    holder, seller, buyer = (venue.party(next(_NUMBERS)) for _ in range(3))
    service = venue.assemble()
    with running(service) as (client, _):
        limit = ("--limit", "2.00", "--lots", "40")
        command(venue, client, seller, "sell", "NET-A1GH", *limit)
        taken = command(venue, client, holder, "buy", "NET-A1GH", *limit)
        assert taken["filled"] == "40"
        until(lambda: venue.held(holder) == (40, 0), "the fill on the chain", 30)
        [held] = command(venue, client, holder, "positions")["positions"]
        assert (held["position"], held["lots"]) == ("LONG", "40")
        assert held["exposure"] == str(40 * 20_000)
        bid = buyer.order(venue.series, Side.BUY, PRICE, 30)
        ask = seller.order(far, Side.SELL, PRICE + CENT, 30)
        place(client, buyer.offer(bid, venue.exchange), seller.offer(ask, venue.exchange))
        moved = command(venue, client, holder, "roll", "NET-A1GH", "FAR", "--lots", "30")
        assert (moved["filled"], moved["end"]) == ("30", "FILLED")
        until(lambda: venue.held(holder) == (10, 0), "the roll on the chain", 30)

        picture = tmp_path / "curve.png"
        terms = tmp_path / "terms.csv"
        terms.write_text("provider,months,usd_per_scu\nneo,12,1.85\n")
        drawn = ("--plot", str(picture), "--term-quotes", str(terms))
        points = command(venue, client, None, "curve", *drawn)["points"]
        assert [point["series"] for point in points] == ["NET-A1GH", "FAR"]
        assert {point["low"] for point in points} == {str(185 * CENT)}
        assert picture.stat().st_size > 5_000
        command(venue, client, None, "book", "FAR", "--plot", str(picture))
        # Without a name it is the series that expires next.
        assert command(venue, client, None, "book")["series"] == "NET-A1GH"


def test_commands__of_a_seller_in_the_call__trade_at_its_price_and_show_the_mark(venue):
    seller, buyer = venue.party(next(_NUMBERS)), venue.party(next(_NUMBERS))
    with running(venue.assemble()) as (client, _):
        words = ("--lots", "50", "--rule", "CALL", "--minutes", "600")
        command(venue, client, seller, "sell", "NET-A1GH", "--limit", "1.95", *words)
        # A seller's steps are alternatives of one order, and are shown as one.
        asked = run("market", "orders", "--relay", client.url, "--maker", seller.key.address)
        assert "in call" in asked.out
        assert "1.95 to " in asked.out
        assert asked.out.count("0x") == 1
        command(venue, client, buyer, "buy", "NET-A1GH", "--limit", "2.10", *words)
        now = venue.market.chain.head().timestamp
        venue.market.chain.mine_at((now // HOUR_S + 1) * HOUR_S)
        until(lambda: venue.held(buyer) == (50, 0), "the call on the chain", 30)
        newest, *_ = command(venue, client, None, "calls", "NET-A1GH")["calls"]
        # Of all prices from 1.95 to 2.10 the nearest to the last mark, which was the index.
        assert (newest["price"], newest["lots"], newest["source"]) == (str(PRICE), "50", "CALL")
        assert len(command(venue, client, None, "calls", "NET-A1GH", "--daily")["calls"]) == 1
        assert command(venue, client, None, "book", "NET-A1GH")["call"] == newest
