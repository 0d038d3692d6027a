"""A maker keeps two sides at a relay, follows the index and its inventory, and leaves nothing."""

import threading
from contextlib import contextmanager

import pytest

from bridge.orders.book.mark import MarkSource
from bridge.orders.maker.account import EpochTaken
from bridge.orders.maker.service import MakerService
from bridge.orders.maker.settings import MakerSettings
from pargrade.bindings.structs import Side
from pargrade.chain.block import Tag
from pargrade.deployment.session import Session
from tests.support.market import DAY, MIDNIGHT, PRICE
from tests.support.nodes import until
from tests.support.relay_parties import Venue, place, running

pytestmark = pytest.mark.full

CENT = 10**6
LOTS, MOST = 500, 2_000


@pytest.fixture
def venue(market, tmp_path):
    return Venue(market, tmp_path)


def assemble(venue, client, party, **settings):
    given = {"relay": client.url, "deployment": venue.path, "interval": 0.1}
    quoting = {"levels": 3, "lots": LOTS, "most_lots": MOST, "lifetime": 86_400, "gap_bps": 50}
    session = Session(venue.market.chain, venue.market.deployment, venue.path)
    made = MakerSettings.read(None, **{**given, **quoting, **settings})
    return MakerService(session, made, party.key)


def epoch_of(venue, party):
    return venue.exchange.epoch_of(party.key.address, block=Tag.LATEST)


@contextmanager
def quoting(service):
    thread = threading.Thread(target=service.run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        service.stop.set()
        thread.join()


def test_maker__beside_a_relay__fills_who_comes_moves_with_what_it_holds_and_leaves_nothing(venue):
    maker, buyer = venue.party(10), venue.party(11)
    with running(venue.assemble()) as (client, _):
        service = assemble(venue, client, maker)
        with quoting(service):
            until(lambda: len(client.depth(venue.series).asks) == 3, "a ladder", 30)
            depth = client.depth(venue.series)
            assert depth.bids == tuple((cents * CENT, LOTS) for cents in (199, 198, 197))
            assert depth.asks == tuple((cents * CENT, LOTS) for cents in (201, 202, 203))
            first = client.resting(maker.key.address)
            done = service.passes
            until(lambda: service.passes > done + 2, "passes", 30)
            assert client.resting(maker.key.address) == first
            bid = buyer.order(venue.series, Side.BUY, PRICE + 10 * CENT, 1_400)
            [taken] = place(client, buyer.offer(bid, venue.exchange, "IOC"))
            assert taken.filled == 1_400
            until(lambda: venue.held(maker) == (0, 1_400), "the fill on the chain", 30)

            # Short by most of what it may hold, it quotes 1.4 percent higher, and asks for what is
            # left: 600 lots, once the chain has ended what it asked for before; 100 in the call.
            def moved():
                now = client.depth(venue.series)
                return now.asks == ((204 * CENT, LOTS),) and now.bids[:1] == ((201 * CENT, LOTS),)

            until(moved, "a ladder that moved", 60)
        assert client.depth(venue.series).bids == client.depth(venue.series).asks == ()
        assert client.resting(maker.key.address) == []


def test_maker__whose_index_moves__moves_its_ladder(venue):
    maker = venue.party(10)
    with running(venue.assemble()) as (client, _):
        service = assemble(venue, client, maker, call=False)
        service.look()
        before = client.depth(venue.series)
        venue.market.record(MIDNIGHT + DAY // 2 + 3_600, PRICE * 11 // 10)
        [quotes] = service.look()
        assert quotes.centre == PRICE * 11 // 10
        after = client.depth(venue.series)
        assert (before.bids[0][0], after.bids[0][0]) == (199 * CENT, 218 * CENT)
        assert after.bids[-1][0] > before.asks[-1][0]

        # What was taken away may be filled until the chain has ended it; then its room is free.
        def is_whole():
            service.look()
            return len(client.resting(maker.key.address)) == 6

        until(is_whole, "the whole ladder", 60)


def test_maker__that_is_killed__ends_every_order_on_the_chain_and_goes_on_when_told(
    venue, tmp_path
):
    maker = venue.party(10)
    kill = tmp_path / "kill"
    with running(venue.assemble()) as (client, _):
        service = assemble(venue, client, maker, kill_file=kill)
        service.look()
        [order, *_] = client.resting(maker.key.address)
        signed = client.order(order.order).signed.as_struct()
        assert venue.exchange.remaining(signed, block=Tag.LATEST) == signed.lots
        kill.touch()
        assert service.look() == []
        assert client.resting(maker.key.address) == []
        assert venue.exchange.remaining(signed, block=Tag.LATEST) == 0
        epoch = epoch_of(venue, maker)
        assert service.look() == []
        assert epoch_of(venue, maker) == epoch > signed.epoch
        kill.unlink()
        service.look()
        assert epoch_of(venue, maker) == epoch
        again = client.order(client.resting(maker.key.address)[0].order)
        assert again.signed.epoch == epoch


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "not a relay"])
def test_kill_switch__without_a_relay__ends_every_order_on_the_chain(venue, tmp_path, url):
    maker, kill = venue.party(10), tmp_path / "kill"
    kill.touch()
    settings = {"relay": url, "deployment": venue.path, "kill_file": kill}
    session = Session(venue.market.chain, venue.market.deployment, venue.path)
    service = MakerService(session, MakerSettings.read(None, **settings), maker.key)
    assert service.look() == []
    epoch = epoch_of(venue, maker)
    assert epoch > 0
    assert service.look() == []
    assert epoch_of(venue, maker) == epoch
    assert service.metrics.is_killed


