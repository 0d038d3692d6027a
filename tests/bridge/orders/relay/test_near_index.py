"""Orders that keep near the index, over the API and on the chain: off it they wait."""

import pytest

from bridge.orders.audit.audit import audit_log
from bridge.orders.book.comparison import same_book
from bridge.orders.event.event import unpack_event
from bridge.orders.event.index import IndexObserved
from pargrade.bindings.structs import Side
from pargrade.futures.order import near_index
from tests.support.market import PRICE
from tests.support.relay_parties import Venue, place, running

pytestmark = pytest.mark.full

CENT = 10**6
WITHIN_5 = 15 | near_index(5)


@pytest.fixture
def venue(market, tmp_path):
    return Venue(market, tmp_path)


def move_index(venue, value):
    """The next round, five minutes on, at another value."""
    market = venue.market
    market.record((market.now // 60 + 6) * 60, value)


def test_order__near_the_index__is_filled_there_waits_off_it_and_comes_back(venue):
    buyer, seller = venue.party(10), venue.party(11)
    service = venue.assemble(interval=3_600)
    with running(service) as (client, _):
        ask = seller.order(venue.series, Side.SELL, PRICE, 100, legs=WITHIN_5)
        [rests] = place(client, seller.offer(ask, venue.exchange))
        assert (rests.rests, rests.end) == (100, "NONE")
        first = buyer.order(venue.series, Side.BUY, PRICE, 30)
        assert place(client, buyer.offer(first, venue.exchange))[0].filled == 30
        service.relay.follow()
        service.relay.follow()
        assert venue.held(buyer) == (30, 0)
        move_index(venue, PRICE * 110 // 100)
        service.relay.follow()
        assert client.order(rests.receipt.order).state == "off_index"
        [shown] = client.resting(seller.key.address)
        assert (shown.state, shown.rests) == ("off_index", 70)
        assert client.depth(venue.series).asks == ()
        second = buyer.order(venue.series, Side.BUY, PRICE, 30)
        assert place(client, buyer.offer(second, venue.exchange, "IOC"))[0].filled == 0
        move_index(venue, PRICE * 102 // 100)
        service.relay.follow()
        assert client.order(rests.receipt.order).state == "resting"
        third = buyer.order(venue.series, Side.BUY, PRICE, 30)
        assert place(client, buyer.offer(third, venue.exchange, "IOC"))[0].filled == 30
        service.relay.follow()
        service.relay.follow()
        assert venue.held(buyer) == (60, 0)
        log = list(service.relay.entries(0, 5_000))
        book = service.relay.sequencer.book
    assert audit_log(log, [rests.receipt]).findings == []
    events = [unpack_event(entry.body) for entry in log]
    indexes = [event.index for event in events if isinstance(event, IndexObserved)]
    assert indexes == [PRICE, PRICE * 110 // 100, PRICE * 102 // 100]
    again = venue.assemble(interval=3_600)
    assert same_book(again.relay.sequencer.book, book)


def test_match__that_the_index_left_on_its_way__is_given_up_and_both_wait_or_rest(venue):
    buyer, seller = venue.party(10), venue.party(11)
    service = venue.assemble(interval=3_600)
    with running(service) as (client, _):
        ask = seller.order(venue.series, Side.SELL, PRICE, 50, legs=WITHIN_5)
        bid = buyer.order(venue.series, Side.BUY, PRICE, 50)
        [rests] = place(client, seller.offer(ask, venue.exchange))
        [taken] = place(client, buyer.offer(bid, venue.exchange))
        assert taken.filled == 50
        move_index(venue, PRICE * 110 // 100)
        service.relay.follow()
        service.relay.follow()
        assert venue.held(buyer) == (0, 0)
        assert not service.relay.sequencer.book.matches
        assert client.order(taken.receipt.order).state == "resting"
        assert client.order(rests.receipt.order).state == "off_index"
        move_index(venue, PRICE)
        for _ in range(3):
            service.relay.follow()
        assert venue.held(buyer) == (50, 0)
        log = service.relay.entries(0, 5_000)
        assert audit_log(log, [rests.receipt, taken.receipt]).findings == []


def test_order__while_the_index_is_stale__waits_and_can_be_cancelled(venue):
    seller = venue.party(11)
    service = venue.assemble(interval=3_600)
    with running(service) as (client, _):
        venue.market.chain.mine_at(venue.market.now + 14 * 3_600)
        service.relay.follow()
        ask = seller.order(venue.series, Side.SELL, PRICE, 50, legs=WITHIN_5)
        [waits] = place(client, seller.offer(ask, venue.exchange))
        assert (waits.rests, waits.end) == (0, "OFF_INDEX")
        other = seller.order(venue.series, Side.SELL, PRICE, 50, legs=WITHIN_5)
        [kept] = place(client, seller.offer(other, venue.exchange))
        seller.wallet.send(venue.exchange.cancel(ask.lane, 1))
        service.relay.follow()
        assert client.order(waits.receipt.order).state == "cancelled"
        move_index(venue, PRICE)
        service.relay.follow()
        assert client.order(kept.receipt.order).state == "resting"


def test_order__whose_maker_drained_while_it_waited__ends_when_the_index_frees_it(venue):
    seller = venue.party(11)
    service = venue.assemble(interval=3_600)
    with running(service) as (client, _):
        move_index(venue, PRICE * 110 // 100)
        service.relay.follow()
        ask = seller.order(venue.series, Side.SELL, PRICE, 50, legs=1 | near_index(5))
        [waits] = place(client, seller.offer(ask, venue.exchange))
        unit = venue.market.unit("A1GH")
        seller.wallet.send(unit.transfer(venue.market.me, 10**22 - 10**15))
        move_index(venue, PRICE)
        service.relay.follow()
        assert client.order(waits.receipt.order).state == "unfunded"
        assert audit_log(service.relay.entries(0, 5_000), [waits.receipt]).findings == []
