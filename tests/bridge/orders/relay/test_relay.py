"""Parties meet over the relay's API, and what the chain has is what they were promised."""

import json
from dataclasses import replace
from pathlib import Path
from random import Random

import httpx
import pytest
from websockets.sync.client import connect

from bridge.orders.audit.audit import audit_log
from bridge.orders.book.comparison import same_book
from bridge.orders.client.client import RelayRefused, SignedOffer
from bridge.orders.log.store import LogStore
from bridge.orders.signed.cancel_request import CancelRequest, relay_domain
from bridge.orders.signed.order import Digester
from bridge.orders.signed.signature import FastKey
from pargrade.bindings.structs import Fill, Leg, Side, Take
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.futures import order as twin
from pargrade.futures.order import near_index
from tests.support.market import DAY, MIDNIGHT, PRICE, Market
from tests.support.nodes import until
from tests.support.relay_parties import KEYS, RELAY_KEY, Venue, place, running
from tests.support.signed_orders import legs

CENT = 10**6


@pytest.fixture
def venue(market: Market, tmp_path: Path) -> Venue:
    return Venue(market, tmp_path)


def test_two_parties__over_the_api__have_their_positions_on_the_chain(venue, tmp_path):
    buyer, seller = venue.party(10), venue.party(11)
    service = venue.assemble()
    with running(service) as (client, _):
        offer = seller.offer(seller.order(venue.series, Side.SELL, PRICE, 100), venue.exchange)
        [rests] = place(client, offer)
        assert (rests.filled, rests.rests) == (0, 100)
        [again] = place(client, offer)
        assert again.known
        assert again.receipt == rests.receipt
        bid = buyer.order(venue.series, Side.BUY, PRICE + 3 * CENT, 60)
        [taken] = place(client, buyer.offer(bid, venue.exchange))
        assert (taken.filled, taken.end) == (60, "FILLED")
        until(lambda: venue.held(buyer) == (60, 0), "the fill on the chain", 30)
        assert venue.held(seller) == (0, 60)
        until(lambda: not service.relay.sequencer.book.matches, "the match's conclusion", 30)
        assert client.depth(venue.series).asks == ((PRICE, 40),)
        assert client.order(rests.receipt.order).state == "resting"
        assert client.order(taken.receipt.order).state == "filled"
        receipts = [rests.receipt, taken.receipt]
        log = list(service.relay.entries(0, 5_000))
    assert audit_log(log, receipts).findings == []
    assert RELAY_KEY.address == service.relay.rules.matcher


def test_taker__whose_relay_sends_nothing__fills_by_the_calldata_it_gives(venue):
    buyer, seller = venue.party(10), venue.party(11)
    with running(venue.assemble(submit=False)) as (client, _):
        ask = seller.order(venue.series, Side.SELL, PRICE, 50)
        bid = buyer.order(venue.series, Side.BUY, PRICE, 50)
        place(client, seller.offer(ask, venue.exchange))
        [taken] = place(client, buyer.offer(bid, venue.exchange, "IOC"))
        given = client.match(taken.receipt.sequence)
        assert (given.to, given.chain_id) == (venue.exchange.address, 31_337)
        buyer.wallet.send(Call(given.to, given.data, "a match", None, venue.exchange.ERRORS))
        assert venue.held(buyer) == (50, 0)

        def is_over() -> bool:
            try:
                client.match(taken.receipt.sequence)
            except RelayRefused as refused:
                return refused.title == "NoSuchMatch"
            return False

        until(is_over, "the match's conclusion", 30)


def test_maker__who_drains_cancels_or_ends_an_epoch__leaves_the_book(venue):
    makers = [venue.party(number) for number in (10, 11, 12, 13)]
    service = venue.assemble()
    with running(service) as (client, _):
        orders = [m.order(venue.series, Side.SELL, PRICE, 50, legs=legs(Leg.MINT)) for m in makers]
        placed = place(
            client, *(m.offer(o, venue.exchange) for m, o in zip(makers, orders, strict=True))
        )
        drains, revokes, cancels, ends = makers
        unit = venue.market.unit("A1GH")
        drains.wallet.send(unit.transfer(venue.market.me, 10**22 - 10**15))
        revokes.wallet.send(venue.market.market.set_operator(venue.exchange.address, False))
        cancels.wallet.send(venue.exchange.cancel(orders[2].lane, 1))
        ends.wallet.send(venue.exchange.cancel_all(1))
        until(lambda: not service.relay.sequencer.book.orders, "an empty book", 30)
        states = [client.order(each.receipt.order).state for each in placed]
        assert states == ["unfunded", "unfunded", "cancelled", "epoch_over"]
        again = drains.order(venue.series, Side.SELL, PRICE, 50, legs=legs(Leg.MINT))
        [refused] = client.place([drains.offer(again, venue.exchange)], client.rules())
        assert isinstance(refused, RelayRefused)
        assert refused.title == "NoFunds"
        assert "of unit" in refused.detail


