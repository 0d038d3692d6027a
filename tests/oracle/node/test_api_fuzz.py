"""schemathesis over the real APIs of a node and of a signer: nothing but what they describe."""

import pytest

from oracle.node.api import create_api
from oracle.node.node import Node
from oracle.node.signer_api import create_signer_api
from oracle.node.signer_service import FILE, SignerService, SignerStore
from oracle.node.tick import tick
from pargrade.process.schedule import ScheduleReport
from tests.support.fuzzing import fuzz, undocumented_methods
from tests.support.nodes import GENESIS, REPORTERS, nodes

pytestmark = pytest.mark.full

PUNCTUAL = ScheduleReport(on_time=True, runs=9, late=0, missed=0, clock_jumps=0)
FEW, MANY = 25, 1_000


@pytest.fixture
def alone(tmp_path):
    with nodes(tmp_path, reporters=1, quorum=1) as first:
        yield first


@pytest.fixture
def node_api(alone):
    node = Node.open(alone.configs[0])
    tick(node, 0.0)
    yield create_api(node, lambda: PUNCTUAL)
    node.close()


@pytest.fixture
def signer_api(alone, tmp_path):
    owner = alone.configs[0].owner
    store = SignerStore(tmp_path / FILE, owner, GENESIS)
    yield create_signer_api(SignerService(REPORTERS[0], owner, store))
    store.close()


@pytest.fixture(params=["node_api", "signer_api"])
def api(request):
    return request.getfixturevalue(request.param)


def test_api__requests_of_fixed_seeds__get_what_the_description_says(api):
    assert fuzz(api, FEW) > FEW


def test_api__methods_it_does_not_describe__are_405_and_named(api):
    assert undocumented_methods(api) == []


@pytest.mark.deep
@pytest.mark.timeout(7_200)
def test_api__requests_of_random_seeds__get_what_the_description_says(api):
    assert fuzz(api, MANY, at_random=True) > MANY


def test_fuzz__an_answer_that_is_not_described__is_found(node_api):
    @node_api.get("/broken")
    def broken(slot: int) -> None:
        raise RuntimeError(f"no {slot}")

    node_api.openapi_schema = None
    with pytest.raises(Exception, match=r"no -?\d+|Undocumented|Server error"):
        fuzz(node_api, FEW)
