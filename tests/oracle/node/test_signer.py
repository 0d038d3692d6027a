"""The external signer as a real process: a node signs and transmits through it, and never twice."""

import json
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import replace
from http.client import HTTPConnection

import pytest
from eth_account.messages import _hash_eip191_message, encode_typed_data

from oracle.journal.owner import JournalOwner
from oracle.node.node import Node
from oracle.node.reporter import SlotWithheld
from oracle.node.signer_service import SignerStore
from oracle.node.signing import SigningRefused
from pargrade.chain.hashing import ZERO_ADDRESS, address_of
from pargrade.chain.keys import recover
from pargrade.devnet.anvil import DEVNET_KEYS
from pargrade.keys.remote_signer import RemoteSigner, SignerFailed, SignerRefused
from pargrade.process.ports import free_ports
from pargrade.spot_index.observation import index_domain
from tests.support import command
from tests.support.cli import run
from tests.support.nodes import GENESIS, HOUR, REPORTERS, nodes, until
from tests.support.peer import nobody, peer, says

pytestmark = pytest.mark.full

KEY = DEVNET_KEYS[5]


@pytest.fixture
def alone(tmp_path):
    with nodes(tmp_path, reporters=1, quorum=1) as first:
        yield first


@contextmanager
def running(alone, *options):
    """A signer of the reporter's key as a process, and its address."""
    [port] = free_ports(1)
    words = (alone.paths[0], alone.folder / "signer", "--port", port, *options)
    key = f"file:{alone.folder / 'nodes' / 'node-1' / 'reporter.key'}"
    process = command.start("oracle", "signer", *words, key=key)
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: answers(url) or process.poll() is not None, "signer", 60)
        assert process.poll() is None, process.communicate()[1]
        yield process, url
    finally:
        process.kill()
        out, err = process.communicate(timeout=30)
        assert KEY not in out + err


@pytest.fixture
def signer(alone):
    """The address of a signer that was made an hour ago."""
    with running(alone, "--create") as (_, url):
        alone.chain.advance(GENESIS + HOUR)
        alone.edit(0, 'file = "node-1/reporter.key"', f'signer = "{url}"')
        yield url


def answers(url):
    try:
        return RemoteSigner.connect(url)
    except SignerFailed:
        return None


def observation_at(alone, slot):
    node = Node.open(alone.configs[0])
    try:
        return node.reporter.observe(slot, node.chain_state_reader.read()).signed
    finally:
        node.close()


def test_node__whose_key_is_in_a_signer__lands_rounds_without_the_key(alone, signer):
    (alone.folder / "nodes" / "node-1" / "reporter.key").unlink()
    alone.start(0)
    alone.landed(GENESIS + HOUR)
    assert alone.round(GENESIS + 2 * HOUR).slot == GENESIS + 2 * HOUR


def test_signer__two_contents_for_a_slot__refuses_the_second_whatever_the_journal_says(
    alone, signer
):
    slot = GENESIS + HOUR
    signed = observation_at(alone, slot)
    remote = RemoteSigner.connect(signer)
    domain = index_domain(31337, alone.index.address)
    typed = signed.observation.typed_data(domain)
    assert remote.sign_typed(typed) == signed.signature
    other = replace(signed.observation, values=(signed.observation.values[0] + 1,))
    with pytest.raises(SignerRefused, match=f"another content was signed for slot {slot}"):
        remote.sign_typed(other.typed_data(domain))
    earlier = replace(signed.observation, slot=slot - 60)
    with pytest.raises(SignerRefused, match=f"slot {slot - 60} is not after {slot}"):
        remote.sign_typed(earlier.typed_data(domain))
    elsewhere = index_domain(1, alone.index.address)
    with pytest.raises(SignerRefused, match="no observation for the chain and index"):
        remote.sign_typed(replace(signed.observation, slot=slot + 60).typed_data(elsewhere))
    # A node on a new journal with other quotes asks again.
    journal = alone.configs[0].data
    for path in journal.glob("journal.sqlite*"):
        path.unlink()
    alone.chain.advance(slot + 30)
    alone.corrupt(0)
    assert run("oracle", "new-journal", str(alone.paths[0])).code == 0
    with pytest.raises(SlotWithheld):
        observation_at(alone, slot)


