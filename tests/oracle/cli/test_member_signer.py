"""`pargrade oracle signer` of a committee member as a real process on a real chain."""

from contextlib import contextmanager

import pytest

from oracle.member.config import MemberConfig
from oracle.protocol.prepare.prepare_vote import PrepareVote
from pargrade.devnet.anvil import DEVNET_KEYS
from pargrade.keys.remote_signer import RemoteSigner, SignerFailed, SignerRefused
from pargrade.process.ports import free_ports
from tests.support import command
from tests.support.cli import run
from tests.support.landed_round import SLOT, landed_round
from tests.support.nodes import until

pytestmark = pytest.mark.full

KEY = DEVNET_KEYS[0]


@pytest.fixture(autouse=True)
def _own_tips(tmp_path, monkeypatch):
    monkeypatch.setenv("PARGRADE_RUNTIME_DIR", str(tmp_path / "tips"))


@contextmanager
def running(words):
    [port] = free_ports(1)
    process = command.start("oracle", "signer", *words, "--port", port, key=KEY)
    url = f"http://127.0.0.1:{port}"
    found = []

    def connects():
        try:
            found.append(RemoteSigner.connect(url))
        except SignerFailed:
            return process.poll() is not None
        return True

    try:
        until(connects, "a signer", 60)
        assert found, process.communicate()[1]
        yield found[0]
    finally:
        process.kill()
        out, err = process.communicate(timeout=30)
        assert KEY not in out + err


def test_signer__of_a_member__signs_after_the_slot_in_progress_and_remembers(tmp_path):
    with landed_round(tmp_path) as round_:
        path = round_.folder / "member-1.toml"
        committee = round_.stored.committee
        words = (str(path), str(tmp_path / "signer"))
        missing = run("oracle", "signer", *words, "--key", KEY)
        assert "is missing" in missing.error
        assert "--create" in missing.hint
        other = run("oracle", "signer", *words, "--key", DEVNET_KEYS[1])
        assert "the reporter is" in other.error

        def sign(signer, slot, number):
            struct = PrepareVote(slot, number.to_bytes(32)).struct(committee)
            return signer.sign_struct(committee.domain, struct)

        later = round_.devnet.chain.head().timestamp // committee.grid_s * committee.grid_s
        later += 2 * committee.grid_s
        with running((*words, "--create")) as signer:
            with pytest.raises(SignerRefused, match=f"no prepare for slot {SLOT}"):
                sign(signer, SLOT, 1)
            first = sign(signer, later, 1)
            assert "uses it" in run("oracle", "signer", *words, "--key", KEY).error
            assert "exists" in run("oracle", "signer", *words, "--create", "--key", KEY).error
        with running(words) as signer:
            assert sign(signer, later, 1) == first
            with pytest.raises(SignerRefused, match="another prepare was signed"):
                sign(signer, later, 2)
            assert signer.address == MemberConfig.read_file(path).reporter
