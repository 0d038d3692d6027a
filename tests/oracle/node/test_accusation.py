"""A reporter that signs other content for every asker is jailed by the nodes, without a human."""

import time

import pytest

from pargrade.bindings.spot_index import EquivocationProven
from pargrade.chain.block import Tag
from tests.support.equivocator import equivocator
from tests.support.nodes import GENESIS, HOUR, REPORTERS, nodes, until

pytestmark = pytest.mark.full

LIAR = 4


@pytest.fixture
def five(tmp_path):
    with nodes(tmp_path) as found:
        yield found


def proofs(five):
    last = five.chain.head().number
    return [event for _, event in five.index.history(EquivocationProven, first=0, last=last)]


def is_jailed(five):
    return five.index.is_jailed(REPORTERS[LIAR].address, block=Tag.LATEST)


def test_nodes__a_reporter_signs_other_content_for_every_asker__it_is_jailed_within_a_heartbeat(
    five,
):
    liar = five.configs[LIAR]
    with equivocator(five.index, REPORTERS[LIAR], liar.port, 231_000_000) as asked:
        running = five.start(0, 1, 2, 3)
        five.landed(GENESIS)
        until(lambda: is_jailed(five), f"jail; the log:\n{five.log}", 60)
        assert set(asked) == {GENESIS}
        (proof,) = proofs(five)
        assert (proof.reporter, proof.slot) == (REPORTERS[LIAR].address, GENESIS)
        assert five.round(GENESIS + HOUR).epoch == 2
        # An accusation that is on chain is not repeated, also by nodes that start anew.
        running.stop()
        five.start(0, 1, 2, 3)
        five.round(GENESIS + 2 * HOUR)
        time.sleep(3)
    assert proofs(five) == [proof]
    assert five.log.count("proved that") == 1
    assert "Traceback" not in five.log


def test_nodes__stopped_before_they_could_accuse__do_it_after_the_restart(five):
    for number in range(4):
        five.edit(number, "takeover_ms = 500", "takeover_ms = 3000")
    liar = five.configs[LIAR]
    with equivocator(five.index, REPORTERS[LIAR], liar.port, 231_000_000):
        running = five.start(0, 1, 2, 3)
        until(lambda: "signed two contents for slot" in five.log, "a contradiction", 60)
        running.kill()
    # Nobody can ask the liar again.
    five.start(0, 1, 2, 3)
    until(lambda: is_jailed(five), f"jail; the log:\n{five.log}", 60)
    assert len(proofs(five)) == 1


def test_nodes__all_honest__accuse_nobody(five):
    five.start()
    five.landed(GENESIS)
    five.round(GENESIS + HOUR)
    time.sleep(2)
    assert proofs(five) == []
    assert "signed two contents" not in five.log
    seen = five.get(0, f"/sightings?slot={GENESIS + HOUR}")[1]["observations"]
    # Its own and, from the exchange, those of the four others.
    assert len(seen) == 5
