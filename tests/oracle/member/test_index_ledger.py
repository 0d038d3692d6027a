"""SpotIndexV2 as a node uses it, on a chain: what lands, what is refused, and who was the set."""

from contextlib import closing

import pytest

from oracle.member.index_ledger import IndexLedger
from oracle.member.ledger import LandingRefused
from oracle.protocol.machine.machine import Machine
from oracle.protocol.machine.outputs import Transmit
from oracle.protocol.machine.promises import Promises
from oracle.protocol.report.valuation import Figure
from oracle.protocol.wire.signatory import KeySignatory
from oracle.simulation.scenario import BEGIN
from pargrade.bindings.spot_index_v2 import SpotIndexV2
from pargrade.chain.block import Tag
from pargrade.chain.endpoints import Endpoints
from pargrade.chain.fees import FeePolicy
from pargrade.chain.wallet import Wallet
from pargrade.deployment.deployer import deploy
from pargrade.deployment.index_on_chain import IndexOnChain
from pargrade.deployment.plan import Plan, Reporters
from pargrade.devnet.anvil import Devnet, devnet_keys
from pargrade.spot_index.quorum import IndexVersion
from tests.support.committee_rounds import run_round

KEYS = devnet_keys()[2:7]
VALUE8 = 250_000_000


@pytest.fixture(scope="module")
def devnet():
    with Devnet(genesis=BEGIN - 120) as running:
        yield running


@pytest.fixture
def chain(devnet):
    with devnet.chain.restored() as restored:
        yield restored


@pytest.fixture
def index(chain):
    reporters = Reporters(
        tuple(key.address for key in KEYS), 3, bytes(31) + b"\7", IndexVersion.COMMON_REPORT
    )
    plan = Plan(reporters=reporters, curators=(), guardians=())
    deployment = deploy(Wallet(chain, devnet_keys()[0]), plan)
    return SpotIndexV2(chain, deployment.address("SpotIndex"))


@pytest.fixture
def ledger(devnet, index, tmp_path):
    endpoints = Endpoints((devnet.url,), devnet.chain.chain_id, 10.0)
    where = IndexOnChain(index.address, ("SCU / USD",), 0)
    with closing(IndexLedger(endpoints, where, KEYS[0], FeePolicy(), tmp_path)) as opened:
        yield opened


def landing_of(stored, slot, value8=VALUE8):
    """What five machines agree on for a slot, with all signatures that were in."""
    members = stored.members
    machines = [
        Machine(
            stored.committee,
            position,
            KeySignatory(key, members),
            lambda lines, slot: (Figure(value8, 1_000, 7),),
            Promises(),
        )
        for position, key in enumerate(KEYS)
    ]
    seen = run_round(machines, float(slot))
    landings = [each.landing for _, each in seen if isinstance(each, Transmit)]
    return max(landings, key=lambda each: len(each.certificate.votes))


def test_ledger__of_a_committee__lands_a_report_once_and_reads_its_root(chain, index, ledger):
    chain.advance(BEGIN)
    stored = ledger.read().stored
    landing = landing_of(stored, BEGIN)
    assert len(landing.certificate.votes) > stored.committee.bounds.signatures
    landed = ledger.land(landing, 0)
    assert (landed.slot, ledger.read().last_slot) == (BEGIN, BEGIN)
    found = index.latest(0, block=Tag.LATEST)
    assert (found.slot, found.value) == (BEGIN, VALUE8)
    [recorded] = ledger.rounds(ledger.read())
    assert recorded == (BEGIN, 1, landing.report.input_root)
    with pytest.raises(LandingRefused) as refused:
        ledger.land(landing, 0)
    assert not refused.value.is_early
    names = {each.name for each in ledger.figures(BEGIN + 60)}
    assert any("fee" in name for name in names)
    assert any("endpoint" in name for name in names)


def test_ledger__of_a_slot_that_no_block_has_reached__says_that_it_is_early(chain, ledger):
    chain.advance(BEGIN)
    landing = landing_of(ledger.read().stored, BEGIN + 60)
    with pytest.raises(LandingRefused) as refused:
        ledger.land(landing, 0)
    assert refused.value.is_early
    chain.advance(BEGIN + 60)
    assert ledger.land(landing, 0).slot == BEGIN + 60


def test_ledger__after_a_report_that_is_too_old__refuses_it(chain, ledger):
    chain.advance(BEGIN)
    landing = landing_of(ledger.read().stored, BEGIN)
    chain.advance(BEGIN + 600)
    with pytest.raises(LandingRefused):
        ledger.land(landing, 0)


def test_ledger__after_a_change_of_the_set__knows_both_committees_and_all_rounds(
    chain, index, ledger
):
    chain.advance(BEGIN)
    first = ledger.read()
    ledger.land(landing_of(first.stored, BEGIN), 0)
    later = tuple(key.address for key in devnet_keys()[3:7])
    wallet = Wallet(chain, devnet_keys()[0])
    wallet.send(index.set_reporters(2, first.stored.committee.method_hash, later))
    state = ledger.read()
    assert (state.epoch, state.stored.members) == (2, later)
    assert state.stored.committee.bounds.nodes == 4
    assert [each.epoch for each in ledger.rounds(state)] == [1]
    assert ledger.committee(1) == first.stored
    assert ledger.committee(2) == state.stored
    assert ledger.committee(3) is None


def test_ledger__when_the_chain_takes_a_round_back__forgets_it(chain, ledger):
    chain.advance(BEGIN)
    with chain.restored():
        ledger.land(landing_of(ledger.read().stored, BEGIN), 0)
        assert len(ledger.rounds(ledger.read())) == 1
    chain.mine(3)
    assert ledger.rounds(ledger.read()) == []
