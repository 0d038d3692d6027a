"""A relay's page of figures says what became of orders, matches and calls."""

import re

import httpx

from bridge.orders.client.client import RelayRefused
from pargrade.bindings.structs import Side
from tests.support.market import PRICE
from tests.support.nodes import until
from tests.support.relay_parties import Venue, place, running


def figures(client):
    text = httpx.get(f"{client.url}/metrics").text
    return {name: float(value) for name, value in re.findall(r"^(pargrade_\S+) (\S+)$", text, re.M)}


def test_metrics__of_a_relay__count_orders_matches_and_calls(market, tmp_path):
    venue = Venue(market, tmp_path)
    buyer, seller = venue.party(10), venue.party(11)
    service = venue.assemble()
    with running(service) as (client, _):
        until(lambda: client.calls(venue.series), "the first call", 30)
        before = figures(client)
        assert before["pargrade_relay_series_one_sided"] == 1
        assert before["pargrade_relay_calls_total"] == 1
        ask = seller.order(venue.series, Side.SELL, PRICE, 100)
        bid = buyer.order(venue.series, Side.BUY, PRICE, 60)
        dust = buyer.order(venue.series, Side.BUY, PRICE, 1)
        place(client, seller.offer(ask, venue.exchange))
        place(client, seller.offer(ask, venue.exchange))
        place(client, buyer.offer(bid, venue.exchange))
        [refused] = client.place([buyer.offer(dust, venue.exchange)], client.rules())
        assert isinstance(refused, RelayRefused)
        until(lambda: not service.relay.sequencer.book.matches, "the match's conclusion", 30)
        after = figures(client)
    assert after['pargrade_relay_orders_total{outcome="accepted"}'] == 2
    assert after['pargrade_relay_orders_total{outcome="known"}'] == 1
    assert after['pargrade_relay_orders_total{outcome="refused"}'] == 1
    assert after['pargrade_relay_matches_total{end="settled"}'] == 1
    assert after["pargrade_relay_orders_resting"] == 1
    assert after["pargrade_relay_log_writable"] == 1
    assert after["pargrade_relay_pass_age_seconds"] < 30
