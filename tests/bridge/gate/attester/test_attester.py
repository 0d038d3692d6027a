"""An attester signs what is final, agreed on and explained, once; and otherwise nothing."""

import json
from dataclasses import replace

import pytest

from bridge.gate.attester.attester import BooksDiffer
from bridge.gate.attester.journal import (
    AttestationJournal,
    Attested,
    AttesterIdentity,
    MessagePlace,
)
from bridge.gate.attester.refusals import (
    BeforeFloor,
    MessageRefusal,
    NoAttestationJournal,
    OtherAttester,
    OtherContent,
)
from bridge.gate.attester.service import create_journal, open_attester
from bridge.gate.ledger.end_ledger import EndLedger
from bridge.gate.ledger.messages import Unexplained
from bridge.gate.witness.witnesses import BadEndpoints, EndpointsDiffer, TooFewEndpoints
from pargrade.chain.keys import recover
from pargrade.journal.refusals import JournalExists, JournalInUse
from tests.support.attesters import opened
from tests.support.proxy import body, fault_proxy, send
from tests.support.two_chains import ATTESTERS, CARRIER, STEP

pytestmark = pytest.mark.full

KEY = ATTESTERS[0]


@pytest.fixture
def attester(chains, tmp_path):
    with opened(chains.pair(), tmp_path / "attester", KEY) as service:
        yield service


def prepared(chains, data):
    """An attester that is up, to be closed."""
    create_journal(chains.pair(), KEY, data, key_is_new=True)
    return open_attester(chains.pair(), KEY, data)


def forged(change):
    """An endpoint whose logs are changed on their way."""

    def fault(proxy, asked, handler):
        found = proxy.forward(asked)
        found["result"] = change(found["result"])
        send(handler, json.dumps(found).encode())

    return fault


def test_attest__a_message_that_is_final__is_signed_for_its_destination(chains, attester):
    nonce = chains.lock(5)
    [signed] = attester.attester.attest().signed
    assert signed.place == MessagePlace(chains.pair().route.id, 1337, nonce)
    message = attester.attester.home.ledger.sent[nonce]
    digest = message.crossing.digest(chains.pair().route.remote, 1)
    assert recover(digest, signed.signature) == KEY.address
    assert message.crossing.amount.value == 5 * STEP


def test_attest__again__signs_nothing_twice(chains, attester):
    chains.lock(5)
    assert len(attester.attester.attest().signed) == 1
    again = attester.attester.attest()
    assert (again.signed, again.open) == ((), 1)


def test_attest__before_finality__signs_nothing(chains, tmp_path):
    chains.write(home__finality="3")
    with opened(chains.pair(), tmp_path / "a", KEY) as service:
        chains.lock(5)
        assert service.attester.attest().signed == ()
        chains.home.chain.mine(3)
        assert len(service.attester.attest().signed) == 1


def test_attest__by_who_is_no_attester__signs_nothing(chains, tmp_path):
    with opened(chains.pair(), tmp_path / "a", CARRIER) as service:
        chains.lock(5)
        assert service.attester.attest().signed == ()


def test_attest__above_its_own_cap__is_refused_by_name(chains, tmp_path):
    with opened(chains.pair(), tmp_path / "a", KEY, cap=4 * STEP) as service:
        nonce = chains.lock(5)
        assert service.attester.attest().signed == ()
        assert service.attester.refused[1337, nonce].reason is MessageRefusal.ABOVE_CAP
        chains.lock(4)
        assert len(service.attester.attest().signed) == 1


@pytest.mark.parametrize("end", ["home", "remote"])
def test_attest__one_endpoint_down__abstains_until_it_is_back(chains, attester, end):
    chains.lock(5)
    chains.proxies[end].break_with(body(b"busy", 503))
    with pytest.raises(TooFewEndpoints):
        attester.attester.attest()
    chains.proxies[end].mend()
    assert len(attester.attester.attest().signed) == 1


def test_attest__endpoints_that_differ_about_logs__abstains(chains, attester):
    chains.lock(5)
    chains.proxies["home"].break_with(forged(lambda logs: logs[:-1]), "eth_getLogs")
    with pytest.raises(EndpointsDiffer, match="differ about the logs"):
        attester.attester.attest()
    assert attester.look() == 0
    assert "EndpointsDiffer" in attester.problems()[0]
    chains.proxies["home"].mend()
    assert attester.look() == 1
    assert attester.looks.failure is None


def test_attest__both_endpoints_leave_a_message_out__the_gates_nonce_shows_it(chains, tmp_path):
    with fault_proxy(chains.home.url) as other:
        liars = (chains.proxies["home"], other)
        chains.write(home__rpc_urls=[liar.url for liar in liars])
        service = prepared(chains, tmp_path / "a")
        chains.lock(5)
        head = chains.home.chain.height()
        lost = forged(lambda logs: [log for log in logs if int(log["blockNumber"], 16) < head])
        for liar in liars:
            liar.break_with(lost, "eth_getLogs")
        with pytest.raises(BooksDiffer, match="last nonce"):
            service.attester.attest()
        service.close()


