"""An attester's signer signs one content for a message, whatever the attester asks for."""

from dataclasses import replace

import pytest

from bridge.gate.health.api import serving
from bridge.gate.signer.api import create_signer_api
from bridge.gate.signer.service import MessageSigner
from bridge.gate.signer.store import FILE, NotSigned, SignedMessages, owner_of
from pargrade.chain.hashing import address_of
from pargrade.chain.keys import recover
from pargrade.devnet.anvil import DEVNET_KEYS
from pargrade.gate.transfer import Amount, Crossing, End, Route
from pargrade.keys.remote_signer import RemoteSigner, SignerFailed, SignerRefused
from pargrade.process.ports import free_ports
from tests.support.attesters import opened
from tests.support.command import start
from tests.support.two_chains import ATTESTERS

KEY = ATTESTERS[0]
FLOORS = {1: 0, 2: 0}


def account(number):
    return address_of(bytes([number]) * 20)


ROUTE = Route(End(1, account(1), account(2), 18), End(2, account(3), account(4), 6))
CROSSING = Crossing(ROUTE.id, (1 << 40) + 1, account(5), account(6), Amount(700, 6))


def signed_in(folder, floors=None):
    return SignedMessages(folder / FILE, owner_of(KEY.address, ROUTE), floors)


@pytest.fixture
def signer(tmp_path):
    """Through its API, as an attester has it."""
    signed = signed_in(tmp_path, FLOORS)
    api = create_signer_api(MessageSigner(KEY, ROUTE, signed))
    with serving(api, "127.0.0.1", 0) as port:
        yield RemoteSigner.connect(f"http://127.0.0.1:{port}")
    signed.close()


def test_sign__a_message__in_every_epoch_and_again_with_the_same_content(signer):
    assert signer.address == KEY.address
    for epoch in (1, 1, 2):
        data = CROSSING.typed_data(ROUTE.remote, epoch)
        assert recover(data.digest, signer.sign_typed(data)) == KEY.address
    back = CROSSING.typed_data(ROUTE.home, 1)
    assert recover(back.digest, signer.sign_typed(back)) == KEY.address


@pytest.mark.parametrize(
    "change",
    [
        {"amount": Amount(701, 6)},
        {"recipient": account(7)},
        {"sender": account(7)},
        {"route": b"\7" * 32},
        {"nonce": 0},
        {"nonce": 1 << 63},
    ],
)
def test_sign__another_content_or_another_route__is_refused(signer, change):
    signer.sign_typed(CROSSING.typed_data(ROUTE.remote, 1))
    with pytest.raises(SignerRefused):
        signer.sign_typed(replace(CROSSING, **change).typed_data(ROUTE.remote, 2))


@pytest.mark.parametrize("change", [{"chain": 3}, {"gate": account(7)}])
def test_sign__for_another_gate_or_chain__is_refused(signer, change):
    with pytest.raises(SignerRefused):
        signer.sign_typed(CROSSING.typed_data(replace(ROUTE.remote, **change), 1))


def test_sign__what_is_no_transfer__is_refused(signer):
    data = CROSSING.typed_data(ROUTE.remote, 1)
    for bad in ({}, {"amount": "x"}, {**data.message, "amount": str(1 << 200)}):
        with pytest.raises(SignerFailed):
            signer.sign_typed(replace(data, message=bad))
    with pytest.raises(SignerFailed):
        signer.sign_typed(replace(data, primary_type="Permit"))


def test_file__opened_again__remembers_and_is_for_one_process_key_and_route(tmp_path):
    with pytest.raises(NotSigned, match="is missing"):
        signed_in(tmp_path)
    signed = signed_in(tmp_path, FLOORS)
    signed.admit(2, 5, b"a" * 32)
    with pytest.raises(NotSigned, match="another signer uses"):
        signed_in(tmp_path)
    signed.close()
    with pytest.raises(NotSigned, match="exists already"):
        signed_in(tmp_path, FLOORS)
    again = signed_in(tmp_path)
    again.admit(2, 5, b"a" * 32)
    with pytest.raises(NotSigned, match="another content"):
        again.admit(2, 5, b"b" * 32)
    again.close()
    with pytest.raises(NotSigned, match="is of"):
        SignedMessages(tmp_path / FILE, owner_of(account(9), ROUTE))


def test_file__made_for_a_key_of_unknown_past__signs_what_leaves_afterwards(tmp_path):
    signed = signed_in(tmp_path, {1: 3, 2: 7})
    with pytest.raises(NotSigned, match="up to 7"):
        signed.admit(2, 7, b"a" * 32)
    signed.admit(2, 8, b"a" * 32)
    signed.admit(1, 4, b"a" * 32)
    with pytest.raises(NotSigned, match="up to 3"):
        signed.admit(1, 2, b"a" * 32)


@pytest.mark.full
def test_attester__with_a_signer_as_a_process__signs_without_the_key(chains, tmp_path):
    [port] = free_ports(1)
    words = ("bridge", "signer", chains.path, tmp_path / "signer", "--create", "--http-port", port)
    process = start(*words, key=DEVNET_KEYS[10])
    try:
        assert "signs for" in process.stderr.readline()
        remote = RemoteSigner.connect(f"http://127.0.0.1:{port}")
        with opened(chains.pair(), tmp_path / "attester", remote) as service:
            nonce = chains.lock(5)
            [signed] = service.attester.attest().signed
            assert signed.place.nonce == nonce
            assert recover(signed.digest, signed.signature) == ATTESTERS[0].address
    finally:
        process.terminate()
        process.communicate(timeout=60)
