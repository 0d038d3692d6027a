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


def audited(venue, receipts, fills):
    """The relay's log against receipts that commands kept, and fills that one read."""
    places = ("--rpc-url", venue.market.net.url, "--deployment", str(venue.path))
    written = run("relay", "fills", str(fills), *places, "--json")
    assert written.code == 0, written.err
    log = str(venue.path.with_suffix(".relay.db"))
    evidence = ("--receipts", str(receipts), "--fills", str(fills))

    def audit():
        return run("relay", "audit", log, *evidence, "--json")

    # A log that has not come to a fill yet is cut off: nobody is accused, and the code is 3.
    until(lambda: audit().code != 3, "the fill in the log", 30)
    return audit().json


def test_receipts__whose_file_cannot_be_written__keep_the_order_from_being_sent(venue, tmp_path):
    seller = venue.party(next(_NUMBERS))
    with running(venue.assemble()) as (client, _):
        places = ("--rpc-url", venue.market.net.url, "--deployment", str(venue.path))
        words = ("sell", "NET-A1GH", "--limit", "2.00", "--lots", "40", "--relay", client.url)
        key = ("--key", "0x" + seller.key.reveal().hex())
        file = str(tmp_path / "nowhere" / "receipts.ndjson")
        ended = run("market", *words, *places, *key, "--receipts", file)
        assert ended.code == 1
        assert "no receipt can be kept here" in ended.err
        assert client.depth(venue.series).asks == ()


def test_book__far_from_the_index__names_no_limit_of_an_order_without_one(venue):
    seller, buyer = venue.party(next(_NUMBERS)), venue.party(next(_NUMBERS))
    with running(venue.assemble()) as (client, _):
        ask = seller.order(venue.series, Side.SELL, PRICE * 3 // 2, 40)
        place(client, seller.offer(ask, venue.exchange))
        places = ("--rpc-url", venue.market.net.url, "--deployment", str(venue.path))
        words = ("buy", "NET-A1GH", "--lots", "40", "--relay", client.url, *places)
        key = ("--key", "0x" + buyer.key.reveal().hex())
        ended = run("market", *words, *key)
        assert ended.code == 1
        assert "asks for a limit of 3.00 USD: more than 15 % off the index of 2.00 USD" in ended.err
        assert client.depth(venue.series).asks == ((PRICE * 3 // 2, 40),)
        # Who names it has it.
        assert run("market", *words, *key, "--limit", "3.00", "--json").json["filled"] == "40"


def test_commands__of_a_holder__show_what_it_has_and_move_it_to_a_later_series(venue, tmp_path):
    market = venue.market
    far = market.list_series("A1GH", start=MIDNIGHT + 20 * DAY, days=5, name="FAR")
    market.write(venue.path)
    holder, seller, buyer = (venue.party(next(_NUMBERS)) for _ in range(3))
    service = venue.assemble()
    with running(service) as (client, _):
        lots = ("--lots", "40")
        limit = ("--limit", "2.00", *lots)
        kept = tmp_path / "receipts.ndjson"
        receipts = ("--receipts", str(kept))
        quoted = command(venue, client, None, "quote", "buy", "NET-A1GH", "--limit", "2.10", *lots)
        assert (quoted["index"], quoted["basis"]) == (str(PRICE), str(10 * CENT))
        assert quoted["basis_percent"] == "+5.00"
        command(venue, client, seller, "sell", "NET-A1GH", *limit, *receipts)
        dear = command(venue, client, None, "quote", "buy", "NET-A1GH", "--limit", "2.10", *lots)
        assert (dear["average_price"], dear["basis"]) == (str(PRICE), "0")
        taken = command(venue, client, holder, "buy", "NET-A1GH", *limit, *receipts)
        assert taken["filled"] == "40"
        until(lambda: venue.held(holder) == (40, 0), "the fill on the chain", 30)
        found = audited(venue, kept, tmp_path / "fills.ndjson")
        assert (found["findings"], found["receipts"], found["orders"]) == ([], 2, 2)
        assert (tmp_path / "fills.ndjson").read_text().count('"lots": "40"') == 1
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
