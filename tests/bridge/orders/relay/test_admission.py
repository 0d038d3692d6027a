"""A stranger's order costs the stranger's time, and of the book's none."""

import secrets
from dataclasses import replace

import pytest

from bridge.orders.book.entry import TimeInForce
from bridge.orders.relay.rates import TooFast
from bridge.orders.relay.submission import Admitted, OrderSubmission
from bridge.orders.signed.cancel_request import CancelRequest, relay_domain
from bridge.orders.signed.order import Digester, SignedOrder
from bridge.orders.signed.refusals import BadOrderSignature, NoFunds
from bridge.orders.signed.signature import FastKey
from pargrade.bindings.structs import Leg, Side, Take
from pargrade.chain.block import Tag
from pargrade.chain.endpoint.transport import Transport
from pargrade.chain.keys import Key
from tests.support.market import DAY, MIDNIGHT, PRICE
from tests.support.relay_parties import Party, Venue, rest_in_lanes

pytestmark = pytest.mark.full
AGREES = "0x631626ba7e60e01b60005260206000f3"
"""Code that returns ERC-1271's word for every signature."""


@pytest.fixture
def venue(market, tmp_path):
    return Venue(market, tmp_path)


@pytest.fixture
def relay(venue):
    return venue.assemble(submit=False, contract_orders_per_second=1, contract_burst=5).relay


@pytest.fixture
def questions(relay, monkeypatch):
    """What was asked of the endpoint, and whether the book was held meanwhile."""
    found, exchange = [], Transport.exchange

    def spy(self, body):
        found.append((body, relay.lock._is_owned()))
        return exchange(self, body)

    monkeypatch.setattr(Transport, "exchange", spy)
    return found


def stranger(venue):
    return Party(venue.market, Key.parse(secrets.token_hex(32)))


def submission(venue, party, price=PRICE, signature=b"", *, side=Side.SELL, lots=10, **changes):
    order = party.order(venue.series, side, price, lots, **changes)
    signed = signature or party.offer(order, venue.exchange).signature
    return OrderSubmission(SignedOrder.of_struct(order, signed), TimeInForce.REST)


def test_orders__of_strangers_and_of_makers__hold_the_book_over_no_question(
    venue, relay, questions
):
    maker = venue.party(10)
    venue.market.chain.mine(1)
    relay.follow()
    questions.clear()
    [refused] = relay.place([submission(venue, stranger(venue))])
    assert isinstance(refused, NoFunds)
    lane_of = venue.exchange.SELECTORS["lane_of"].hex().encode()
    assert questions
    assert not any(lane_of in body for body, _ in questions)
    mixed = [submission(venue, stranger(venue)), submission(venue, maker)]
    results = relay.place(mixed)
    assert [type(each) for each in results] == [NoFunds, Admitted]
    assert any(lane_of in body for body, _ in questions)
    assert not any(held for _, held in questions)


def test_order__whose_maker_drains_between_reading_and_judging__is_read_for_again(
    venue, relay, questions, monkeypatch
):
    maker = venue.party(10)
    relay.follow()
    readings, blocks = relay._admission._readings, []
    read = readings.read_lanes

    def drained(orders):
        read(orders)
        if not blocks:
            blocks.append(1)
            unit = venue.market.unit("A1GH")
            maker.wallet.send(unit.transfer(venue.party(11).key.address, 10**22))
            relay.follow()
            questions.clear()

    monkeypatch.setattr(readings, "read_lanes", drained)
    [refused] = relay.place([submission(venue, maker)])
    assert isinstance(refused, NoFunds)
    assert questions
    assert not any(held for _, held in questions)


def test_lanes__once_read__are_known_until_a_block_names_their_maker(venue, relay, questions):
    maker, other = venue.party(10), venue.party(11)
    relay.follow()
    lane = submission(venue, maker, lane=77)
    assert isinstance(relay.place([lane])[0], Admitted)
    venue.market.chain.mine(1)
    relay.follow()
    questions.clear()

    def asks_for_a_lane(number):
        questions.clear()
        relay.place([submission(venue, maker, lane=77, nonce=number)])
        lane_of = venue.exchange.SELECTORS["lane_of"].hex().encode()
        return any(lane_of in body for body, _ in questions)

    assert not asks_for_a_lane(2)
    venue.market.do(venue.market.quote.mint(other.key.address, 1))
    relay.follow()
    assert not asks_for_a_lane(3)
    venue.market.do(venue.market.quote.mint(maker.key.address, 1))
    relay.follow()
    assert asks_for_a_lane(4)


def test_signatures__of_no_key__ask_only_contracts_and_at_the_pace_of_their_address(
    venue, relay, questions
):
    maker = venue.party(10)
    relay.follow()
    questions.clear()
    forged = [submission(venue, stranger(venue), signature=bytes(65)) for _ in range(20)]
    results = relay.place(forged, "10.0.0.1")
    kinds = [type(each) for each in results]
    assert kinds == [BadOrderSignature] * 5 + [TooFast] * 15
    is_valid = b"1626ba7e"
    assert not any(is_valid in body for body, _ in questions)
    assert isinstance(relay.place([submission(venue, maker)], "10.0.0.1")[0], Admitted)
    contract = venue.party(11)
    venue.market.chain.request("anvil_setCode", contract.key.address, AGREES)
    venue.market.chain.mine(1)
    relay.follow()
    agreed = submission(venue, contract, price=PRICE + 10**6, signature=b"any")
    assert isinstance(relay.place([agreed], "10.0.0.2")[0], Admitted)
    assert any(is_valid in body for body, _ in questions)


