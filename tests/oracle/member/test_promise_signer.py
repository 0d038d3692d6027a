"""The signer of a member's messages: each promise of a slot once, whatever asks and is restored."""

import shutil
from contextlib import ExitStack, closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oracle.member.config import MemberConfig
from oracle.member.promise_signer import PromiseSigner
from oracle.member.seals import SealingSignatory
from oracle.node.signing import SigningRefused
from oracle.protocol.batch.manifest import ListedSection, Manifest
from oracle.protocol.batch.roots import Root
from oracle.protocol.have.have_list import HaveList
from oracle.protocol.machine.promises import Promise
from oracle.protocol.message.calls import DeviationCall, Want
from oracle.protocol.prepare.prepare_vote import PrepareVote
from oracle.protocol.proposal.input_proposal import InputProposal
from oracle.protocol.report.common_report import CommonReport
from oracle.protocol.report.input_set import require_whole
from oracle.protocol.report.valuation import Figure
from oracle.protocol.wire.content import digest_of
from oracle.protocol.wire.signatory import KeySignatory
from oracle.protocol_store.promise_journal import FILE, PromiseJournal
from oracle.transport.session import session_digest, session_struct
from pargrade.chain.keys import Signature, recover
from pargrade.devnet.anvil import devnet_keys
from pargrade.journal.claim import Claim
from pargrade.keys.remote_signer import RemoteSigner, SignerRefused
from pargrade.process.ports import free_ports
from pargrade.spot_index.observation import index_set_of
from tests.oracle.member.test_member import get, landed
from tests.support.members import (
    BEGIN,
    NAMES,
    SharedLedger,
    running,
    stored_committee,
    write_configs,
)
from tests.support.nodes import until
from tests.support.promise_signing import opened, served, use_signer

pytestmark = pytest.mark.full

KEY = devnet_keys()[0]
STORED = stored_committee(4)
COMMITTEE = STORED.committee


@pytest.fixture(autouse=True)
def _own_tips(tmp_path, monkeypatch):
    monkeypatch.setenv("PARGRADE_RUNTIME_DIR", str(tmp_path / "tips"))


@pytest.fixture
def paths(tmp_path):
    return write_configs(tmp_path, 4)


def word(number):
    return number.to_bytes(32)


def content(promise, slot, number):
    """One of many contents of a kind."""
    if promise is Promise.BATCH:
        return Manifest(slot, (ListedSection("alpha", slot, word(number)),))
    if promise is Promise.PROPOSAL:
        return InputProposal(slot, (Root(0, word(number)),))
    if promise is Promise.PREPARE:
        return PrepareVote(slot, word(number))
    return CommonReport(slot, 1, (Figure(number + 1, 0, 3),), word(0))


def asked(each, committee=COMMITTEE):
    return {"struct": "0x" + each.struct(committee).hex()}


def signed_digest(signer, each):
    """The digest that a signer signed for a content, which is checked; None where it refused."""
    try:
        found = signer.sign_struct(asked(each))
    except SigningRefused:
        return None
    digest = digest_of(each, COMMITTEE)
    signature = Signature.of_compact(bytes.fromhex(found["signature"][2:]))
    assert recover(digest, signature) == KEY.address
    return digest


STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(Promise), st.integers(1, 5), st.integers(0, 2)),
        st.sampled_from(["copy", "restore", "restart"]),
    ),
    max_size=30,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_signer__whatever_is_asked_and_restored__signs_one_content_of_a_kind_and_slot(
    steps, tmp_path_factory, paths
):
    config = MemberConfig.read_file(paths[0])
    folder = tmp_path_factory.mktemp("signer")
    PromiseJournal.create(folder, config.owner, 0)
    signed, slots = {}, []

    def start():
        journal = PromiseJournal(folder)
        claim = Claim.take(journal, config.owner)
        # The chain is in the newest slot that anyone has asked for.
        claim.begin(0 if claim.is_complete else max(slots, default=0))
        return journal, claim, PromiseSigner(KEY, config.owner, config.chain.indices, journal)

    journal, claim, signer = start()
    for step in steps:
        if not isinstance(step, str):
            promise, slot, number = step
            slots.append(slot)
            digest = signed_digest(signer, content(promise, slot, number))
            if digest is not None:
                signed.setdefault((promise, slot), set()).add(digest)
            continue
        claim.close()
        journal.close()
        copy = folder / "copy"
        if step == "copy":
            shutil.copy(folder / FILE, copy)
        elif step == "restore" and copy.exists():
            shutil.copy(copy, folder / FILE)
        journal, claim, signer = start()
    claim.close()
    journal.close()
    assert all(len(digests) == 1 for digests in signed.values())


