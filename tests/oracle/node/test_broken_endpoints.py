"""One endpoint is broken: no heartbeat is missed with a good one beside it, and without one a node
heals by itself. `scripts/bench heartbeats` goes through all faults."""

import pytest

from tests.support.nodes import nodes
from tests.support.one_endpoint_broken import ALL_FAULTS, has_missed_heartbeat, heartbeats_to_heal

pytestmark = pytest.mark.full

CHOSEN = ("null", "another id", "cut off", "HTTP 429", "other chain", "frozen head")


def chosen():
    return [
        pytest.param(fault, marks=() if fault in CHOSEN else pytest.mark.deep)
        for fault in ALL_FAULTS
    ]


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    with nodes(tmp_path_factory.mktemp("alone"), reporters=1, quorum=1) as found:
        yield found


@pytest.mark.parametrize("fault", chosen())
def test_node__preferred_endpoint_of_two_is_broken__misses_no_heartbeat(alone, fault):
    assert not has_missed_heartbeat(alone, fault)


@pytest.mark.parametrize("fault", chosen())
def test_node__only_endpoint_was_broken__lands_within_two_heartbeats_without_a_restart(
    alone, fault
):
    assert heartbeats_to_heal(alone, fault) <= 2
