"""All members of a committee have a broken endpoint: with a good one beside it no heartbeat is
missed, and without one they heal by themselves. `scripts/bench heartbeats` has all faults."""

import pytest

from tests.support.members_endpoint_broken import (
    four_members,
    has_missed_heartbeat,
    heartbeats_to_heal,
)

pytestmark = pytest.mark.full

CHOSEN = ("frozen head",)
OTHERS = ("null", "another id", "cut off", "HTTP 429", "other chain")


def chosen():
    return [*CHOSEN, *(pytest.param(fault, marks=pytest.mark.deep) for fault in OTHERS)]


@pytest.fixture(scope="module")
def four(tmp_path_factory):
    folder = tmp_path_factory.mktemp("four")
    with pytest.MonkeyPatch.context() as patch, four_members(folder) as found:
        patch.setenv("PARGRADE_RUNTIME_DIR", str(folder / "tips"))
        yield found


@pytest.mark.parametrize("fault", chosen())
def test_committee__preferred_endpoint_of_two_is_broken__misses_no_heartbeat(four, fault):
    assert not has_missed_heartbeat(four, fault)


@pytest.mark.parametrize("fault", chosen())
def test_committee__only_endpoint_was_broken__lands_within_two_heartbeats_without_a_restart(
    four, fault
):
    assert heartbeats_to_heal(four, fault) <= 2
