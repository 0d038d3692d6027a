"""Promises on disk: one of each kind per slot, ever, whatever is killed, copied or restored."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.journal.owner import JournalOwner
from oracle.journal.refusals import BelowFloor, NoJournal, OtherOwner
from oracle.protocol.machine.machine import View
from oracle.protocol.machine.promises import Promise, PromiseRecord
from oracle.protocol_store.promise_journal import KEPT_S, PromiseGiven, PromiseJournal
from oracle.simulation.scenario import BEGIN
from pargrade.journal.claim import Claim
from pargrade.journal.refusals import JournalExists, JournalInUse
from pargrade.process.failpoint import VARIABLE
from tests.support.committee_rounds import MEMBERS, machine, records_of, run_round

OWNER = JournalOwner(MEMBERS[2], 31_337, MEMBERS[0])
ROUND = run_round([machine(position) for position in range(5)])
RECORDS = records_of(ROUND, 2)


@pytest.fixture(autouse=True)
def _own_tips(tmp_path, monkeypatch):
    monkeypatch.setenv("PARGRADE_RUNTIME_DIR", str(tmp_path / "tips"))


@pytest.fixture
def folder(tmp_path):
    PromiseJournal.create(tmp_path / "data", OWNER, 0)
    return tmp_path / "data"


def record_of(slot, promise=Promise.REPORT, digest=b"\1" * 32):
    return PromiseRecord(promise, slot, digest, b"raw" + digest)


def test_journal__reopened__starts_a_machine_that_signs_nothing_new_and_sends_the_same(folder):
    with closing(PromiseJournal(folder)) as journal:
        journal.record(RECORDS)
    with closing(PromiseJournal(folder)) as journal:
        outputs = machine(2, journal.promises()).tick(BEGIN + 1.0, View({}, 0))
    assert [each for each in outputs if isinstance(each, PromiseRecord)] == []
    again = {each.raw for each in outputs if hasattr(each, "raw")}
    assert {each.raw for each in RECORDS if each.promise in ("prepare", "report")} <= again


def test_journal__second_content_for_a_slot__is_refused_and_nothing_of_its_batch_is_kept(folder):
    with closing(PromiseJournal(folder)) as journal:
        journal.record([record_of(60)])
        journal.record([record_of(60)])
        with pytest.raises(PromiseGiven):
            journal.record([record_of(120, Promise.BATCH), record_of(60, digest=b"\2" * 32)])
        assert journal.digest(Promise.REPORT, 60) == b"\1" * 32
        assert journal.digest(Promise.BATCH, 120) is None
        assert journal.mark().entries == 1


def test_journal__at_or_below_its_floor__takes_no_promise(folder):
    with closing(PromiseJournal(folder)) as journal:
        assert journal.raise_floor(120) == 120
        assert journal.raise_floor(60) == 120
        for slot in (60, 120):
            with pytest.raises(BelowFloor):
                journal.record([record_of(slot)])
        journal.record([record_of(180)])
        assert journal.promises().floor == 120


def test_journal__of_400_days__forgets_old_digests_and_is_no_older_copy_for_it(folder):
    with closing(PromiseJournal(folder)) as journal:
        claim = Claim.take(journal, OWNER)
        claim.begin(0)
        for slot in (60, 120, 180 + KEPT_S):
            journal.record([record_of(slot, digest=slot.to_bytes(32))])
        assert journal.discard_old() == 2
        assert journal.discard_old() == 0
        claim.close()
        again = Claim.take(journal, OWNER)
        assert again.is_complete
        again.close()
        with pytest.raises(BelowFloor):
            journal.record([record_of(120, digest=b"\2" * 32)])


def test_journal__of_another_key_or_missing_or_there_already__is_refused(folder, tmp_path):
    with closing(PromiseJournal(folder)) as journal, pytest.raises(OtherOwner):
        Claim.take(journal, replace(OWNER, reporter=MEMBERS[1]))
    with pytest.raises(NoJournal):
        PromiseJournal(tmp_path / "nothing")
    with pytest.raises(JournalExists):
        PromiseJournal.create(folder, OWNER, 0)


def test_journal__restored_from_an_older_copy__is_known_not_to_be_complete(folder, tmp_path):
    with closing(PromiseJournal(folder)) as journal:
        claim = Claim.take(journal, OWNER)
        claim.begin(0)
        journal.record([record_of(60)])
        shutil.copytree(folder, tmp_path / "copy")
        journal.record([record_of(120)])
        with closing(PromiseJournal(tmp_path / "copy")) as copy, pytest.raises(JournalInUse):
            Claim.take(copy, OWNER)
        claim.close()
    with closing(PromiseJournal(folder)) as journal:
        claim = Claim.take(journal, OWNER)
        assert claim.is_complete
        claim.close()
    with closing(PromiseJournal(tmp_path / "copy")) as copy:
        claim = Claim.take(copy, OWNER)
        assert not claim.is_complete
        claim.begin(120)
        with pytest.raises(BelowFloor):
            copy.record([record_of(120, digest=b"\2" * 32)])
        claim.close()


def test_journal__killed_the_moment_a_promise_is_on_disk__has_it_after_the_restart(folder):
    environment = {**os.environ, VARIABLE: "promise-recorded:2"}
    killed = subprocess.run([sys.executable, "-c", _THREE, folder], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    with closing(PromiseJournal(folder)) as journal:
        assert journal.mark().entries == 2
        assert journal.promises().kept(Promise.REPORT, 120).digest == (120).to_bytes(32)
        with pytest.raises(PromiseGiven):
            journal.record([record_of(120, digest=b"\2" * 32)])


_THREE = """
import sys
from pathlib import Path
from oracle.protocol.machine.promises import Promise, PromiseRecord
from oracle.protocol_store.promise_journal import PromiseJournal

journal = PromiseJournal(Path(sys.argv[1]))
for slot in (60, 120, 180):
    journal.record([PromiseRecord(Promise.REPORT, slot, slot.to_bytes(32), b"raw")])
"""

_RECORDS = st.builds(
    record_of,
    st.integers(1, 6).map(lambda number: number * 60),
    st.sampled_from(list(Promise)),
    st.sampled_from([b"\1" * 32, b"\2" * 32]),
)


@settings(max_examples=30, deadline=None)
@given(lives=st.lists(st.lists(st.lists(_RECORDS, max_size=3), max_size=4), max_size=4))
def test_journal__whatever_it_is_asked_in_any_number_of_lives__never_holds_two_contents(
    tmp_path_factory, lives
):
    folder = tmp_path_factory.mktemp("lives")
    PromiseJournal.create(folder, OWNER, 60)
    given_out: dict[tuple[Promise, int], bytes] = {}
    for life in lives:
        with closing(PromiseJournal(folder)) as journal:
            for records in life:
                try:
                    journal.record(records)
                except (PromiseGiven, BelowFloor):
                    continue
                for record in records:
                    key = (record.promise, record.slot)
                    assert record.slot > 60
                    assert given_out.setdefault(key, record.digest) == record.digest
    with closing(PromiseJournal(folder)) as journal:
        assert journal.mark().entries == len(given_out)
        assert all(journal.digest(*key) == digest for key, digest in given_out.items())