def test_attest__with_one_endpoint_configured__does_not_start(chains, tmp_path):
    create_journal(chains.pair(), KEY, tmp_path / "a", key_is_new=True)
    chains.write(home__rpc_urls=[chains.home.url])
    with pytest.raises(BadEndpoints):
        open_attester(chains.pair(), KEY, tmp_path / "a")


def test_attest__a_second_content_for_a_nonce__is_never_signed(chains, attester):
    """A re-org below finality replaces a signed message by another one."""
    snapshot = chains.home.chain.request("evm_snapshot")
    nonce = chains.lock(5)
    assert len(attester.attester.attest().signed) == 1
    chains.home.chain.request("evm_revert", snapshot)
    chains.home.chain.mine(1)
    assert chains.lock(7) == nonce
    chains.home.chain.mine(1)
    assert attester.attester.attest().signed == ()
    assert attester.attester.refused[1337, nonce].reason is MessageRefusal.OTHER_CONTENT


def test_attest__after_a_revocation__signs_again_under_the_new_epoch(chains, attester):
    chains.lock(5)
    assert [each.epoch for each in attester.attester.attest().signed] == [1]
    assert chains.run("attesters", "revoke", "--end", "remote").code == 0
    assert attester.attester.attest().signed == ()
    assert chains.run("attesters", "set").code == 0
    [again] = attester.attester.attest().signed
    assert again.epoch == 2


def test_restart__goes_on_where_it_stopped_and_signs_what_left_meanwhile(chains, tmp_path):
    data = tmp_path / "a"
    with opened(chains.pair(), data, KEY) as service:
        chains.lock(5)
        assert len(service.attester.attest().signed) == 1
    nonce = chains.lock(6)
    with opened(chains.pair(), data, KEY) as service:
        assert service.floor == 0
        assert [each.place.nonce for each in service.attester.attest().signed] == [nonce]


def test_restart__on_an_older_copy__leaves_what_left_before_to_others(chains, tmp_path):
    data, copy = tmp_path / "a", tmp_path / "copy.sqlite"
    with opened(chains.pair(), data, KEY) as service:
        service.attester.journal.close()
        copy.write_bytes((data / "attestations.sqlite").read_bytes())
    with opened(chains.pair(), data, KEY) as service:
        nonce = chains.lock(5)
        assert len(service.attester.attest().signed) == 1
    for each in data.glob("attestations.sqlite*"):
        each.unlink()
    copy.rename(data / "attestations.sqlite")
    with opened(chains.pair(), data, KEY) as service:
        assert service.floor > 0
        assert service.attester.attest().signed == ()
        assert service.attester.refused[1337, nonce].reason is MessageRefusal.BEFORE_FLOOR


def test_journal__missing_or_of_another_key_or_in_use__is_refused(chains, tmp_path):
    pair, data = chains.pair(), tmp_path / "a"
    with pytest.raises(NoAttestationJournal):
        open_attester(pair, KEY, data)
    with opened(pair, data, KEY):
        with pytest.raises(JournalInUse):
            open_attester(pair, KEY, data)
        with pytest.raises(OtherAttester):
            open_attester(pair, ATTESTERS[1], data)
        with pytest.raises(JournalExists):
            create_journal(pair, KEY, data, key_is_new=True)


def test_journal__one_content_for_a_nonce_whatever_the_epoch(tmp_path):
    AttestationJournal.create(tmp_path, AttesterIdentity(KEY.address, bytes(32)), 100)
    journal = AttestationJournal(tmp_path)
    first = Attested(
        MessagePlace(bytes(32), 5, 7), 1, b"\1" * 32, b"\2" * 32, KEY.sign(b"\2" * 32), time=101
    )
    assert journal.record(first) == first
    assert journal.record(first) == first
    again = replace(first, epoch=2, digest=b"\3" * 32, signature=KEY.sign(b"\3" * 32))
    assert journal.record(again) == again
    with pytest.raises(OtherContent):
        journal.record(replace(again, epoch=3, content=b"\4" * 32, digest=b"\5" * 32))
    elsewhere = replace(first, place=MessagePlace(bytes(32), 6, 7), digest=b"\6" * 32, time=100)
    with pytest.raises(BeforeFloor):
        journal.record(elsewhere)
    assert journal.page(5, 1, 0, 10) == [first]
    assert journal.mark().entries == 2


def test_ledger__an_amount_beyond_what_the_budget_held__is_unexplained(chains, attester):
    """The gate would not do it, so a stand-in for its events does: budget 500, sent 600."""
    chains.lock(400)
    attester.attester.home.sync()
    ledger = attester.attester.home.ledger
    entries = attester.attester.home._store.read()
    sent = next(e for e in entries if type(e.event).__name__ == "Sent")
    fresh = EndLedger(ledger.route, ledger.end)
    fresh.post_all([e for e in entries if e is not sent])
    greedy = replace(sent.event, amount=(600 * STEP) << 8 | 6)
    with pytest.raises(Unexplained, match="steps left"):
        fresh.post_all([replace(sent, event=greedy)])