def test_signer__killed_and_started_again__remembers(alone):
    words = (str(alone.paths[0]), str(alone.folder / "signer"), "--key", KEY)
    missing = run("oracle", "signer", *words)
    assert "is missing" in missing.error
    assert "--create" in missing.hint
    signed = observation_at(alone, GENESIS)
    domain = index_domain(31337, alone.index.address)
    later = replace(signed.observation, slot=GENESIS + 60)
    with running(alone, "--create") as (process, url):
        with pytest.raises(SignerRefused, match=f"slot {GENESIS} is not after {GENESIS}"):
            RemoteSigner.connect(url).sign_typed(signed.observation.typed_data(domain))
        first = RemoteSigner.connect(url).sign_typed(later.typed_data(domain))
        assert "another signer uses" in run("oracle", "signer", *words).error
        assert "exists already" in run("oracle", "signer", *words, "--create").error
        process.kill()
    with running(alone) as (_, url):
        remote = RemoteSigner.connect(url)
        assert remote.sign_typed(later.typed_data(domain)) == first
        with pytest.raises(SignerRefused, match="another content"):
            remote.sign_typed(replace(later, values=(1,)).typed_data(domain))


def test_signer__transactions_elsewhere_or_with_value__are_refused(alone, signer):
    remote = RemoteSigner.connect(signer)
    fields = {
        "type": 2,
        "chainId": 31337,
        "nonce": 0,
        "gas": 100_000,
        "maxFeePerGas": 10**9,
        "maxPriorityFeePerGas": 1,
        "value": 0,
        "to": alone.index.address,
        "data": b"\x01\x02",
    }
    assert remote.sign_transaction(fields)[0] == 2
    for change in ({"to": REPORTERS[1].address}, {"value": 1}, {"chainId": 1}):
        with pytest.raises(SignerRefused, match="only transactions without value to the index"):
            remote.sign_transaction({**fields, **change})


def test_signer__garbage__is_refused_and_it_goes_on(alone, signer):
    host, port = signer.removeprefix("http://").split(":")
    for body in (b"", b"x", b"[]", b"{}", b'{"message": {"slot": 1e999}}', b"[" * 60_000, b"null"):
        connection = HTTPConnection(host, int(port), timeout=5)
        connection.request("POST", "/typed-data", body)
        assert connection.getresponse().status in (400, 409)
        connection.close()
    assert RemoteSigner.connect(signer).address == REPORTERS[0].address


def test_typed_data__hashed_by_eth_account__is_the_digest_of_the_contract(alone):
    signed = observation_at(alone, GENESIS)
    domain = index_domain(31337, alone.index.address)
    typed = signed.observation.typed_data(domain)
    found = _hash_eip191_message(encode_typed_data(full_message=typed.to_json()))
    assert bytes(found) == typed.digest == signed.observation.digest(domain)


LIES = [
    ({"signature": "0x" + "11" * 64}, "it sent no signature|not of"),
    ({"signature": 7}, "it sent no signature"),
    ({}, "it sent no signature"),
]


@pytest.mark.parametrize(("sent", "reason"), LIES)
def test_remote_signer__sends_what_is_no_signature_of_its_key__is_an_error(sent, reason, alone):
    typed = observation_at(alone, GENESIS).observation.typed_data(
        index_domain(31337, alone.index.address)
    )
    with (
        peer(says(json.dumps(sent).encode())) as url,
        pytest.raises(SignerFailed, match=reason),
    ):
        RemoteSigner(url, REPORTERS[0].address).sign_typed(typed)


def test_remote_signer__nobody_there__is_one_clear_error(alone):
    alone.edit(0, 'file = "node-1/reporter.key"', f'signer = "{nobody()}"')
    refused = run("oracle", "run", str(alone.paths[0]))
    assert "Connection refused" in refused.error
    assert "pargrade oracle signer" in refused.hint


def test_signature__through_the_signer__recovers_to_the_reporter(alone, signer):
    signed = observation_at(alone, GENESIS + HOUR)
    domain = index_domain(31337, alone.index.address)
    assert recover(signed.observation.digest(domain), signed.signature) == REPORTERS[0].address


@pytest.mark.parametrize(("version", "is_read"), [(0, True), (1, True), (2, False)])
def test_signer_file__of_another_version__is_read_unless_a_newer_release_wrote_it(
    version, is_read, tmp_path
):
    path, owner = (
        tmp_path / "signer.sqlite",
        JournalOwner(address_of(b"\x01" * 20), 1, ZERO_ADDRESS),
    )
    SignerStore(path, owner, GENESIS).close()
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (1,)
        raw.execute(f"PRAGMA user_version = {version}")
    if is_read:
        SignerStore(path, owner).close()
    else:
        with pytest.raises(SigningRefused, match="version 2, from a newer release"):
            SignerStore(path, owner)
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (max(version, 1),)