def test_cancellation__that_changes_nothing__is_no_entry(venue, relay):
    maker, nobody = venue.party(10), stranger(venue)
    relay.follow()
    digester = Digester(relay_domain(31_337, venue.exchange.address))

    def cancel(party, lane, nonce):
        plain = CancelRequest(party.raw, lane, nonce, MIDNIGHT + 30 * DAY, b"")
        key = FastKey(party.key.reveal())
        return relay.cancel(replace(plain, signature=key.sign_digest(digester.digest(plain.hash))))

    placed = submission(venue, maker, lane=7)
    assert isinstance(relay.place([placed])[0], Admitted)
    before = relay.sequencer.head[0]
    for nonce in range(1, 20):
        assert cancel(nobody, 7, nonce) is None
    assert relay.sequencer.head[0] == before
    accepted = cancel(maker, 7, 1)
    assert [each.order for each in accepted.outcome.ended] == [placed.signed.hash]
    for nonce in range(1, 20):
        assert cancel(maker, 7, nonce) is None
    assert relay.sequencer.head[0] == before + 1


def test_cancellation__of_an_order_in_a_match__is_an_entry_once(venue, relay):
    maker, taker = venue.party(10), venue.party(11)
    relay.follow()
    digester = Digester(relay_domain(31_337, venue.exchange.address))
    ask = submission(venue, maker, lane=7)
    order = taker.order(venue.series, Side.BUY, PRICE, 10)
    bid = SignedOrder.of_struct(order, taker.offer(order, venue.exchange).signature)
    relay.place([ask, OrderSubmission(bid, TimeInForce.REST)])
    assert relay.sequencer.book.matches
    before = relay.sequencer.head[0]
    for nonce in (1, 1, 5, 2**63):
        plain = CancelRequest(maker.raw, 7, nonce, MIDNIGHT + 30 * DAY, b"")
        key = FastKey(maker.key.reveal())
        relay.cancel(replace(plain, signature=key.sign_digest(digester.digest(plain.hash))))
    assert relay.sequencer.head[0] == before + 1


def test_maker__of_a_thousand_lanes_whom_anybody_names__holds_the_book_over_no_question(
    venue, relay, questions
):
    maker, stranger = venue.party(10), venue.party(11)
    relay.follow()
    rest_in_lanes(venue, relay, maker, 1_000)
    relay.follow()
    lane_of = venue.exchange.SELECTORS["lane_of"].hex().encode()
    quote, unit, book = venue.market.quote, venue.market.unit("A1GH"), relay.sequencer.book

    def asked_after(call):
        venue.market.chain.mine(1)
        relay.follow()
        questions.clear()
        call()
        relay.follow()
        assert questions
        assert [body for body, held in questions if held] == []
        return sum(body.count(lane_of) for body, _ in questions)

    # A transfer of nothing needs nobody's leave. It moves no lane.
    nothing = quote.transfer_from(maker.key.address, stranger.key.address, 0)
    assert asked_after(lambda: stranger.wallet.send(nothing)) == 0
    # Of a cancellation the exchange names the lane; the others are not looked at.
    assert asked_after(lambda: maker.wallet.send(venue.exchange.cancel(7, 1))) == 1
    assert len(book.orders) == 999
    # Of an order that this relay never saw nobody knows the lane.
    unseen = maker.order(venue.series, Side.SELL, PRICE, 20, lane=8)
    signature = maker.offer(unseen, venue.exchange).signature
    fill = venue.exchange.fill(unseen, signature, Take(10, Leg.MINT, 1), PRICE)
    assert asked_after(lambda: stranger.wallet.send(fill)) == 999
    assert len(book.orders) == 998
    # Means that are gone are found a thousand orders at a time, too.
    gone = unit.transfer(stranger.key.address, unit.balance_of(maker.key.address, block=Tag.LATEST))
    assert asked_after(lambda: maker.wallet.send(gone)) == 0
    assert not book.orders


def test_match__whose_parties_have_many_lanes__ends_without_a_question_over_the_book(
    venue, relay, questions
):
    maker, taker = venue.party(10), venue.party(11)
    relay.follow()
    hashes = rest_in_lanes(venue, relay, maker, 200)
    bid = submission(venue, taker, side=Side.BUY, lots=1_000)
    relay.follow()
    questions.clear()
    [taken] = relay.place([bid])
    assert len(taken.accepted.outcome.fills) == 100
    sequence = taken.accepted.entry.sequence
    for part in relay.match_calls(sequence):
        taker.wallet.send(part)
    relay.follow()
    assert not relay.sequencer.book.matches
    assert len(relay.sequencer.book.orders) == len(hashes) - 100
    assert [body for body, held in questions if held] == []
