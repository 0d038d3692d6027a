"""Matches on their way: dear ones, many, unpaid ones, and those that others have filled."""

from collections import Counter
from pathlib import Path

import pytest

from bridge.orders.audit.audit import audit_log
from bridge.orders.client.client import SignedOffer
from bridge.orders.event.event import unpack_event
from bridge.orders.event.fact import CallClosed, LaneObserved, Listed, MatchConcluded
from pargrade.bindings.structs import Leg, Side, Take
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.transaction import MOST_GAS
from tests.support.market import PRICE, Market
from tests.support.nodes import until
from tests.support.relay_parties import RELAY_KEY, Venue, place, running
from tests.support.signed_orders import legs

pytestmark = pytest.mark.full

CENT = 10**6
BURNS = "0x5b610fa05a11600057631626ba7e60e01b60005260206000f3"
"""Loops while more than 4,000 gas are left, then returns the magic value of ERC-1271."""
MINTS = legs(Leg.MINT)


@pytest.fixture
def venue(market: Market, tmp_path: Path) -> Venue:
    return Venue(market, tmp_path)


def trade(venue, client, seller, buyer, lots, price=PRICE):
    """A pair that is matched at once."""
    ask = seller.order(venue.series, Side.SELL, price, lots, legs=MINTS)
    bid = buyer.order(venue.series, Side.BUY, price, lots, legs=MINTS)
    rests, taken = place(
        client, seller.offer(ask, venue.exchange), buyer.offer(bid, venue.exchange)
    )
    assert taken.filled == lots
    return ask, bid, rests, taken


def ends_of(service):
    events = [unpack_event(entry.body) for entry in service.relay.entries(0, 5_000)]
    return [event.settled for event in events if isinstance(event, MatchConcluded)]


def left_of(venue, order):
    return venue.exchange.remaining(order, block=Tag.LATEST)


def test_match__of_makers_who_burn_all_gas__is_cut_to_what_a_block_may_hold(venue):
    buyer, burner, good, other = (venue.party(number) for number in (10, 11, 12, 13))
    service, chain = venue.assemble(interval=3_600), venue.market.chain
    chain.request("anvil_setCode", burner.key.address, BURNS)
    with running(service) as (client, _):
        asks = [burner.order(venue.series, Side.SELL, PRICE, 10, legs=MINTS) for _ in range(100)]
        place(client, *(SignedOffer(ask, b"\x01" * 70, "GTC") for ask in asks))
        bid = buyer.order(venue.series, Side.BUY, PRICE, 1_000, legs=MINTS)
        [taken] = place(client, buyer.offer(bid, venue.exchange))
        _, behind, *_ = trade(venue, client, good, other, 50, PRICE + CENT)
        given = client.match(taken.receipt.sequence)
        assert len(given.more) == 1
        first = chain.head().number
        service.relay.follow()
        assert ends_of(service) == [True, True]
        assert (left_of(venue, bid), left_of(venue, behind)) == (0, 0)
        assert client.order(taken.receipt.order).state == "filled"
        sent = [
            tx
            for block in range(first + 1, chain.head().number + 1)
            for tx in chain.request("eth_getBlockByNumber", hex(block), True)["transactions"]
        ]
        assert len(sent) == 3
        assert max(int(tx["gas"], 16) for tx in sent) <= MOST_GAS


def test_matches__while_blocks_are_late__are_sent_together_and_the_chain_is_looked_at(venue):
    buyer, seller = venue.party(10), venue.party(11)
    service, chain = venue.assemble(), venue.market.chain
    with running(service) as (client, _):
        until(lambda: client.calls(venue.series), "the first pass", 30)
        chain.pause_mining()
        try:
            bids = [trade(venue, client, seller, buyer, 10)[1]]

            def on_their_way():
                known = chain.nonce(RELAY_KEY.address, block=Tag.PENDING)
                return known - chain.nonce(RELAY_KEY.address, block=Tag.LATEST)

            until(lambda: on_their_way() == 1, "the first match on its way", 30)
            bids += [trade(venue, client, seller, buyer, 10)[1] for _ in range(7)]
            # Whoever looks does not wait for what was sent.
            service.relay.look()
            chain.mine(1)
            until(lambda: on_their_way() == 7, "the others on their way together", 30)
        finally:
            chain.resume_mining()
            chain.mine(1)
        until(lambda: ends_of(service) == [True] * 8, "the conclusions", 60)
        assert not any(left_of(venue, bid) for bid in bids)
        assert service.problems() == []


