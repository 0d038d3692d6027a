"""Orders that open pairs wait while their series takes none, and are refused by name before."""

import pytest

from bridge.orders.audit.audit import audit_log
from bridge.orders.book.comparison import same_book
from bridge.orders.client.client import RelayRefused
from pargrade.bindings.structs import Leg, Side
from tests.support.market import PRICE
from tests.support.relay_parties import Venue, place, running
from tests.support.signed_orders import legs

pytestmark = pytest.mark.full

CENT = 10**6
ONLY_MINT = legs(Leg.MINT)


@pytest.fixture
def venue(market, tmp_path):
    return Venue(market, tmp_path)


def test_order__that_opens_pairs__waits_without_room_and_comes_back_behind_who_came(venue):
    market, seller, other = venue.market, venue.party(10), venue.party(11)
    series = market.list_banded(PRICE - 5 * CENT, PRICE + 5 * CENT, days=2)
    market.write(venue.path)
    market.do(market.market.set_month_cap(0, 100))
    service = venue.assemble(interval=3_600)
    with running(service) as (client, _):

        def order(party, side, lots, price=PRICE):
            signed = party.order(series, side, price, lots, legs=ONLY_MINT)
            return party.offer(signed, venue.exchange)

        [large] = place(client, order(seller, Side.SELL, 90))
        [small] = place(client, order(seller, Side.SELL, 10, PRICE + CENT))
        market.open(series, 50)
        service.relay.follow()
        state = {each.order: each.state for each in client.resting(seller.key.address)}
        assert state == {
            small.receipt.order: "resting",
            large.receipt.order: "no_room",
        }
        [refused] = client.place([order(other, Side.BUY, 60)], client.rules())
        assert isinstance(refused, RelayRefused)
        assert refused.title == "NoRoomToOpen"
        assert "leave 50 lots" in refused.detail
        market.do(market.market.merge(series, 0, 50, market.me, market.me))
        [later] = place(client, order(other, Side.SELL, 20))
        service.relay.follow()
        assert client.order(large.receipt.order).state == "resting"
        assert client.depth(series).asks == ((PRICE, 110), (PRICE + CENT, 10))
        market.record((market.now // 60 + 6) * 60, PRICE + 6 * CENT)
        service.relay.follow()
        for placed in (large, small, later):
            assert client.order(placed.receipt.order).state == "no_room"
        market.record((market.now // 60 + 6) * 60, PRICE)
        service.relay.follow()
        fill = place(client, order(other, Side.BUY, 40))[0]
        assert (fill.filled, fill.end) == (0, "SELF_TRADE")
        log = list(service.relay.entries(0, 5_000))
        receipts = [placed.receipt for placed in (large, small, later)]
        assert audit_log(log, receipts).findings == []
        market.do(market.market.set_month_cap(0, 40))
        service.relay.follow()
        again = venue.assemble(interval=3_600)
        book = again.relay.sequencer.book
        assert same_book(book, service.relay.sequencer.book)
    assert [order.lots for order in book.waiting.without_room()] == [90]
    market.do(market.market.set_month_cap(0, 100))
    again.relay.follow()
    assert not book.waiting.without_room()