def test_fill__by_someone_else_on_the_chain__leaves_what_is_left(venue):
    seller, stranger = venue.party(11), venue.party(12)
    with running(venue.assemble()) as (client, _):
        ask = seller.order(venue.series, Side.SELL, PRICE, 50)
        offer = seller.offer(ask, venue.exchange)
        place(client, offer)
        fill = venue.exchange.fill(ask, offer.signature, Take(20, Leg.MINT, 1), PRICE * 2)
        stranger.wallet.send(fill)
        until(lambda: client.depth(venue.series).asks == ((PRICE, 30),), "what is left", 30)


def test_match__that_the_chain_refuses__is_given_up_and_the_bad_maker_leaves(venue):
    buyer, seller = venue.party(10), venue.party(11)
    service = venue.assemble(submit=True, interval=3_600)
    with running(service) as (client, _):
        ask = seller.order(venue.series, Side.SELL, PRICE, 100, legs=legs(Leg.MINT))
        [rests] = place(client, seller.offer(ask, venue.exchange))
        seller.wallet.send(venue.market.market.set_operator(venue.exchange.address, False))
        bid = buyer.order(venue.series, Side.BUY, PRICE, 60)
        [taken] = place(client, buyer.offer(bid, venue.exchange))
        assert taken.filled == 60
        service.relay.follow()
        service.relay.follow()
        assert not service.relay.sequencer.book.matches
        assert venue.held(buyer) == (0, 0)
        assert client.order(rests.receipt.order).state == "unfunded"
        # Who took has nothing to sign anew: its order is in the book, for whoever comes next.
        assert client.order(taken.receipt.order).state == "resting"
        other = venue.party(12)
        service.relay.follow()
        ask = other.order(venue.series, Side.SELL, PRICE, 60, legs=legs(Leg.MINT))
        [filled] = place(client, other.offer(ask, venue.exchange))
        assert filled.filled == 60
        service.relay.follow()
        service.relay.follow()
        assert venue.held(buyer) == (60, 0)
        assert audit_log(service.relay.entries(0, 5_000), [taken.receipt]).findings == []


def test_match__with_bad_makers__fills_the_good_and_the_bad_leave_the_book(venue):
    buyer, *makers = (venue.party(number) for number in (10, 11, 12, 13))
    service = venue.assemble(interval=3_600)
    with running(service) as (client, _):
        asks = [
            maker.order(venue.series, Side.SELL, PRICE + n * CENT, 20, legs=legs(Leg.MINT))
            for n, maker in enumerate(makers)
        ]
        placed = place(
            client, *(m.offer(o, venue.exchange) for m, o in zip(makers, asks, strict=True))
        )
        makers[0].wallet.send(venue.market.market.set_operator(venue.exchange.address, False))
        makers[1].wallet.send(venue.exchange.cancel(asks[1].lane, 1))
        bid = buyer.order(venue.series, Side.BUY, PRICE + 5 * CENT, 60)
        [taken] = place(client, buyer.offer(bid, venue.exchange))
        assert taken.filled == 60
        service.relay.follow()
        service.relay.follow()
        assert venue.held(buyer) == (20, 0)
        assert venue.held(makers[2]) == (0, 20)
        assert not service.relay.sequencer.book.matches
        # What the good maker did not have is bid again, for 40 lots.
        assert client.depth(venue.series).bids == ((PRICE + 5 * CENT, 40),)
        assert not client.depth(venue.series).asks
        receipts = [each.receipt for each in (*placed, taken)]
        assert audit_log(service.relay.entries(0, 5_000), receipts).findings == []