def test_taker__beyond_its_share_of_the_day__sends_its_own_and_others_are_settled(venue):
    himself, twice, buyer, seller = (venue.party(number) for number in (10, 11, 12, 13))
    # At most some three matches a day, of which one taker has the first.
    service = venue.assemble(interval=3_600, max_fee_per_day="0.001", taker_percent=10)
    chain = venue.market.chain
    with running(service) as (client, _):
        assert service.relay.taker_wei_per_day == str(10**14)
        for _ in range(3):
            chain.request("anvil_setNextBlockBaseFeePerGas", hex(10**9))
            *_, taken = trade(venue, client, himself, twice, 10)
            service.relay.follow()
        assert venue.held(twice) == (10, 0)
        assert client.order(taken.receipt.order).state == "matched"
        given = client.match(taken.receipt.sequence)
        chain.request("anvil_setNextBlockBaseFeePerGas", hex(10**9))
        *_, good = trade(venue, client, seller, buyer, 5_000, PRICE + CENT)
        service.relay.follow()
        assert venue.held(buyer) == (5_000, 0)
        assert client.order(good.receipt.order).state == "filled"
        twice.wallet.send(Call(given.to, given.data, "a match", None, venue.exchange.ERRORS))
        service.relay.follow()
        assert venue.held(twice) == (20, 0)
        assert client.order(taken.receipt.order).state == "filled"


def test_relay__at_its_cap_of_the_day__says_so_and_leaves_matches_to_their_takers(venue):
    buyer, seller = venue.party(10), venue.party(11)
    service = venue.assemble(interval=3_600, max_fee_per_day="0.000001", taker_percent=100)
    chain = venue.market.chain
    with running(service) as (client, _):
        chain.request("anvil_setNextBlockBaseFeePerGas", hex(10**9))
        *_, taken = trade(venue, client, seller, buyer, 50)
        service.relay.follow()
        [problem] = service.problems()
        assert "takers can send theirs" in problem
        assert client.order(taken.receipt.order).state == "matched"
        given = client.match(taken.receipt.sequence)
        buyer.wallet.send(Call(given.to, given.data, "a match", None, venue.exchange.ERRORS))
        service.relay.follow()
        assert client.order(taken.receipt.order).state == "filled"
        *_, late = trade(venue, client, seller, buyer, 50)
        service.relay.follow()
        chain.mine_at(chain.head().timestamp + 130)
        service.relay.follow()
        # Both are in the book again, and were matched again: no lot is lost by it.
        assert ends_of(service)[:2] == [True, False]
        assert client.order(late.receipt.order).state == "matched"
        assert service.outbox._intents.open() == []


def test_match__whose_maker_was_filled_by_a_stranger__costs_the_taker_nothing(venue):
    buyer, seller, stranger = (venue.party(number) for number in (10, 11, 12))
    service = venue.assemble(interval=3_600)
    with running(service) as (client, _):
        ask, bid, rests, taken = trade(venue, client, seller, buyer, 60)
        signature = seller.offer(ask, venue.exchange).signature
        fill = venue.exchange.fill(ask, signature, Take(60, Leg.MINT, 1), PRICE * 2)
        stranger.wallet.send(fill)
        for _ in range(5):
            service.relay.follow()
            venue.market.chain.mine(1)
        assert client.order(rests.receipt.order).state == "filled"
        assert client.order(taken.receipt.order).state == "resting"
        assert left_of(venue, bid) == 60
        assert ends_of(service) == [False]
        log = list(service.relay.entries(0, 5_000))
        audit = audit_log(log)
        assert audit.findings == []
        # That the match was given up is a claim about the chain like what it had of the lane.
        kinds = Counter(type(unpack_event(entry.body)) for entry in log)
        claimed = (Listed, CallClosed, MatchConcluded, LaneObserved)
        assert audit.claims == sum(kinds[kind] for kind in claimed) >= 4


def test_match__whose_taker_cancelled_on_the_chain__is_not_said_to_be_settled(venue):
    buyer, seller = venue.party(10), venue.party(11)
    service = venue.assemble(interval=3_600)
    with running(service) as (client, _):
        _, bid, rests, taken = trade(venue, client, seller, buyer, 60)
        buyer.wallet.send(venue.exchange.cancel(bid.lane, bid.nonce))
        for _ in range(3):
            service.relay.follow()
        assert ends_of(service) == [False]
        assert client.order(taken.receipt.order).state == "cancelled"
        assert client.order(rests.receipt.order).state == "resting"


def test_restart__after_a_match_was_mined_in_part_and_not_noted__finds_it_settled(venue):
    buyer, bad, good = (venue.party(number) for number in (10, 11, 12))
    service = venue.assemble(interval=3_600)
    with running(service) as (client, _):
        asks = [m.order(venue.series, Side.SELL, PRICE, 30, legs=MINTS) for m in (bad, good)]
        offers = [m.offer(o, venue.exchange) for m, o in zip((bad, good), asks, strict=True)]
        place(client, *offers)
        bid = buyer.order(venue.series, Side.BUY, PRICE, 60, legs=MINTS)
        [taken] = place(client, buyer.offer(bid, venue.exchange))
        bad.wallet.send(venue.market.market.set_operator(venue.exchange.address, False))
        service.relay.send_matches()
        assert left_of(venue, bid) == 30
    venue.market.chain.mine(1)
    again = venue.assemble(interval=3_600)
    assert ends_of(again) == [True]
    with running(again) as (client, _):
        again.relay.follow()
        # What the bad maker did not have is bid for again.
        assert client.order(taken.receipt.order).rests == 30
        assert ends_of(again) == [True]
