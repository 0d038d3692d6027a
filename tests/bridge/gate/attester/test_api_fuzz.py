"""schemathesis over the real API of an attester: nothing but what it describes."""

import pytest

from bridge.gate.attester.api import create_api
from tests.support.attesters import opened
from tests.support.fuzzing import fuzz, undocumented_methods
from tests.support.two_chains import ATTESTERS

pytestmark = pytest.mark.full

FEW = 25
MANY = 1_000


@pytest.fixture
def api(chains, tmp_path):
    """Of an attester that has signed a message."""
    with opened(chains.pair(), tmp_path / "attester", ATTESTERS[0]) as service:
        chains.lock(5)
        assert service.look() == 1
        yield create_api(service)


def test_api__requests_of_fixed_seeds__get_what_the_description_says(api):
    assert fuzz(api, FEW) > FEW


def test_api__methods_it_does_not_describe__are_405_and_named(api):
    assert undocumented_methods(api) == []


@pytest.mark.deep
@pytest.mark.timeout(7_200)
def test_api__requests_of_random_seeds__get_what_the_description_says(api):
    assert fuzz(api, MANY, at_random=True) > MANY