def test_match__of_a_stranger_that_fails__ends_no_order_of_a_good_maker(venue):
    seller, stranger = venue.party(11), venue.party(12)
    service = venue.assemble(interval=3_600)
    with running(service) as (client, _):
        ask = seller.order(venue.series, Side.SELL, PRICE, 50)
        [rests] = place(client, seller.offer(ask, venue.exchange))
        bid = stranger.order(venue.series, Side.BUY, PRICE, 50)
        forged = Fill(ask, bytes(65), Take(50, Leg.MINT, 1))
        signature = stranger.offer(bid, venue.exchange).signature
        stranger.wallet.send(venue.exchange.match_available(bid, signature, (forged,), 0))
        service.relay.follow()
        assert service.relay._watch._state.news.passed_over == {rests.receipt.order}
        assert client.order(rests.receipt.order).state == "resting"


def test_match__of_a_taker_without_means__ends_no_order_of_a_good_maker(venue):
    buyer, seller = venue.party(10), venue.party(11)
    service = venue.assemble(submit=True, interval=3_600)
    with running(service) as (client, _):
        ask = seller.order(venue.series, Side.SELL, PRICE, 60, legs=legs(Leg.MINT))
        [rests] = place(client, seller.offer(ask, venue.exchange))
        bid = buyer.order(venue.series, Side.BUY, PRICE, 50, legs=legs(Leg.MINT))
        [taken] = place(client, buyer.offer(bid, venue.exchange))
        assert taken.filled == 50
        buyer.wallet.send(venue.market.market.set_operator(venue.exchange.address, False))
        service.relay.follow()
        service.relay.follow()
        assert not service.relay.sequencer.book.matches
        assert client.order(rests.receipt.order).state == "resting"
        assert client.order(taken.receipt.order).state == "unfilled"
        assert client.depth(venue.series).asks == ((PRICE, 60),)


def test_match__of_a_bad_taker_over_all_lots__brings_the_good_maker_back(venue):
    buyer, seller = venue.party(10), venue.party(11)
    service = venue.assemble(submit=True, interval=3_600)
    with running(service) as (client, _):
        ask = seller.order(venue.series, Side.SELL, PRICE, 60, legs=legs(Leg.MINT))
        bid = buyer.order(venue.series, Side.BUY, PRICE, 60, legs=legs(Leg.MINT))
        [rests] = place(client, seller.offer(ask, venue.exchange))
        place(client, buyer.offer(bid, venue.exchange))
        assert not service.relay.sequencer.book.orders
        buyer.wallet.send(venue.market.market.set_operator(venue.exchange.address, False))
        service.relay.follow()
        service.relay.follow()
        assert client.order(rests.receipt.order).state == "resting"
        assert client.depth(venue.series).asks == ((PRICE, 60),)
        book = service.relay.sequencer.book
    again = venue.assemble(submit=True, interval=3_600)
    assert same_book(again.relay.sequencer.book, book)


def test_batch__after_a_re_org_that_no_look_has_seen__is_judged_by_a_block_that_is_there(venue):
    seller = venue.party(11)
    # Its pace is for one batch: that it is judged twice costs its maker nothing.
    service = venue.assemble(interval=3_600, maker_orders_per_second=1, maker_burst=100)
    chain = venue.market.chain
    with running(service) as (client, _):
        until(lambda: client.calls(venue.series), "the first pass", 30)
        snapshot = chain.request("evm_snapshot")
        chain.mine(3)
        service.relay.follow()
        chain.request("evm_revert", snapshot)
        offers = [
            seller.offer(
                seller.order(venue.series, Side.SELL, PRICE + CENT, 20, legs=15 | near_index(5)),
                venue.exchange,
            )
            for _ in range(100)
        ]
        assert [each.rests for each in place(client, *offers)] == [20] * 100


def test_maker__beyond_its_pace__waits_wherever_it_sends_from_and_nobody_else_does(venue):
    fast, other = venue.party(10), venue.party(11)
    service = venue.assemble(interval=3_600, maker_orders_per_second=1, maker_burst=100)

    def asks(party, count):
        orders = (party.order(venue.series, Side.SELL, PRICE + CENT, 10) for _ in range(count))
        return [party.offer(order, venue.exchange) for order in orders]

    with running(service) as (client, _):
        place(client, *asks(fast, 100))
        forged = replace(asks(other, 1)[0], signature=bytes(64))
        results = client.place([*asks(fast, 5), forged, *asks(other, 1)], client.rules())
        titles = [getattr(each, "title", "taken") for each in results]
        assert titles.count("TooFast") >= 4
        # Who cannot sign for a key takes nothing of its pace.
        assert titles[-2:] == ["BadOrderSignature", "taken"]


