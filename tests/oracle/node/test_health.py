"""Health is 200 only while rounds land, polls are on time and a value is possible."""

from dataclasses import replace

import pytest

from oracle.node import health
from oracle.node.health import HealthCheck
from oracle.node.node import Node
from oracle.node.tick import tick
from pargrade.chain.wallet import Wallet
from pargrade.process.schedule import ScheduleReport
from tests.support.nodes import GENESIS, HOUR, KEYS, REPORTERS, nodes
from tests.support.proxy import fault_proxy

PUNCTUAL = ScheduleReport(on_time=True, runs=9, late=0, missed=0, clock_jumps=0)


@pytest.fixture
def alone(tmp_path):
    with nodes(tmp_path, reporters=1, quorum=1) as first:
        yield first


@pytest.fixture
def node(alone):
    opened = Node.open(alone.configs[0])
    yield opened
    opened.close()


@pytest.fixture
def passes(monkeypatch):
    """Lets monotonic time pass for whoever looks at it."""
    passed = [0.0]
    real = health.time.monotonic
    monkeypatch.setattr("time.monotonic", lambda: real() + passed[0])

    def let_pass(seconds):
        passed[0] += seconds

    return let_pass


def problems(node, polls=PUNCTUAL):
    found = HealthCheck(node, lambda: polls).read()
    assert found["ok"] is (not found["problems"])
    return found["problems"]


def test_health__a_round_within_two_heartbeats__is_well(alone, node):
    tick(node, 0.0)
    assert problems(node) == []
    alone.chain.advance(GENESIS + 2 * HOUR)
    assert problems(node) == []


def test_health__no_round_for_two_heartbeats_of_chain_time__is_not_well(alone, node):
    tick(node, 0.0)
    alone.chain.advance(GENESIS + 2 * HOUR + 60)
    assert problems(node) == ["the last round is 7260 s old, at most 7200 are well"]
    tick(node, 0.0)
    alone.chain.mine()
    assert problems(node) == []


def test_health__a_head_that_stands_still__is_not_well_long_before_its_own_time_would_say(
    alone, node, passes
):
    node.close()
    with fault_proxy(alone.devnet.url) as proxy:
        chain = node.config.chain.model_copy(update={"rpc": (proxy.url,)})
        behind = Node.open(replace(node.config, chain=chain))
        try:
            tick(behind, 0.0)
            proxy.break_with("frozen head")
            check = HealthCheck(behind, lambda: PUNCTUAL)
            check.read()
            alone.chain.advance(GENESIS + 3 * HOUR)
            passes(1)
            assert check.read()["ok"]
            passes(901)
            (problem,) = check.read()["problems"]
            assert problem.startswith("the head of the chain has not moved for 90")
            proxy.mend()
            passes(1)
            assert "has not moved" not in str(check.read()["problems"])
        finally:
            behind.close()


def test_health__many_ask_within_a_moment__share_a_result_and_the_next_moment_has_its_own(
    alone, node, passes
):
    tick(node, 0.0)
    check = HealthCheck(node, lambda: PUNCTUAL)
    assert check.kept() is None
    well = check.read()
    alone.chain.advance(GENESIS + 3 * HOUR)
    assert check.kept() is check.read() is well
    passes(0.3)
    assert check.kept() is None
    assert not check.read()["ok"]


def test_health__an_index_without_any_round__is_given_two_heartbeats(alone, node, passes):
    check = HealthCheck(node, lambda: PUNCTUAL)
    assert check.read()["ok"]
    passes(2 * HOUR + 1)
    alone.chain.mine()
    (problem,) = check.read()["problems"]
    assert problem.startswith("no round in 720")


def test_health__a_poll_that_was_not_on_time__is_not_well(node):
    late = replace(PUNCTUAL, on_time=False, late=1, missed=4, clock_jumps=2)
    assert problems(node, late) == ["the last poll was not on time"]
    facts = HealthCheck(node, lambda: late).read()
    assert (facts["late_polls"], facts["missed_polls"], facts["clock_jumps"]) == (1, 4, 2)


def test_health__an_index_without_a_value__is_not_well(tmp_path):
    with nodes(tmp_path, reporters=1, quorum=1, genesis=1_772_323_200) as early:
        node = Node.open(early.configs[0])
        tick(node, 0.0)
        assert problems(node) == ["the index has no value: NO_BASE"]
        node.close()


def test_health__a_node_that_is_no_reporter_any_more__is_not_well(tmp_path):
    with nodes(tmp_path, reporters=3, quorum=3) as three:
        node = Node.open(three.configs[2])
        method_hash = node.chain_state_reader.read().reporters.method_hash
        change = three.index.set_reporters(1, method_hash, (REPORTERS[0].address,))
        Wallet(three.chain, KEYS[0]).send(change)
        assert problems(node) == [f"{REPORTERS[2].address} is not a reporter in epoch 2"]
        node.close()
