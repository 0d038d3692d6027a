"""schemathesis over the real API of a keeper: nothing but what it describes."""

from typing import Any

import pytest

from bridge.service.api import create_api
from bridge.service.metrics import KeeperMetrics
from pargrade.process.schedule import ScheduleReport
from tests.support.fuzzing import fuzz, undocumented_methods
from tests.support.market import Market
from tests.support.service import serve

PUNCTUAL = ScheduleReport(on_time=True, runs=9, late=0, missed=0, clock_jumps=0)


@pytest.fixture
def api(market: Market) -> Any:
    service = serve(market)
    metrics = KeeperMetrics(service)
    metrics.note(service.keep())
    metrics.note_fees()
    return create_api(metrics, lambda: PUNCTUAL, 5.0)


def test_api__requests_of_fixed_seeds__get_what_the_description_says(api: Any) -> None:
    assert fuzz(api, 25) >= 2


def test_api__methods_it_does_not_describe__are_405_and_named(api: Any) -> None:
    assert undocumented_methods(api) == []


@pytest.mark.deep
@pytest.mark.timeout(7_200)
def test_api__requests_of_random_seeds__get_what_the_description_says(api: Any) -> None:
    assert fuzz(api, 1_000, at_random=True) >= 2