def test_match__without_a_contract_that_signs_no_more__ends_its_order(venue):
    seller, stranger = venue.party(11), venue.party(12)
    ask = seller.order(venue.series, Side.SELL, PRICE, 50)
    chain, service = venue.market.chain, venue.assemble(interval=3_600)
    chain.request("anvil_setCode", seller.key.address, "0x631626ba7e60e01b60005260206000f3")
    with running(service) as (client, _):
        [rests] = place(client, SignedOffer(ask, b"\x01" * 70, "GTC"))
        # Returns zeros to every question from now on.
        chain.request("anvil_setCode", seller.key.address, "0x60206000f3")
        bid = stranger.order(venue.series, Side.BUY, PRICE, 50)
        fill = Fill(ask, b"\x01" * 70, Take(50, Leg.MINT, 1))
        signature = stranger.offer(bid, venue.exchange).signature
        stranger.wallet.send(venue.exchange.match_available(bid, signature, (fill,), 0))
        service.relay.follow()
        assert client.order(rests.receipt.order).state == "unfunded"


def test_roll__over_two_books__closes_near_and_opens_far_in_one_transaction(venue):
    holder, near_buyer, far_seller = (venue.party(number) for number in (10, 11, 12))
    market = venue.market
    far = market.list_series("A1GH", start=MIDNIGHT + 20 * DAY, days=5, name="FAR")
    give = market.market.transfer(holder.key.address, venue.series, 40)
    market.open(venue.series, 40)
    market.do(give)
    with running(venue.assemble()) as (client, _):
        bid = near_buyer.order(venue.series, Side.BUY, PRICE, 30)
        ask = far_seller.order(far, Side.SELL, PRICE, 50)
        place(client, near_buyer.offer(bid, venue.exchange))
        place(client, far_seller.offer(ask, venue.exchange))
        closes = holder.order(venue.series, Side.SELL, PRICE, 40)
        opens = replace(closes, series=far, side=Side.BUY)
        roll = twin.roll_of(closes, opens)
        domain = twin.exchange_domain(31_337, venue.exchange.address)
        signature = twin.sign(roll, domain, holder.key)
        [rolled] = place(client, SignedOffer(roll, signature, "IOC"))
        assert (rolled.filled, rolled.end) == (30, "PAIR_UNFILLED")

        def held(position: int) -> int:
            return market.market.balance_of(holder.key.address, position, block=Tag.LATEST)

        until(lambda: held(far) == 30, "the roll on the chain", 30)
        assert held(venue.series) == 10
        assert client.depth(far).asks == ((PRICE, 20),)


def test_roll__that_waits__is_filled_when_both_books_have_something_for_it(venue):
    holder, near_buyer, far_seller = (venue.party(number) for number in (10, 11, 12))
    market = venue.market
    far = market.list_series("A1GH", start=MIDNIGHT + 20 * DAY, days=5, name="FAR")
    give = market.market.transfer(holder.key.address, venue.series, 40)
    market.open(venue.series, 40)
    market.do(give)
    service = venue.assemble(interval=3_600)

    def held(position: int) -> int:
        return market.market.balance_of(holder.key.address, position, block=Tag.LATEST)

    with running(service) as (client, _):
        closes = holder.order(venue.series, Side.SELL, PRICE, 40)
        roll = twin.roll_of(closes, replace(closes, series=far, side=Side.BUY))
        domain = twin.exchange_domain(31_337, venue.exchange.address)
        [waits] = place(client, SignedOffer(roll, twin.sign(roll, domain, holder.key)))
        assert (waits.filled, waits.rests, waits.end) == (0, 40, "NONE")
        # Whoever only waits, in series without an order, is looked at and done with as well.
        market.do(market.quote.mint(holder.key.address, 1))
        service.relay.follow()
        assert not service.relay._watch._looks._due
        bid = near_buyer.order(venue.series, Side.BUY, PRICE, 30)
        place(client, near_buyer.offer(bid, venue.exchange))
        service.relay.follow()
        assert not service.relay.sequencer.book.matches
        ask = far_seller.order(far, Side.SELL, PRICE, 50)
        place(client, far_seller.offer(ask, venue.exchange))
        for _ in range(3):
            service.relay.follow()
        assert (held(venue.series), held(far)) == (10, 30)
        assert client.order(waits.receipt.order).state == "waiting"
        assert client.order(waits.receipt.order).rests == 10
        assert [row.rests for row in client.resting(holder.key.address)] == [10, 10]
        # The chain ends it: so does its maker's book.
        holder.wallet.send(venue.exchange.cancel(closes.lane, closes.nonce))
        service.relay.follow()
        assert client.order(waits.receipt.order).state == "cancelled"
        assert audit_log(service.relay.entries(0, 5_000), [waits.receipt]).findings == []
        book = service.relay.sequencer.book
    assert same_book(venue.assemble(interval=3_600).relay.sequencer.book, book)


