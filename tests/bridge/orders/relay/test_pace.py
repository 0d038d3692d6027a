"""What an asker may have of a relay is counted by the work it is, whatever path it asks for."""

import json
from contextlib import contextmanager

import pytest

from bridge.orders.client.client import RelayClient
from bridge.orders.relay.api import create_api
from bridge.orders.relay.askers import Askers, parse_proxies
from bridge.orders.relay.pace import AskerPace
from bridge.orders.relay.rates import Rates
from pargrade.bindings.structs import Side
from pargrade.metrics.page import MetricsPage
from tests.support.market import PRICE
from tests.support.relay_parties import Venue, rest_in_lanes, running
from tests.support.serving import serving

pytestmark = pytest.mark.full

MAKER = 10
ORDERS = 1_100


@pytest.fixture
def venue(market, tmp_path):
    return Venue(market, tmp_path)


@pytest.fixture
def service(venue):
    """Of a relay that follows nothing by itself, with a maker of many orders."""
    service = venue.assemble(submit=False, interval=3_600)
    service.relay.follow()
    maker = venue.party(MAKER)
    service.relay.follow()
    rest_in_lanes(venue, service.relay, maker, ORDERS)
    return service


@contextmanager
def paced(service, burst):
    """The API where time stands still: a client, and what an asker has taken."""
    rates = Rates(1, burst, lambda: 0.0)
    pace = AskerPace(rates, Askers(parse_proxies("127.0.0.1")))
    page = MetricsPage(lambda: service.relay.metrics.read((), 0, sends=True))
    api = create_api(service.relay, pace, service.problems, page)
    with serving(api) as http:

        def ask(asker, path, body=None):
            return http.request(
                "GET" if body is None else "POST",
                path,
                json=body,
                headers={"X-Forwarded-For": asker},
            )

        yield api, ask, lambda asker: burst - rates._buckets[asker][0]


def test_paths__all_of_them_and_those_that_are_not_there__are_refused_at_some_time(service, venue):
    values = {
        "series": str(venue.series),
        "order": "0x" + "11" * 32,
        "maker": venue.party(MAKER).key.address,
        "sequence": "3",
    }
    with paced(service, 20) as (api, ask, _):
        described = [
            (path.format(**values), {} if "post" in methods else None)
            for path, methods in api.openapi()["paths"].items()
        ]
        assert len(described) == 14
        paths = [*described, ("/openapi.json", None), ("/nothing", None), ("/orders", None)]
        for number, (path, body) in enumerate(paths):
            answers = [ask(f"10.0.0.{number}", path, body) for _ in range(21)]
            statuses = [each.status_code for each in answers]
            allowed = statuses.index(429)
            assert 1 <= allowed <= 20, path
            assert set(statuses[allowed:]) == {429}
            assert json.loads(answers[-1].text)["title"] == "TooFast"
            assert answers[-1].headers["content-type"] == "application/problem+json"


def test_answers__of_many_rows__take_a_token_for_each_hundred(service, venue):
    maker, series = venue.party(MAKER).key.address, venue.series
    with paced(service, 10_000) as (_, ask, taken):
        costs = {}
        for number, path in enumerate(
            (
                "/rules",
                f"/book/{series}?levels=500",
                f"/trades/{series}?most=1000",
                f"/calls/{series}?most=8784",
                f"/marks/{series}?most=366",
                f"/makers/{maker}?most=1",
                f"/makers/{maker}?most=1000",
                "/log?most=5000",
            )
        ):
            asker = f"10.0.0.{number}"
            assert ask(asker, path).status_code == 200
            costs[path.partition("?")[0].split("/")[1], path.partition("most=")[2]] = taken(asker)
    assert costs["rules", ""] == 1
    assert costs["book", ""] == 6
    assert costs["trades", "1000"] == 11
    assert costs["calls", "8784"] > 80
    assert costs["marks", "366"] > 80
    # All of a maker's orders are gone through, however few are asked for.
    assert 2 < costs["makers", "1"] < 3
    assert 12 < costs["makers", "1000"] < 13
    assert costs["log", "5000"] == 51


def test_batch__of_orders__takes_a_token_for_each_and_its_body_is_not_read_for_nothing(
    service, venue
):
    rules = service.relay.rules
    body = {"chain_id": rules.chain_id, "exchange": rules.exchange, "orders": [{}] * 100}
    with paced(service, 150) as (_, ask, taken):
        assert ask("10.0.0.1", "/orders", body).status_code == 200
        assert taken("10.0.0.1") == 100
        assert ask("10.0.0.1", "/orders", body).status_code == 429
        assert taken("10.0.0.1") == 101


def test_maker__of_many_orders__has_them_page_by_page_each_once(service, venue):
    maker = venue.party(MAKER)
    with paced(service, 10**6) as (_, ask, _):
        path = f"/makers/{maker.key.address}"
        assert len(ask("10.0.0.1", path).json()) == 100
        assert ask("10.0.0.1", path + "?most=1001").status_code == 422
        page = ask("10.0.0.1", path + "?most=1000").json()
        last = page[-1]["sequence"]
        rest = ask("10.0.0.1", f"{path}?first={last + 1}&most=1000").json()
        assert (len(page), len(rest)) == (1_000, 100)
    with running(service) as (client, _):
        found = client.resting(maker.key.address)
        assert [each.sequence for each in found] == sorted({each.sequence for each in found})
        assert {each.order for each in found} == set(service.relay.sequencer.book.orders)
        assert len(found) == ORDERS
        assert isinstance(client, RelayClient)
        assert client.depth(venue.series).asks == (
            (PRICE, ORDERS * 5),
            (PRICE + 10**6, ORDERS * 5),
        )
        assert found[0].side is Side.SELL
