"""What one look at the chain leads to. One node that is a quorum by itself, on a real chain."""

from dataclasses import replace

import pytest

from oracle.consensus.chain_state import NoReporters, WrongIndexSet
from oracle.consensus.slot import Cause, SlotAhead, SlotExpired, SlotOffGrid
from oracle.node.node import Node
from oracle.node.reporter import NothingToReport, NotReporter, WrongMethod
from oracle.node.tick import Held, Idle, Landed, Overtaken, Waiting, tick, transmit_round
from oracle.sources.errors import SourceDown
from pargrade.bindings.errors import SlotTooOld
from pargrade.bindings.spot_index import SpotIndex
from pargrade.chain.block import Tag
from pargrade.chain.errors import NoContract, RpcDown, UnfundedWallet, WrongChain
from pargrade.chain.hashing import ZERO_ADDRESS
from pargrade.chain.wallet import Wallet
from pargrade.demo.corruption import corrupt
from pargrade.deployment.plan import DEFAULT_TIMING
from pargrade.spot_index.observation import REPLAYED
from tests.support.nodes import GENESIS, HOUR, KEYS, REPORTERS, nodes
from tests.support.peer import nobody


@pytest.fixture
def alone(tmp_path):
    """An index with one reporter."""
    with nodes(tmp_path, reporters=1, quorum=1) as first:
        yield first


@pytest.fixture
def opened():
    """Opens nodes, and closes them."""
    running = []

    def open_node(config, **changes):
        running.append(Node.open(replace(config, **changes)))
        return running[-1]

    yield open_node
    for node in running:
        node.close()


@pytest.fixture
def node(alone, opened):
    return opened(alone.configs[0])


def test_tick__the_first_slot__lands_with_the_value_this_node_computes(alone, node):
    outcome = tick(node, 0.0)
    assert isinstance(outcome, Landed)
    assert (outcome.slot, outcome.cause) == (GENESIS, Cause.FIRST)
    latest = alone.index.latest(0, block=Tag.LATEST)
    assert latest.slot == GENESIS
    assert latest.value == node.reporter.determine(GENESIS).value.value8
    assert latest.flags == 0


def test_tick__nothing_due__is_idle_until_the_heartbeat(alone, node):
    tick(node, 0.0)
    assert tick(node, 0.0) == Idle(GENESIS, places_before=0)
    alone.chain.advance(GENESIS + HOUR - 1)
    assert tick(node, 0.0) == Idle(GENESIS + HOUR - 60, places_before=0)
    alone.chain.advance(GENESIS + HOUR)
    assert tick(node, 0.0).cause is Cause.HEARTBEAT


def test_tick__its_value_moves__lands_before_the_heartbeat(alone, node, opened, tmp_path):
    tick(node, 0.0)
    copy = tmp_path / "corrupted.csv.gz"
    corrupt(node.config.sample, copy)
    node.close()
    moved = opened(alone.configs[0], sample=copy)
    alone.chain.advance(GENESIS + 299)
    assert isinstance(tick(moved, 0.0), Idle)
    alone.chain.advance(GENESIS + 300)
    outcome = tick(moved, 0.0)
    assert (outcome.slot, outcome.cause) == (GENESIS + 300, Cause.DEVIATION)


def test_tick__a_slot_brought_already__is_overtaken_and_no_error(alone, node):
    chain_state = node.chain_state_reader.read()
    assert isinstance(transmit_round(node, chain_state, GENESIS), Landed)
    assert transmit_round(node, chain_state, GENESIS) == Overtaken(GENESIS)


def test_tick__gathered_so_slowly_that_the_slot_is_too_old__is_overtaken_if_it_is_recorded(
    alone, node
):
    chain_state = node.chain_state_reader.read()
    assert isinstance(transmit_round(node, chain_state, GENESIS), Landed)
    alone.chain.advance(GENESIS + HOUR)
    assert transmit_round(node, chain_state, GENESIS) == Overtaken(GENESIS)


