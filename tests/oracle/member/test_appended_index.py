"""An index is appended to one that runs: members go on, and what was before stays what it was."""

import json

import pytest

from oracle.audit.common.landed_report import read_landed_report, read_rounds
from oracle.consensus.chain_state import WrongIndexSet
from oracle.epochs.history import read_epochs
from oracle.member.check import check_member
from oracle.member.config import MemberConfig
from oracle.protocol.committee.bounds import Bounds
from oracle.simulation.scenario import BEGIN
from pargrade.bindings.structs import Limits
from pargrade.chain.block import Tag
from pargrade.chain.wallet import Wallet
from pargrade.check.result import Severity
from pargrade.deployment.index_on_chain import IndexOnChain
from pargrade.devnet.anvil import Devnet, devnet_keys
from pargrade.spot_index.observation import index_set_of
from tests.support.cli import run
from tests.support.committee import committee
from tests.support.ledgers import (
    NAMES,
    VALUE8,
    deployed,
    double_report,
    land,
    opened,
)
from tests.support.nodes import until

ONE = NAMES[:1]
FASTER = Limits(
    heartbeat=1_800,
    grace=300,
    min_interval=300,
    deviation_bps=10,
    band_bps=2_000,
    wide_percent=50,
)


@pytest.fixture(scope="module")
def devnet():
    with Devnet(genesis=BEGIN - 120) as running:
        yield running


@pytest.fixture
def chain(devnet):
    with devnet.chain.restored() as restored:
        yield restored


def test_ledger__over_an_append__goes_on_at_the_faster_pace_and_reads_both_committees(
    devnet, chain, tmp_path
):
    index = deployed(chain, ONE)
    with (
        opened(devnet, index, ONE, tmp_path / "first") as ledger,
        opened(devnet, index, NAMES, tmp_path / "prepared") as prepared,
        opened(devnet, index, ("A100 / USD",), tmp_path / "other") as other,
    ):
        first = land(chain, ledger, BEGIN)
        assert prepared.read().stored == first.stored
        Wallet(chain, devnet_keys()[0]).send(index.append(NAMES[1:], (FASTER,)))
        last = land(chain, ledger, BEGIN + 300)
        with pytest.raises(WrongIndexSet):
            other.read()
        for each in (ledger, prepared):
            state = each.read()
            assert state.stored == last.stored
            assert [found.epoch for found in each.rounds(state)] == [1, 2]
            assert each.committee(1) == first.stored
    before, after = first.stored.committee, last.stored.committee
    assert (before.indices, before.index_set) == (1, index_set_of(ONE))
    assert (after.indices, after.index_set) == (2, index_set_of(NAMES))
    assert (before.heartbeat_s, after.heartbeat_s) == (3_600, 1_800)
    assert (before.deviation_bps, after.deviation_bps) == (25, 10)
    where = IndexOnChain(index.address, ONE, 0)
    for slot, state in ((BEGIN, first), (BEGIN + 300, last)):
        found = read_landed_report(chain, where, str(slot))
        assert (found.stored, found.recorded) == (state.stored, {0: VALUE8})
    assert [each.epoch for each in read_rounds(chain, where, chain.head().number)] == [1, 2]


@pytest.mark.full
def test_members__over_an_append_and_a_proof__land_on_and_replay_what_was_before(
    tmp_path,
):
    """Processes that nobody restarts, on a chain with a block a second."""
    with committee(tmp_path, 4) as four:
        four.start()
        [(_, before)] = four.await_rounds(1)[:1]
        limits = four.index.limits_of(0, block=Tag.LATEST)
        admin = Wallet(four.chain, devnet_keys()[0])
        admin.send(four.index.append(("H100 / USD",), (limits,)))
        after = round_after(four)
        assert (after.index, after.value) == (0, before.value)
        found = {each.subject: each for each in check_member(MemberConfig.read_file(four.paths[0]))}
        assert found["index"].state is Severity.WARNING
        nodes = ("--nodes", str(four.folder / "members"), "--json")
        for event in (before, after):
            replayed = json.loads(run("oracle", "replay", str(event.slot), *nodes).out)
            assert replayed["match"] is True
        assert replayed["signed"] == [str(after.value), "0"]
        where = IndexOnChain(four.index.address, ONE, 0)
        seated = read_epochs(four.chain, where).committee(2)
        admin.send(double_report(four.index, seated, 3, after.slot))
        assert round_after(four).value == before.value
        assert read_epochs(four.chain, where).committee(3).committee.bounds == Bounds(3, 0, 3)


def round_after(found):
    """The first round of a slot that opens from now on."""
    now = found.chain.head().timestamp
    until(lambda: found.last_slot > now, f"a round; the log:\n{found.log[-4_000:]}", 240)
    return found.rounds()[-1][1]
