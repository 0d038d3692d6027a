"""Seven nodes with quorum five, on a network that falls apart and with clocks that are wrong."""

import time

import pytest

from tests.support.moved_clock import move_clocks
from tests.support.nodes import GENESIS, HOUR, nodes
from tests.support.partition import network

pytestmark = pytest.mark.full

QUIET_S = 5.0
"""Longer than every reporter's turn for a slot."""


@pytest.fixture
def seven(tmp_path):
    with nodes(tmp_path, reporters=7, quorum=5) as found:
        yield found


def signers(recorded):
    return [position for position in range(7) if recorded.signers >> position & 1]


def test_nodes__cut_off_from_each_other__a_quorum_goes_on_and_less_than_one_lands_nothing(seven):
    with network(seven.paths) as lines:
        seven.start()
        assert len(signers(seven.round(GENESIS + HOUR, 60))) >= 5

        for hour, minority in ((2, (0, 1)), (3, (5, 6))):
            majority = sorted(set(range(7)) - set(minority))
            lines.split(majority, minority)
            assert signers(seven.round(GENESIS + hour * HOUR, 60)) == majority

        lines.split((0, 1, 2, 3), (4, 5, 6))
        seven.chain.advance(GENESIS + 4 * HOUR)
        time.sleep(QUIET_S)
        assert seven.last_slot == GENESIS + 3 * HOUR

        lines.mend()
        seven.landed(GENESIS + 4 * HOUR, 60)
        assert len(signers(seven.round(GENESIS + 5 * HOUR, 60))) >= 5
        assert seven.get(0, "/health")[1]["problems"] == []


def test_nodes__whose_clocks_jump_and_are_days_off__sign_every_round_all_the_same(seven):
    seven.start(prepare=move_clocks)
    for hour in (1, 2, 3):
        assert len(signers(seven.round(GENESIS + hour * HOUR, 60))) >= 5
        time.sleep(1.5)
    health = [seven.get(number, "/health")[1] for number in range(7)]
    assert [facts["problems"] for facts in health] == [[]] * 7
    assert [facts["clock_jumps"] > 0 for facts in health] == [True] * 7