def test_signer__what_was_signed__signs_again_and_refuses_other_contents_by_name(paths, tmp_path):
    with opened(paths[0], tmp_path / "signer", KEY) as signer:
        for promise in Promise:
            first = content(promise, BEGIN, 0)
            assert signed_digest(signer, first) == signed_digest(signer, first)
            with pytest.raises(SigningRefused, match=f"another {promise} was signed for slot"):
                signer.sign_struct(asked(content(promise, BEGIN, 1)))
            with pytest.raises(SigningRefused, match=f"no {promise} for slot {BEGIN - 60}"):
                signer.sign_struct(asked(content(promise, BEGIN - 60, 0)))
        # Of another epoch it is another content for the same slot.
        later = stored_committee(4, epoch=2).committee
        with pytest.raises(SigningRefused, match="another report was signed"):
            signer.sign_struct(asked(content(Promise.REPORT, BEGIN, 0), later))


def test_signer__what_promises_nothing__signs_as_the_key_would_as_often_as_it_is_asked(
    paths, tmp_path
):
    by_key = KeySignatory(KEY, STORED.members)
    others = (
        DeviationCall(BEGIN),
        HaveList(BEGIN, ()),
        HaveList(BEGIN, (Root(0, word(1)),)),
        Want(BEGIN, Root(2, word(1))),
    )
    with opened(paths[0], tmp_path / "signer", KEY) as signer:
        for each in others:
            found = signer.sign_struct(asked(each))["signature"]
            assert found == "0x" + by_key.sign(digest_of(each, COMMITTEE)).hex()
        struct = session_struct(COMMITTEE, 2, bytes(40))
        found = signer.sign_struct({"struct": struct.hex()})["signature"]
        assert found == "0x" + by_key.sign(session_digest(COMMITTEE, 2, bytes(40))).hex()


def test_signer__of_a_file_that_names_an_index_ahead__signs_before_and_after_the_append(
    paths, tmp_path
):
    names = (*NAMES, "H100 / USD")
    ahead = tmp_path / "ahead.toml"
    ahead.write_text(paths[0].read_text().replace('"SCU / USD"]', '"SCU / USD", "H100 / USD"]'))
    appended = stored_committee(4, index_set=index_set_of(names), indices=2, epoch=2).committee
    swapped = stored_committee(4, index_set=index_set_of(names[::-1]), indices=2).committee
    call = DeviationCall(BEGIN)
    with opened(ahead, tmp_path / "signer", KEY) as signer:
        by_key = KeySignatory(KEY, STORED.members)
        for each in (COMMITTEE, appended):
            found = signer.sign_struct(asked(call, each))["signature"]
            assert found == "0x" + by_key.sign(digest_of(call, each)).hex()
        with pytest.raises(SigningRefused, match="other indices"):
            signer.sign_struct(asked(call, swapped))


def test_signer__anything_else__is_refused_and_changes_nothing(paths, tmp_path):
    batch = content(Promise.BATCH, BEGIN, 0).struct(COMMITTEE)
    elsewhere = stored_committee(4, index_set=bytes(32)).committee
    session = session_struct(elsewhere, 2, bytes(40))
    cases = [
        ({"struct": batch[:-32].hex()}, "no message of the protocol"),
        ({"struct": (batch + bytes(32)).hex()}, "no message of the protocol"),
        ({"struct": (word(7) + batch[32:]).hex()}, "no message of the protocol"),
        ({"struct": batch[:-1].hex()}, "whole words"),
        ({"struct": ""}, "whole words"),
        ({"struct": "0xzz"}, "no struct"),
        ({"struct": 5}, "no struct"),
        ({}, "no struct"),
        (None, "no struct"),
        ([], "no struct"),
        (asked(content(Promise.BATCH, BEGIN, 0), elsewhere), "other indices"),
        ({"struct": session.hex()}, "other indices"),
        ({"struct": (batch[:96] + word(1 << 40) + batch[128:]).hex()}, "40 bits"),
        ({"struct": (batch[:64] + word(1 << 32) + batch[96:]).hex()}, "32 bits"),
    ]
    with opened(paths[0], tmp_path / "signer", KEY) as signer:
        for stated, reason in cases:
            with pytest.raises(SigningRefused, match=reason):
                signer.sign_struct(stated)
        assert signed_digest(signer, content(Promise.BATCH, BEGIN, 0))