def test_tick__too_old_and_not_recorded__is_an_error(alone, node):
    chain_state = node.chain_state_reader.read()
    node.reporter.observe(GENESIS, chain_state)
    alone.chain.advance(GENESIS + HOUR)
    with pytest.raises(SlotTooOld):
        transmit_round(node, chain_state, GENESIS)


def test_bring__a_slot_that_is_not_open__is_refused(alone, node):
    alone.chain.advance(GENESIS + HOUR)
    chain_state = node.chain_state_reader.read()
    for slot, error in (
        (GENESIS + HOUR + 60, SlotAhead),
        (GENESIS + HOUR - 960, SlotExpired),
        (GENESIS + HOUR - 30, SlotOffGrid),
    ):
        with pytest.raises(error):
            transmit_round(node, chain_state, slot)


def test_tick__another_reporters_turn__waits_for_it_and_has_its_answer_ready(tmp_path, opened):
    with nodes(tmp_path, reporters=3, quorum=3) as three:
        waiting = []
        for config in three.configs:
            node = opened(config, peers=())
            outcome = tick(node, 100.0)
            if isinstance(outcome, Waiting):
                waiting.append(outcome.seconds)
                assert node.reporter.recall_signed(GENESIS) is not None
                takeover_s = config.pace.takeover_ms / 1000
                assert isinstance(tick(node, 100.0 + 2 * takeover_s), Held)
        assert sorted(waiting) == [0.5, 1.0]


def test_tick__too_few_observations__is_held_with_the_reason_of_each_peer(tmp_path, opened):
    with nodes(tmp_path, reporters=3, quorum=3) as three:
        node = opened(three.configs[0])
        tick(node, 0.0)
        outcome = tick(node, 10.0)
        assert isinstance(outcome, Held)
        assert outcome.reason == "1 observations, 3 needed"
        assert sorted(refusal.peer for refusal in outcome.refusals) == sorted(node.config.peers)


@pytest.mark.parametrize("rounds_before", [0, 1])
def test_tick__without_funds__says_so_and_lands_once_it_has_some(alone, node, rounds_before):
    if rounds_before:
        tick(node, 0.0)
        # The second round of a shape is not estimated any more: the sending itself is refused.
        node.transmitter._limits = {(1, 0): 200_000}
    alone.chain.advance(GENESIS + HOUR)
    alone.chain.fund(node.reporter.address, 0)
    with pytest.raises(UnfundedWallet, match=node.reporter.address):
        tick(node, 0.0)
    alone.chain.fund(node.reporter.address, 10**18)
    assert isinstance(tick(node, 0.0), Landed)


def test_tick__chain_goes_down__raises_and_goes_on_with_the_next_endpoint(alone, opened):
    node = opened(
        alone.configs[0],
        chain=changed(alone.configs[0].chain, rpc=(nobody(), alone.devnet.url)),
    )
    assert isinstance(tick(node, 0.0), Landed)
    alone.devnet.stop()
    for _ in range(3):
        with pytest.raises(RpcDown):
            tick(node, 0.0)


def test_tick__no_index_at_the_slot__signs_nothing(tmp_path, opened):
    with nodes(tmp_path, reporters=1, quorum=1, genesis=1_772_323_200) as early:
        node = opened(early.configs[0])
        outcome = tick(node, 0.0)
        assert isinstance(outcome, Held)
        assert outcome.reason == "0 observations, 1 needed"
        assert "NO_BASE, 0 providers" in outcome.refusals[0].detail
        with pytest.raises(NothingToReport, match="NO_BASE, 0 providers"):
            node.reporter.observe(1_772_323_200, node.chain_state_reader.read())
        assert (
            node.journal.signed(node.chain_state_reader.domain.separator(), 1, 1_772_323_200)
            is None
        )


def replace_reporters(alone, quorum, method_hash, keys):
    admin = Wallet(alone.chain, KEYS[0])
    addresses = tuple(key.address for key in keys)
    admin.send(alone.index.set_reporters(quorum, method_hash, addresses))


