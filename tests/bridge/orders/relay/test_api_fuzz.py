"""schemathesis over the real API of a relay: nothing but what it describes."""

from pathlib import Path
from typing import Any

import pytest

from bridge.orders.relay.api import create_api
from bridge.orders.relay.askers import Askers
from bridge.orders.relay.pace import AskerPace
from bridge.orders.relay.rates import Rates
from pargrade.bindings.structs import Side
from pargrade.metrics.page import MetricsPage
from tests.support.fuzzing import fuzz, undocumented_methods
from tests.support.market import PRICE, Market
from tests.support.relay_parties import Venue, place, running
from tests.support.serving import serving

pytestmark = pytest.mark.full

FEW = 25
MANY = 1_000


@pytest.fixture
def api(market: Market, tmp_path: Path) -> Any:
    """Of a relay with an order in its book, without a limit on requests."""
    venue = Venue(market, tmp_path)
    service, seller = venue.assemble(), venue.party(11)
    with running(service) as (client, _):
        ask = seller.order(venue.series, Side.SELL, PRICE, 100)
        place(client, seller.offer(ask, venue.exchange))
        page = MetricsPage(lambda: service.relay.metrics.read((), 0, sends=True))
        pace = AskerPace(Rates(10**6, 10**6), Askers())
        yield create_api(service.relay, pace, service.problems, page)


def test_api__requests_of_fixed_seeds__get_what_the_description_says(api: Any) -> None:
    assert fuzz(api, FEW) > FEW


@pytest.mark.parametrize("chain_id", [1 << 64, 1 << 300, "9" * 78])
def test_orders__a_number_beyond_its_type__is_the_askers_mistake(
    api: Any, chain_id: object
) -> None:
    body = {"chain_id": chain_id, "exchange": "0x" + "00" * 20, "orders": [{}]}
    with serving(api) as client:
        refused = client.post("/orders", json=body)
    assert refused.status_code == 422
    assert refused.json()["title"] == "FieldOverflow"


def test_api__methods_it_does_not_describe__are_405_and_named(api: Any) -> None:
    assert undocumented_methods(api) == []


@pytest.mark.deep
@pytest.mark.timeout(7_200)
def test_api__requests_of_random_seeds__get_what_the_description_says(api: Any) -> None:
    assert fuzz(api, MANY, at_random=True) > MANY