def test_maker__whose_matches_no_block_takes__signs_no_more_than_it_may_hold(venue):
    maker, buyer = venue.party(10), venue.party(11)
    with running(venue.assemble()) as (client, _):
        service = assemble(venue, client, maker, call=False)
        service.look()
        venue.market.chain.pause_mining()
        matched = []
        try:
            for _ in range(6):
                bid = buyer.order(venue.series, Side.BUY, PRICE * 2, 10 * MOST)
                [taken] = place(client, buyer.offer(bid, venue.exchange, "IOC"))
                matched.append(taken.filled)
                service.look()
        finally:
            venue.market.chain.resume_mining()
            venue.market.chain.mine()
        assert matched[:2] == [3 * LOTS, MOST - 3 * LOTS]
        assert sum(matched) == MOST
        until(lambda: venue.held(maker) == (0, MOST), "all matches on the chain", 60)


def test_maker__that_begins_anew__ends_what_its_former_life_signed_and_ends_that_life(venue):
    maker = venue.party(10)
    with running(venue.assemble()) as (client, _):
        former, service = (assemble(venue, client, maker) for _ in range(2))
        former.look()
        signed = [client.order(each.order).signed for each in client.resting(maker.key.address)]
        service.look()
        for order in signed:
            assert venue.exchange.remaining(order.as_struct(), block=Tag.LATEST) == 0
        epoch = epoch_of(venue, maker)
        with pytest.raises(EpochTaken) as taken:
            former.run()
        assert taken.value.epoch == epoch == epoch_of(venue, maker)
        # It took nothing away that is not its own.
        assert {
            client.order(each.order).signed.epoch for each in client.resting(maker.key.address)
        } == {epoch}


def test_makers__in_a_call__trade_with_who_comes_to_it(venue):
    maker, buyer = venue.party(10), venue.party(11)
    with running(venue.assemble()) as (client, _):
        service = assemble(venue, client, maker)
        service.look()
        bid = buyer.order(venue.series, Side.BUY, PRICE + 3 * CENT, 300)
        place(client, buyer.offer(bid, venue.exchange, "CALL"))
        now = venue.market.chain.head().timestamp
        venue.market.chain.mine_at((now // 3_600 + 1) * 3_600)
        until(lambda: venue.held(buyer) == (300, 0), "the call on the chain", 30)
        newest = client.calls(venue.series)[0]
        assert (newest.lots, newest.source) == (300, MarkSource.CALL)
        assert 201 * CENT <= newest.price <= 203 * CENT


def test_maker__without_a_fresh_index__quotes_nothing_and_takes_its_quotes_away(venue):
    maker = venue.party(10)
    with running(venue.assemble()) as (client, _):
        service = assemble(venue, client, maker, call=False)
        service.look()
        assert client.depth(venue.series).asks
        venue.market.chain.mine_at(MIDNIGHT + 3 * DAY)
        until(lambda: not client.depth(venue.series).asks, "the expiry of its orders", 30)
        [quotes] = service.look()
        assert (quotes.centre, quotes.ladder) == (0, ())
