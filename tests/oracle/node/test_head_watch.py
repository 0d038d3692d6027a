"""Nodes look when a block of a new slot is announced, and go on without announcements."""

import pytest

from oracle.node.head_watch import HeadWatch
from oracle.node.provision import DEVNET_PACE
from pargrade.chain.block import BlockStamp
from tests.support.nodes import GENESIS, HOUR, nodes

pytestmark = pytest.mark.full

SELDOM = DEVNET_PACE.model_copy(update={"poll_ms": 60_000})
"""Longer than the test waits: without announcements no round would land in time."""


def test_round__polls_a_minute_apart__lands_when_the_block_is_announced(tmp_path):
    with nodes(tmp_path, pace=SELDOM) as found:
        announcing = found.devnet.url.replace("http", "ws")
        for number in range(5):
            found.edit(number, "[chain]", f'[chain]\nheads = ["{announcing}"]')
        found.start()
        for slot in range(GENESIS + HOUR, GENESIS + 4 * HOUR, HOUR):
            found.round(slot)


def test_round__the_feed_is_down__lands_by_polls(tmp_path):
    with nodes(tmp_path) as found:
        for number in range(5):
            found.edit(number, "[chain]", '[chain]\nheads = ["ws://127.0.0.1:1"]')
        found.start()
        found.round(GENESIS + HOUR)
        assert "ws://127.0.0.1:1 announces no blocks" in found.log


class Read:
    """What a node read last."""

    def __init__(self, head, grid):
        self.head = head
        self.timing = self
        self.grid = grid

    def kept(self):
        return self


def block(timestamp):
    return BlockStamp(1, bytes(32), bytes(32), timestamp)


@pytest.fixture
def watch():
    woken = []
    watch = HeadWatch(("ws://127.0.0.1:1", "ws://127.0.0.1:2"), Read(block(600), 60), woken.append)
    watch._wake = lambda: woken.append(1)
    return watch, woken


def test_look__blocks_of_one_slot__wake_once(watch):
    heads, woken = watch
    for timestamp in (601, 659, 660, 671, 719):
        heads._look(0, block(timestamp))
    assert len(woken) == 1


def test_look__a_feed_far_ahead__silences_no_other(watch):
    heads, woken = watch
    heads._look(0, block(1 << 40))
    heads._look(0, block(1 << 40))
    heads._look(1, block(660))
    assert len(woken) == 2
