"""Signatures in place of transactions: bands, rolls that wait, cancellations, onboarding."""

import json
from itertools import count

import pytest

from pargrade.bindings.structs import Side
from pargrade.chain.block import Tag
from tests.support.cli import run
from tests.support.market import DAY, MIDNIGHT, PLENTY, PRICE
from tests.support.relay_parties import KEYS, Party, Venue, place, running

pytestmark = pytest.mark.full

_NUMBERS = count(10)


@pytest.fixture
def venue(market, tmp_path):
    return Venue(market, tmp_path)


def hexed(key):
    return "0x" + key.reveal().hex()


def command(venue, *words, key=None, code=0):
    own = () if key is None else ("--key", hexed(key))
    places = ("--rpc-url", venue.market.net.url, "--deployment", str(venue.path))
    ended = run("market", *words, *places, *own, "--json")
    assert ended.code == code, ended.err or ended.out
    return ended.err if code else ended.json


def test_sell__with_a_band__waits_while_the_index_is_elsewhere_and_is_shown(venue):
    seller, market = venue.party(next(_NUMBERS)), venue.market
    service = venue.assemble(interval=3_600)
    with running(service) as (client, _):
        here = ("--relay", client.url)
        words = ("NET-A1GH", "--limit", "2.00", "--lots", "40", "--band", "5", *here)
        near = command(venue, "sell", *words, key=seller.key)
        assert (near["rests"], near["end"]) == ("40", "NONE")
        market.record((market.now // 60 + 6) * 60, PRICE * 110 // 100)
        service.relay.follow()
        off = command(venue, "sell", *words, key=seller.key)
        assert (off["rests"], off["end"]) == ("0", "OFF_INDEX")
        found = run("market", "orders", *here, "--maker", seller.key.address, "--json").json
        assert [each["state"] for each in found["orders"]] == ["off_index", "off_index"]
        refused = run("market", "sell", *words[:-3], "16", *here)
        assert refused.code == 2


def test_roll__that_waits__is_shown_by_halves_and_cancelled(venue):
    holder, market = venue.party(next(_NUMBERS)), venue.market
    market.list_series("A1GH", start=MIDNIGHT + 20 * DAY, days=5, name="FAR")
    market.write(venue.path)
    market.open(venue.series, 40)
    market.do(market.market.transfer(holder.key.address, venue.series, 40))
    with running(venue.assemble(interval=3_600)) as (client, _):
        here = ("--relay", client.url)
        limits = ("--leave-limit", "2.00", "--enter-limit", "2.00", "--rest", "--band", "9")
        words = ("NET-A1GH", "FAR", "--lots", "30", *limits, *here)
        waits = command(venue, "roll", *words, key=holder.key)
        assert (waits["filled"], waits["rests"], waits["end"]) == ("0", "30", "NONE")
        rows = client.resting(holder.key.address)
        assert [(row.state, row.side) for row in rows] == [("waiting", 1), ("waiting", 0)]
        order = waits["receipt"]["order"]
        ended = command(venue, "cancel", order, *here, key=holder.key)
        assert ended["ended"] == [order]
        assert client.resting(holder.key.address) == []


def test_cancellation__signed_by_a_maker_without_coin__is_brought_by_a_stranger(venue, tmp_path):
    seller, stranger = venue.party(next(_NUMBERS)), venue.party(next(_NUMBERS))
    file = tmp_path / "cancellation.json"
    service = venue.assemble(interval=3_600)
    with running(service) as (client, _):
        here = ("--relay", client.url)
        ask = seller.order(venue.series, Side.SELL, PRICE, 50)
        [rests] = place(client, seller.offer(ask, venue.exchange))
        words = ("cancel", "0x" + rests.receipt.order.hex(), "--signed", str(file), *here)
        made = command(venue, *words, key=seller.key)
        assert made["cancellation"] == json.loads(file.read_text())
        assert client.order(rests.receipt.order).state == "cancelled"
    assert venue.exchange.remaining(ask, block=Tag.LATEST) == 50
    bring = ("end", str(file))
    command(venue, *bring, "--dry-run", key=stranger.key)
    assert venue.exchange.remaining(ask, block=Tag.LATEST) == 50
    brought = command(venue, *bring, key=stranger.key)
    assert len(brought["steps"]) == 1
    assert venue.exchange.remaining(ask, block=Tag.LATEST) == 0
    # What is over is not brought again.
    assert command(venue, *bring, key=stranger.key)["steps"] == []
    file.write_text(file.read_text().replace('"nonce": "1"', '"nonce": "2"'))
    assert "WrongSignature" in command(venue, *bring, key=stranger.key, code=1)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"maker": 5}', "[" * 5_000, "\x00"])
def test_cancellation__that_is_none__is_refused_with_what_to_do(venue, tmp_path, content):
    file = tmp_path / "strange.json"
    file.write_text(content)
    ended = command(venue, "end", str(file), code=1)
    assert "is no signed cancellation" in ended
    assert "hint: " in ended


def test_onboarding__by_permits__takes_one_transaction_that_a_payer_sends(venue):
    market, chain = venue.market, venue.market.chain
    newcomer = Party(market, KEYS[next(_NUMBERS)])
    payer, unit, address = KEYS[next(_NUMBERS)], market.unit("A1GH"), newcomer.key.address
    market.do(market.quote.mint(address, 10**12))
    market.do(unit.transfer(address, 10**22))
    refused = command(
        venue, "onboard", "NET-A1GH", "--permits", "--payer", hexed(payer), key=newcomer.key, code=1
    )
    assert "2 approvals cannot be signed" in refused
    # The quote token of development takes no permits.
    for spender in (venue.exchange.address, market.market.address):
        newcomer.wallet.send(market.quote.approve(spender, PLENTY))
    before = chain.nonce(address, block=Tag.LATEST)
    words = ("onboard", "NET-A1GH", "--permits", "--payer", hexed(payer))
    assert len(command(venue, *words, "--dry-run", key=newcomer.key)["steps"]) == 1
    assert not market.market.is_operator(address, venue.exchange.address, block=Tag.LATEST)
    sent = command(venue, *words, key=newcomer.key)
    assert [step["call"] for step in sent["steps"]] == ["FuturesExchange.multicall"]
    assert sent["account"] == address
    assert chain.nonce(address, block=Tag.LATEST) == before
    assert market.market.is_operator(address, venue.exchange.address, block=Tag.LATEST)
    for spender in (venue.exchange.address, market.market.address):
        assert unit.allowance(address, spender, block=Tag.LATEST) == PLENTY
    assert command(venue, *words, key=newcomer.key)["steps"] == []
    with running(venue.assemble(interval=3_600)) as (client, _):
        ask = newcomer.order(venue.series, Side.SELL, PRICE, 50)
        assert place(client, newcomer.offer(ask, venue.exchange))[0].rests == 50


def test_onboarding__by_permits_alone__sends_what_cannot_be_signed_and_one_more(venue):
    market = venue.market
    newcomer = Party(market, KEYS[next(_NUMBERS)])
    sent = command(venue, "onboard", "NET-A1GH", "--permits", key=newcomer.key)
    calls = [step["call"] for step in sent["steps"]]
    assert calls[-1] == "FuturesExchange.multicall"
    assert len(calls) == 3
