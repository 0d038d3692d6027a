"""A committee of which liars were proven goes on, and all of its past stays readable."""

import pytest

from oracle.epochs.history import read_epochs
from oracle.member.method_choice import is_founding
from oracle.protocol.committee.bounds import Bounds, ImpossibleBounds
from oracle.simulation.scenario import BEGIN
from pargrade.chain.wallet import Wallet
from pargrade.deployment.index_on_chain import IndexOnChain
from pargrade.deployment.plan import default_quorum
from pargrade.deployment.submission import NoSuchRound
from pargrade.devnet.anvil import Devnet, devnet_keys
from pargrade.spot_index.quorum import IndexVersion
from tests.support.ledgers import KEYS, NAMES, deployed, double_report, land, opened

ONE = NAMES[:1]
DEFAULT = default_quorum(len(KEYS), IndexVersion.COMMON_REPORT)
"""4 of 5: as many as have to prepare, which is what deployments take."""


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
    return deployed(chain, ONE, DEFAULT)


@pytest.fixture
def admin(chain):
    return Wallet(chain, devnet_keys()[0])


@pytest.fixture
def ledger(devnet, index, tmp_path):
    with opened(devnet, index, ONE, tmp_path / "first") as found:
        yield found


def test_committee__of_default_size_that_lost_a_liar_by_proof__lands_until_and_after_the_mend(
    devnet, chain, index, admin, ledger, tmp_path
):
    first = land(chain, ledger, BEGIN).stored
    assert first.committee.bounds == Bounds(5, 1, 4)
    admin.send(double_report(index, first, 3, BEGIN))
    left = land(chain, ledger, BEGIN + 300)
    assert left.stored.members == tuple(each for each in first.members if each != KEYS[3].address)
    assert left.stored.committee.bounds == Bounds(4, 0, 4)
    mended = (*left.stored.members, devnet_keys()[8].address)
    admin.send(index.set_reporters(4, first.committee.method_hash, mended))
    last = land(chain, ledger, BEGIN + 600)
    assert last.stored.committee.bounds == Bounds(5, 1, 4)
    with opened(devnet, index, ONE, tmp_path / "newcomer") as newcomer:
        for each in (ledger, newcomer):
            state = each.read()
            assert [found.epoch for found in each.rounds(state)] == [1, 2, 3]
            assert [each.committee(n) for n in (1, 2, 3)] == [first, left.stored, last.stored]
            assert is_founding(each, state)
    epochs = read_epochs(chain, IndexOnChain(index.address, ONE, 0))
    assert [epochs.committee(n) for n in (1, 2, 3)] == [first, left.stored, last.stored]


def test_committee__of_fewer_than_have_to_sign__waits_and_goes_on_when_the_admin_has_mended_it(
    devnet, chain, index, admin, ledger, tmp_path
):
    first = land(chain, ledger, BEGIN).stored
    for liar in (3, 4):
        admin.send(double_report(index, first, liar, BEGIN))
    with pytest.raises(ImpossibleBounds, match="fewer are left than have to sign") as why:
        ledger.read()
    assert "setReporters" in why.value.hint
    mended = (*first.members[:3], devnet_keys()[8].address)
    admin.send(index.set_reporters(3, first.committee.method_hash, mended))
    last = land(chain, ledger, BEGIN + 300)
    with opened(devnet, index, ONE, tmp_path / "newcomer") as newcomer:
        for each in (ledger, newcomer):
            state = each.read()
            assert [found.epoch for found in each.rounds(state)] == [1, 4]
            assert [each.committee(n) is None for n in (1, 2, 3, 4)] == [False, False, True, False]
            assert is_founding(each, state)
            assert each.committee(4) == last.stored
    with pytest.raises(NoSuchRound, match="epoch 3"):
        read_epochs(chain, IndexOnChain(index.address, ONE, 0)).committee(3)