def test_tick__the_set_grows__signs_in_the_new_epoch(alone, node):
    tick(node, 0.0)
    method_hash = node.chain_state_reader.read().reporters.method_hash
    replace_reporters(alone, 1, method_hash, REPORTERS[:1])
    alone.chain.advance(GENESIS + HOUR)
    tick(node, 0.0)
    chain_state = node.chain_state_reader.read()
    assert chain_state.epoch == 2
    assert node.reporter.observe(GENESIS + HOUR, chain_state).signed.observation.epoch == 2


def test_tick__the_method_changed__refuses_to_sign_what_it_does_not_compute(alone, node):
    replace_reporters(alone, 1, bytes([7]) * 32, REPORTERS[:1])
    with pytest.raises(WrongMethod, match="0x0707"):
        tick(node, 0.0)


def test_reporter__removed_from_the_set__has_no_duty(tmp_path, opened):
    with nodes(tmp_path, reporters=3, quorum=3) as three:
        node = opened(three.configs[2])
        method_hash = node.chain_state_reader.read().reporters.method_hash
        replace_reporters(three, 1, method_hash, REPORTERS[:1])
        outcome = tick(node, 0.0)
        assert outcome == Held(GENESIS, "not a reporter in epoch 2")
        with pytest.raises(NotReporter, match="in epoch 2"):
            node.reporter.observe(GENESIS, node.chain_state_reader.read())


def test_node__replaying__reports_the_recorded_day_as_today_and_says_so(tmp_path, opened):
    years_on = GENESIS + 400 * 86_400
    with nodes(tmp_path, reporters=1, quorum=1, genesis=years_on) as later:
        node = opened(later.configs[0].replaying(GENESIS + 12 * HOUR))
        outcome = tick(node, 0.0)
        assert isinstance(outcome, Landed)
        determination = node.reporter.determine(years_on)
        assert determination.as_of == GENESIS
        latest = later.index.latest(0, block=Tag.LATEST)
        assert (latest.slot, latest.flags) == (years_on, REPLAYED)
        assert latest.value == determination.value.value8
        # A restart on another day must not shift what is today.
        later.chain.advance(years_on + 3 * 86_400)
        node.close()
        again = opened(later.configs[0].replaying(GENESIS))
        assert again.reporter.replay_offset_s == 400 * 86_400


def changed(settings, **values):
    return settings.model_copy(update=values)


def test_node__on_another_chain__does_not_start(alone):
    config = alone.configs[0]
    with pytest.raises(WrongChain):
        Node.open(replace(config, chain=changed(config.chain, id=1)))


def test_node__without_any_endpoint_up__does_not_start(alone):
    config = alone.configs[0]
    with pytest.raises(RpcDown):
        Node.open(replace(config, chain=changed(config.chain, rpc=(nobody(),))))


def test_node__with_another_address_than_the_index__does_not_start(alone):
    config = alone.configs[0]
    with pytest.raises(NoContract):
        Node.open(replace(config, chain=changed(config.chain, spot_index=ZERO_ADDRESS)))


def test_node__for_indices_the_contract_has_not__does_not_start(alone):
    config = alone.configs[0]
    with pytest.raises(WrongIndexSet, match="does not publish just SCU / EUR"):
        Node.open(replace(config, chain=changed(config.chain, indices=("SCU / EUR",))))


def test_node__of_an_index_without_reporters__does_not_start(alone):
    config = alone.configs[0]
    creation = SpotIndex.deploy(KEYS[0].address, DEFAULT_TIMING, ("SCU / USD",))
    bare = Wallet(alone.chain, KEYS[0]).send(creation).contract
    with pytest.raises(NoReporters):
        Node.open(replace(config, chain=changed(config.chain, spot_index=bare)))


def test_node__that_is_no_reporter_any_more__does_not_start(tmp_path):
    with nodes(tmp_path, reporters=3, quorum=3) as three:
        replace_reporters(three, 1, bytes([7]) * 32, REPORTERS[:1])
        with pytest.raises(NotReporter, match="is not a reporter in epoch 2"):
            Node.open(three.configs[2])


def test_node__without_its_recording__does_not_start(alone, tmp_path):
    with pytest.raises(SourceDown, match="No such file"):
        Node.open(replace(alone.configs[0], sample=tmp_path / "none.csv"))
