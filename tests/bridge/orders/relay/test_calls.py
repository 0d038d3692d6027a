"""Strangers meet in the hourly call at one price: on the chain, and in the log."""

from dataclasses import replace

import pytest

from bridge.orders.audit.audit import audit_log
from bridge.orders.book.comparison import same_book
from bridge.orders.book.mark import MarkSource
from bridge.orders.client.client import RelayRefused
from bridge.orders.event.fact import CallClosed
from bridge.orders.relay.calls import HourlyCalls
from pargrade.bindings.structs import Side
from pargrade.clock import HOUR_S
from tests.support.market import PRICE
from tests.support.nodes import until
from tests.support.relay_parties import Venue, place, running

pytestmark = pytest.mark.full

CENT = 10**6
LOT_AT_PRICE = 20_000
"""Quote base units of a lot at PRICE."""


@pytest.fixture
def venue(market, tmp_path):
    return Venue(market, tmp_path)


def next_hour(venue, service):
    """A block of the next hour, looked at."""
    chain = venue.market.chain
    chain.next_block_at((service.relay.state.block.timestamp // HOUR_S + 1) * HOUR_S)
    chain.mine()


def ladder(seller, venue, lowest, highest, lots):
    """Orders of a seller who takes any price from the lowest on: alternatives of one lane."""
    first = seller.order(venue.series, Side.SELL, lowest, lots)
    prices = range(lowest, highest + 1, CENT)
    made = [replace(first, price=price) for price in prices]
    return [seller.offer(order, venue.exchange, "CALL") for order in made]


def test_call__of_three_strangers__fills_all_at_one_price_on_the_chain(venue):
    keen, ready, seller = (venue.party(number) for number in (10, 11, 12))
    service = venue.assemble()
    with running(service) as (client, _):
        until(lambda: client.calls(venue.series), "the first call", 30)
        [first] = client.calls(venue.series)
        assert (first.lots, first.source) == (0, MarkSource.INDEX)
        before = venue.market.quote.balance_of(keen.key.address, block=venue.market.chain.head())
        asks = place(client, *ladder(seller, venue, PRICE, PRICE + 5 * CENT, 80))
        bids = place(
            client,
            ready.offer(
                ready.order(venue.series, Side.BUY, PRICE + CENT, 50), venue.exchange, "CALL"
            ),
            keen.offer(
                keen.order(venue.series, Side.BUY, PRICE + 3 * CENT, 60), venue.exchange, "CALL"
            ),
        )
        assert all(each.filled == 0 for each in (*asks, *bids))
        assert client.depth(venue.series).bids == client.depth(venue.series).asks == ()
        next_hour(venue, service)
        until(lambda: venue.held(seller) == (0, 80), "the call on the chain", 30)
        assert (venue.held(keen), venue.held(ready)) == ((60, 0), (20, 0))
        after = venue.market.quote.balance_of(keen.key.address, block=venue.market.chain.head())
        assert before - after == 60 * LOT_AT_PRICE
        until(lambda: not service.relay.sequencer.book.matches, "the matches' conclusion", 30)
        newest = client.calls(venue.series)[0]
        assert (newest.price, newest.lots) == (PRICE, 80)
        assert (newest.mark, newest.source) == (PRICE, MarkSource.CALL)
        [mark] = client.marks(venue.series)
        assert mark.time == first.time
        states = {client.order(each.receipt.order).state for each in asks}
        assert states == {"filled"} or states == {"filled", "superseded", "call_over"}
        assert client.order(bids[1].receipt.order).state == "filled"
        assert client.order(bids[0].receipt.order).state == "call_over"
        receipts = [each.receipt for each in (*asks, *bids)]
        assert audit_log(service.relay.entries(0, 5_000), receipts).findings == []


def test_call__that_was_closed_before_a_restart__comes_to_what_it_was_closed_at(venue):
    buyer, seller = venue.party(10), venue.party(11)
    service = venue.assemble(interval=3_600)
    with running(service) as (client, _):
        place(client, *ladder(seller, venue, PRICE, PRICE + CENT, 50))
        bid = buyer.order(venue.series, Side.BUY, PRICE, 40)
        place(client, buyer.offer(bid, venue.exchange, "CALL"))
        next_hour(venue, service)
        head = venue.market.chain.head()
        closed = CallClosed(venue.series, head.timestamp // HOUR_S, PRICE, head.number)
        service.relay.state.block = head
        service.relay.sequencer.submit([closed])
        late = buyer.order(venue.series, Side.BUY, PRICE + CENT, 40)
        [refused] = client.place([buyer.offer(late, venue.exchange, "CALL")], client.rules())
        assert isinstance(refused, RelayRefused)
        assert refused.title == "CallPending"
    again = venue.assemble()
    call, *_ = again.relay.views.calls(venue.series, 5)
    assert (call.price, call.lots) == (PRICE, 40)
    assert again.relay.sequencer.book.matches
    with running(again):
        until(lambda: venue.held(buyer) == (40, 0), "the call on the chain", 30)
        until(lambda: not again.relay.sequencer.book.matches, "its conclusion", 30)
        log = list(again.relay.entries(0, 5_000))
    assert audit_log(log).findings == []
    assert same_book(venue.assemble().relay.sequencer.book, again.relay.sequencer.book)


def test_call__of_a_seller_who_drained__fills_the_others_and_gives_the_rest_up(venue):
    buyer, bad, good = (venue.party(number) for number in (10, 11, 12))
    service = venue.assemble(interval=3_600)
    with running(service) as (client, _):
        for seller in (bad, good):
            place(client, *ladder(seller, venue, PRICE, PRICE, 50))
        bid = buyer.order(venue.series, Side.BUY, PRICE, 100)
        place(client, buyer.offer(bid, venue.exchange, "CALL"))
        next_hour(venue, service)
        state = service.relay.state
        state.advance(state.look_ahead())
        calls = HourlyCalls(
            state,
            service.relay.sequencer,
            lambda: venue.market.chain.head().timestamp * 1_000_000,
        )
        with service.relay.lock:
            calls.hold()
        assert service.relay.views.calls(venue.series, 1)[0].lots == 100
        bad.wallet.send(venue.market.market.set_operator(venue.exchange.address, False))
        for _ in range(3):
            service.relay.follow()
        assert venue.held(buyer) == (50, 0)
        assert venue.held(good) == (0, 50)
        assert not service.relay.sequencer.book.matches