def test_roll__killed_relay_and_all__waits_in_the_next_run(venue):
    holder = venue.party(10)
    far = venue.market.list_series("A1GH", start=MIDNIGHT + 20 * DAY, days=5, name="FAR")
    venue.market.open(venue.series, 40)
    venue.market.do(venue.market.market.transfer(holder.key.address, venue.series, 40))
    service = venue.assemble(interval=3_600)
    closes = holder.order(venue.series, Side.SELL, PRICE, 40)
    roll = twin.roll_of(closes, replace(closes, series=far, side=Side.BUY))
    domain = twin.exchange_domain(31_337, venue.exchange.address)
    with running(service) as (client, _):
        [waits] = place(client, SignedOffer(roll, twin.sign(roll, domain, holder.key)))
    with running(venue.assemble(interval=3_600)) as (client, _):
        assert client.order(waits.receipt.order).state == "waiting"


def test_api__that_is_sent_anything__refuses_with_a_reason_and_goes_on(venue):
    random = Random(5)
    seller = venue.party(11)
    good = seller.offer(seller.order(venue.series, Side.SELL, PRICE, 50), venue.exchange)
    with running(venue.assemble()) as (client, _), httpx.Client(timeout=10) as http:
        rules = client.rules()
        body = {"chain_id": 31_337, "exchange": rules.exchange, "orders": [good.to_json()]}
        whole = json.dumps(body).encode()
        strange = [b"", b"[]", b"null", b"[" * 50_000, b"\xff\xfe", b"1e999", whole[:-1]]
        for _ in range(150):
            raw = bytearray(whole)
            for _ in range(random.randint(1, 4)):
                raw[random.randrange(len(raw))] = random.randrange(256)
            strange.append(bytes(raw))
        for path, content in [(p, c) for p in ("/orders", "/cancel") for c in strange]:
            found = http.post(client.url + path, content=content)
            assert found.status_code in (200, 422), (found.status_code, content)
        for path in ("/book/x", "/book/5", "/orders/0x1", "/matches/-1", "/log?most=0", "/nothing"):
            assert http.get(client.url + path).status_code in (404, 422)
        with pytest.raises(httpx.HTTPError):
            http.post(client.url + "/orders", content=b" " * 300_000)
        [placed] = place(client, good)
        assert placed.receipt.sequence > 0


def test_order__whose_lane_has_filled_a_part__needs_means_for_the_rest_alone(venue):
    buyer, seller = venue.party(10, quote=100 * 20_000), venue.party(11)
    service = venue.assemble(interval=3_600)
    with running(service) as (client, _):
        ask = seller.order(venue.series, Side.SELL, PRICE, 200)
        first = buyer.order(venue.series, Side.BUY, PRICE, 60)
        place(client, seller.offer(ask, venue.exchange))
        place(client, buyer.offer(first, venue.exchange, "IOC"))
        service.relay.follow()
        service.relay.follow()
        assert venue.held(buyer) == (60, 0)
        rest = replace(first, lots=100)
        [taken] = place(client, buyer.offer(rest, venue.exchange, "IOC"))
        assert taken.filled == 40
        service.relay.follow()
        assert venue.held(buyer) == (100, 0)


def test_restart__of_the_relay__has_the_same_book_and_sends_nothing_twice(venue):
    buyer, seller = venue.party(10), venue.party(11)
    first = venue.assemble()
    with running(first) as (client, _):
        ask = seller.order(venue.series, Side.SELL, PRICE, 100)
        bid = buyer.order(venue.series, Side.BUY, PRICE, 30)
        place(client, seller.offer(ask, venue.exchange))
        [taken] = place(client, buyer.offer(bid, venue.exchange))
        until(lambda: not first.relay.sequencer.book.matches, "the conclusion", 30)
    second = venue.assemble()
    assert same_book(first.relay.sequencer.book, second.relay.sequencer.book)
    with running(second) as (client, _):
        [again] = place(client, buyer.offer(bid, venue.exchange))
        assert again.receipt == taken.receipt
    assert venue.held(buyer) == (30, 0)


