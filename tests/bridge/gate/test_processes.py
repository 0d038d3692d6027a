"""Services as real processes: killed at every step, started again, and every transfer exact."""

import signal

import pytest

from bridge.gate.attester.journal import AttestationJournal
from bridge.gate.attester.refusals import MessageRefusal
from bridge.gate.attester.service import create_journal
from pargrade.bindings.bridged_token import BridgedToken
from pargrade.chain.block import Tag
from pargrade.chain.keys import recover
from pargrade.devnet.accounts import DESK
from pargrade.devnet.anvil import DEVNET_KEYS
from pargrade.process.failpoint import VARIABLE
from tests.support.attesters import attesting, opened
from tests.support.command import run, start
from tests.support.two_chains import ATTESTERS, STEP

pytestmark = pytest.mark.full

CARRIER_KEY = DEVNET_KEYS[15]
ATTESTER_KEY = DEVNET_KEYS[10]
CARRYING = (
    "gate-entries-committed:1",
    "gate-entries-committed:2",
    "intent-recorded:1",
    "transaction-sent:1",
    "end-seen:1",
    "outcome-recorded:1",
    "carried:1",
)


@pytest.mark.parametrize("step", CARRYING)
def test_carrier__killed_at_a_step__delivers_once_after_a_restart(chains, tmp_path, step):
    with attesting(chains, tmp_path / "attesters") as services:
        chains.lock(5)
        for service in services:
            service.attester.attest()
        words = ("bridge", "carry", chains.path, "--once", "--data", tmp_path / "carrier")
        killed = run(*words, env={VARIABLE: step}, key=CARRIER_KEY)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        restarted = run(*words, key=CARRIER_KEY)
        assert restarted.returncode == 0, restarted.stderr
    pair = chains.pair()
    token = BridgedToken(chains.remote.chain, pair.route.remote.token)
    assert token.balance_of(DESK.address, block=Tag.LATEST) == 5 * STEP
    assert token.total_supply(block=Tag.LATEST) == 5 * STEP


@pytest.mark.parametrize("step", ["gate-entries-committed:1", "attestation-recorded:1"])
def test_attester__killed_at_a_step__has_signed_each_message_once(chains, tmp_path, step):
    data = tmp_path / "attester"
    create_journal(chains.pair(), ATTESTERS[0], data, key_is_new=True)
    nonces = [chains.lock(5), chains.lock(6)]
    words = ("bridge", "attest", chains.path, "--data", data, "--http-port", "0")
    process = start(*words, env={VARIABLE: step}, key=ATTESTER_KEY)
    process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    before = AttestationJournal(data).page(1337, 1, 0, 10)
    assert len(before) == step.startswith("attestation")
    with opened(chains.pair(), data, ATTESTERS[0]) as service:
        service.attester.attest()
        after = service.attester.journal.page(1337, 1, 0, 10)
    assert [each.place.nonce for each in after] == nonces
    assert after[: len(before)] == before
    assert {recover(each.digest, each.signature) for each in after} == {ATTESTERS[0].address}


def test_attester__killed_after_rolling_back__never_signs_another_content_for_a_nonce(
    chains, tmp_path
):
    """A re-org below finality takes a message that was signed, and another one gets its nonce."""
    data = tmp_path / "attester"
    with opened(chains.pair(), data, ATTESTERS[0]) as service:
        service.attester.attest()
        nonce = chains.lock(5)
        assert len(service.attester.attest().signed) == 1
    chains.home.chain.request("anvil_reorg", 1, [])
    chains.home.chain.mine(2)
    words = ("bridge", "attest", chains.path, "--data", data, "--http-port", "0")
    process = start(*words, env={VARIABLE: "gate-rolled-back"}, key=ATTESTER_KEY)
    process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    assert chains.lock(6) == nonce
    with opened(chains.pair(), data, ATTESTERS[0]) as service:
        assert service.attester.attest().signed == ()
        [refused] = service.attester.refused.values()
        assert (refused.nonce, refused.reason) == (nonce, MessageRefusal.OTHER_CONTENT)


def test_provisioning__killed_between_the_ends__goes_on(bare):
    words = ("bridge", "route", "add", bare.path)
    key = DEVNET_KEYS[1]
    killed = run(*words, env={VARIABLE: "end-provisioned:1"}, key=key)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    pair = bare.pair()
    assert bare.gate("home").route_of(pair.route.home.token, block=Tag.LATEST) == bytes(32)
    assert run(*words, key=key).returncode == 0
    for end, token in (("home", pair.route.home.token), ("remote", pair.route.remote.token)):
        assert bare.gate(end).route_of(token, block=Tag.LATEST) == pair.route.id
