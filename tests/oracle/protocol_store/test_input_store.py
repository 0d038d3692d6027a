"""Input sets on disk: what was promised is kept whole, and what was tampered with is not taken."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from oracle.protocol.machine.promises import Promise
from oracle.protocol.report.input_set import require_whole
from oracle.protocol.wire.reader import UnreadableMessage
from oracle.protocol_store.agreed_slot import UnknownCommittee
from oracle.protocol_store.committee_text import StoredCommittee
from oracle.protocol_store.input_store import InputStore
from oracle.simulation.scenario import BEGIN
from tests.support.committee_rounds import COMMITTEE, STORED, machine, records_of, run_round

MACHINES = [machine(position) for position in range(5)]
ROUND = run_round(MACHINES)
[AGREED] = MACHINES[1].agreements()
FOUND = MACHINES[1].input_set(BEGIN, AGREED.digest)


@pytest.fixture
def store(tmp_path):
    with closing(InputStore(tmp_path)) as opened:
        opened.keep_committee(STORED)
        yield opened


def test_machine__that_prepared__has_the_input_set_of_its_report_and_its_votes():
    prepare = next(each for each in records_of(ROUND, 1) if each.promise is Promise.PREPARE)
    assert prepare.slot == BEGIN
    require_whole(FOUND, COMMITTEE, STORED.verifier)
    assert FOUND.root == AGREED.report.input_root
    assert len(AGREED.prepares) >= COMMITTEE.bounds.prepares
    assert len(AGREED.reports) >= COMMITTEE.bounds.signatures
    assert MACHINES[1].input_set(BEGIN, bytes(32)) is None
    assert MACHINES[1].input_set(BEGIN - 60, AGREED.digest) is None


def test_store__what_is_kept__comes_back_and_gives_the_same_lines(store):
    store.keep(FOUND)
    store.keep(FOUND)
    store.keep_agreement(1, AGREED)
    again = store.input_set(FOUND.root)
    assert again == FOUND
    require_whole(again, COMMITTEE, STORED.verifier)
    assert again.lines(COMMITTEE) == FOUND.lines(COMMITTEE)
    assert len(again.lines(COMMITTEE)) == 6
    assert store.agreement(BEGIN) == AGREED
    assert [each.root for each in store.agreed_slots(0, BEGIN + 1)] == [FOUND.root]
    assert store.agreed_slots(0, BEGIN) == []
    assert store.committee(1) == STORED
    assert StoredCommittee.from_json(STORED.to_json()) == STORED


def test_store__after_a_re_org_that_seated_another_set_in_an_epoch__has_that_one(store):
    other = replace(STORED, members=tuple(reversed(STORED.members)))
    store.keep_committee(other)
    assert store.committee(1) == other


def test_store__of_what_it_has_not__says_none(store):
    assert store.input_set(bytes(32)) is None
    assert store.input_set(FOUND.root, BEGIN) is None
    assert store.agreement(BEGIN) is None
    assert store.section(bytes(32)) is None
    with pytest.raises(UnknownCommittee):
        store.committee(2)


def test_store__same_root_in_two_slots__gives_the_one_that_is_asked_for(store):
    later = [machine(position) for position in range(5)]
    run_round(later, float(BEGIN + 60))
    [agreed] = later[0].agreements()
    second = later[0].input_set(BEGIN + 60, agreed.digest)
    store.keep(FOUND)
    store.keep(second)
    assert second.root == FOUND.root
    assert store.input_set(FOUND.root).slot == BEGIN + 60
    assert store.input_set(FOUND.root, BEGIN) == FOUND
    store.release(0, BEGIN + 60)
    assert store.input_set(FOUND.root, BEGIN) is None
    assert store.input_set(FOUND.root, BEGIN + 60) == second


def test_store__sections_of_long_ago__go_with_the_sets_that_used_them(store):
    store.keep(FOUND)
    store.release(0, BEGIN + 200_000)
    assert all(store.section(name) is None for name in FOUND.sections)


def test_store__reports_of_long_ago__go_without_the_sets_that_they_are_of(store):
    store.keep(FOUND)
    store.keep_agreement(1, AGREED)
    store.discard_before(BEGIN)
    assert store.agreement(BEGIN) == AGREED
    store.discard_before(BEGIN + 1)
    assert store.agreement(BEGIN) is None
    assert store.input_set(FOUND.root, BEGIN) == FOUND


def test_set__with_anything_missing_or_changed__is_refused():
    name = next(iter(FOUND.sections))
    forged = replace(FOUND.batches[0], position=1)
    changed = {
        "a batch less": replace(FOUND, batches=FOUND.batches[1:]),
        "a section less": replace(FOUND, sections={}),
        "another body": replace(FOUND, sections={**FOUND.sections, name: b"\0\0"}),
        "a section more": replace(FOUND, sections={**FOUND.sections, bytes(32): b"\0\0"}),
        "a stranger's proposal": replace(
            FOUND, proposal=replace(FOUND.proposal, position=(FOUND.proposal.position + 1) % 5)
        ),
        "another's batch": replace(FOUND, batches=(forged, *FOUND.batches[1:])),
        "nobody's": replace(FOUND, proposal=replace(FOUND.proposal, position=31)),
    }
    for case in changed.values():
        with pytest.raises(UnreadableMessage):
            require_whole(case, COMMITTEE, STORED.verifier)


def test_store__whose_file_was_tampered_with__gives_no_other_set(store):
    store.keep(FOUND)
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute("UPDATE section SET body = x'0000'")
    with pytest.raises(UnreadableMessage):
        require_whole(store.input_set(FOUND.root), COMMITTEE, STORED.verifier)
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute("DELETE FROM section")
    assert store.input_set(FOUND.root) is None


def test_store__that_can_be_written__passes_its_check(store):
    store.check()