def test_cancel__signed_by_the_maker__ends_its_orders_and_nobody_elses_request_does(venue):
    seller = venue.party(11)
    with running(venue.assemble()) as (client, _):
        ask = seller.order(venue.series, Side.SELL, PRICE, 100)
        [rests] = place(client, seller.offer(ask, venue.exchange))
        digester = Digester(relay_domain(31_337, venue.exchange.address))
        plain = CancelRequest(seller.raw, ask.lane, 1, MIDNIGHT + 30 * DAY, b"")
        raw = {
            "maker": seller.key.address,
            "lane": str(ask.lane),
            "nonce": "1",
            "deadline": str(plain.deadline),
        }
        for key, ends in ((KEYS[12], False), (seller.key, True)):
            signature = FastKey(key.reveal()).sign_digest(digester.digest(plain.hash))
            request = {**raw, "signature": "0x" + signature.hex()}
            if ends:
                assert client.cancel(request) == [rests.receipt.order]
            else:
                with pytest.raises(RelayRefused, match="BadCancel"):
                    client.cancel(request)
        assert client.depth(venue.series).asks == ()


def test_batch__with_bad_orders__takes_the_good_and_names_each_fault(venue):
    seller = venue.party(11)
    with running(venue.assemble()) as (client, _):
        rules = client.rules()

        def ask(**changes):
            made = replace(seller.order(venue.series, Side.SELL, PRICE, 50), **changes)
            return seller.offer(made, venue.exchange)

        stolen = venue.party(12).offer(ask().order, venue.exchange)
        bad = [ask(legs=0), stolen, ask(expiry=MIDNIGHT), ask(series=5), ask(epoch=0)]
        results = client.place(bad, rules)
        titles = [getattr(each, "title", "") for each in results]
        assert titles == ["UnknownLeg", "BadOrderSignature", "OrderExpired", "ForeignSeries", ""]
        lost = venue.market.market.address
        with pytest.raises(RelayRefused, match="OtherVenue"):
            client.place([ask()], type(rules)(1, lost, rules.matcher, rules.relay, 10, 0))


def test_stream__of_a_series__is_a_snapshot_then_increments_and_can_be_resumed(venue):
    seller = venue.party(11)
    with running(venue.assemble()) as (client, port):
        ask = seller.order(venue.series, Side.SELL, PRICE, 50)
        place(client, seller.offer(ask, venue.exchange))
        url = f"ws://127.0.0.1:{port}/{venue.series}"

        def read(subscriber):
            return json.loads(subscriber.recv(timeout=10))

        with connect(url) as subscriber:
            first = read(subscriber)
            while first["update"] == 0:
                first = read(subscriber)
            held = {"snapshot": first.get("asks"), "update": first.get("levels")}[first["type"]]
            assert [str(PRICE), "50"] in [level[-2:] for level in held]
            second = seller.order(venue.series, Side.SELL, PRICE + CENT, 70)
            place(client, seller.offer(second, venue.exchange))
            update = read(subscriber)
            assert update["update"] == first["update"] + 1
            assert update["levels"] == [["ask", str(PRICE + CENT), "70"]]
        third = seller.order(venue.series, Side.SELL, PRICE + 2 * CENT, 80)
        place(client, seller.offer(third, venue.exchange))
        resume = f"{url}?stream={first['stream']}&update={update['update']}"
        with connect(resume) as subscriber:
            missed = read(subscriber)
            assert missed["type"] == "update"
            assert missed["levels"] == [["ask", str(PRICE + 2 * CENT), "80"]]
        with connect(f"{url}?stream=other&update=1") as subscriber:
            assert read(subscriber)["type"] == "snapshot"


def test_contract__that_signs_by_erc_1271__is_asked_on_the_chain(venue):
    seller = venue.party(11)
    order = seller.order(venue.series, Side.SELL, PRICE, 50)
    offer = seller.offer(order, venue.exchange)
    # Returns the magic value to every question: PUSH4 1626ba7e, shifted left, MSTORE, RETURN.
    code = "0x631626ba7e60e01b60005260206000f3"
    venue.market.chain.request("anvil_setCode", seller.key.address, code)
    with running(venue.assemble()) as (client, _):
        broken = type(offer)(order, b"\x01" * 70)
        [placed] = place(client, broken)
        assert placed.rests == 50
    assert venue.market.chain.code(seller.key.address, block=Tag.LATEST)
    assert LogStore(f"sqlite:///{venue.path.with_suffix('.relay.db')}").last[0] > 0