def test_seal__of_what_its_node_never_said__is_no_signature_of_anyone():
    signatory = SealingSignatory(0, STORED.members)
    seal = signatory.sign(word(1))
    assert signatory.verify(0, word(1), seal)
    assert not signatory.verify(1, word(1), seal)
    assert not signatory.verify(0, word(2), seal)
    assert not signatory.verify(0, word(2), seal[:32] + word(2))
    assert not KeySignatory(KEY, STORED.members).verify(0, word(1), seal)
    assert signatory.verify(0, word(3), KEY.sign(word(3)).compact)


def test_members__one_of_whom_has_a_signer__land_and_it_signs_nothing_itself(paths, tmp_path):
    ledger = SharedLedger(STORED)
    (tmp_path / "member-1.key").unlink()
    with ExitStack() as stack:
        url = stack.enter_context(served(paths[0], tmp_path / "signer", KEY))
        use_signer(paths[0], url)
        members = [stack.enter_context(running(path, ledger)) for path in paths]
        until(lambda: all(each.driver.seat for each in members), "seats", 60)
        landed(ledger, BEGIN)
        second = landed(ledger, BEGIN + 60).report
        until(lambda: members[0].store.agreement(second.slot), "an agreement", 60)
        for member in members:
            found = member.store.input_set(second.input_root, second.slot)
            require_whole(found, COMMITTEE, STORED.verifier)
            assert 0 in [each.position for each in found.batches]
        agreed = members[0].store.agreement(second.slot)
        for digest, vote in [(agreed.digest, each) for each in agreed.reports]:
            assert STORED.verifier.verify(vote.position, digest, vote.signature)
        with closing(PromiseJournal(tmp_path / "signer")) as journal:
            for promise in (Promise.BATCH, Promise.PREPARE, Promise.REPORT):
                assert journal.digest(promise, second.slot) == members[0].journal.digest(
                    promise, second.slot
                )
        assert get(members[1], "/protocol/contradictions")[1] == b"[]"


@pytest.mark.parametrize("has_signer", [True, False])
def test_twins__under_one_key_with_other_quotes__contradict_each_other_unless_a_signer_signs(
    has_signer, paths, tmp_path, caplog
):
    """The worst that restoring an old copy can lead to: both believe that they are the one."""
    ledger = SharedLedger(STORED)
    with ExitStack() as stack:
        if has_signer:
            url = stack.enter_context(served(paths[0], tmp_path / "signer", KEY))
            use_signer(paths[0], url)
        twin = write_twin(paths[0])
        others = [stack.enter_context(running(path, ledger)) for path in paths[1:]]
        both = [stack.enter_context(running(path, ledger)) for path in (paths[0], twin)]
        until(lambda: all(each.driver.seat for each in (*others, *both)), "seats", 60)

        def contradictions():
            return [found for each in others for found in each.store.contradictions()]

        for step in range(6):
            landed(ledger, BEGIN + 60 * step)
            if has_signer or not contradictions():
                continue
            return
        assert has_signer, "the twins sign alike, so nothing was tested"
        assert contradictions() == []
        # Whoever came second has skipped the slot.
        assert "another batch was signed for slot" in caplog.text


def write_twin(path):
    """Another node under the key of a configuration, with fewer lists."""
    config = MemberConfig.read_file(path)
    text = path.read_text().replace(f'data = "{path.stem}"', 'data = "twin"')
    twin = path.with_name("twin.toml")
    port = f"port = {config.port}"
    twin.write_text('watch = ["vast"]\n' + text.replace(port, f"port = {free_ports(1)[0]}"))
    PromiseJournal.create(path.parent / "twin", config.owner, 0)
    return twin


def test_remote_signer__of_structs__takes_no_signature_but_its_keys(paths, tmp_path):
    with served(paths[0], tmp_path / "signer", KEY) as url:
        remote = RemoteSigner.connect(url)
        assert remote.address == KEY.address
        struct = content(Promise.BATCH, BEGIN, 0).struct(COMMITTEE)
        digest = digest_of(content(Promise.BATCH, BEGIN, 0), COMMITTEE)
        assert recover(digest, remote.sign_struct(COMMITTEE.domain, struct)) == KEY.address
        other = content(Promise.BATCH, BEGIN, 1).struct(COMMITTEE)
        with pytest.raises(SignerRefused, match="another batch was signed for slot"):
            remote.sign_struct(COMMITTEE.domain, other)
