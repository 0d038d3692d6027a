"""Input sets in Parquet: every set comes back, a crash loses none, and all members write alike."""

import os
import subprocess
import sys
from contextlib import closing
from io import BytesIO
from random import Random

import polars as pl
import pytest

from oracle.evidence.evidence import MOST_BYTES
from oracle.member.set_archivist import SetArchivist
from oracle.protocol.batch.extent import MOST_BATCH_LINES, MOST_BODY
from oracle.protocol.batch.manifest import ListedSection, Manifest
from oracle.protocol.batch.roots import Root
from oracle.protocol.batch.section import LinePrice, pack_section, section_name
from oracle.protocol.batch.table import Fetched
from oracle.protocol.committee.bounds import MOST_NODES
from oracle.protocol.proposal.input_proposal import InputProposal
from oracle.protocol.report.input_set import InputSet, require_whole
from oracle.protocol.wire.content import sign_content
from oracle.protocol.wire.reader import UnreadableMessage
from oracle.protocol.wire.signatory import KeySignatory
from oracle.protocol_store.day_sets import day_root, is_archived, part_name
from oracle.protocol_store.input_store import KEPT_S, InputStore
from oracle.protocol_store.kept_sets import KeptSets
from oracle.protocol_store.sealing import NotSealed, discard_old, seal_day
from oracle.protocol_store.set_archive import SetArchive
from oracle.protocol_store.set_volumes import LINE_WEIGHT, cut_volumes
from oracle.simulation.scenario import BEGIN
from pargrade.clock import DAY_S, midnight_of
from pargrade.process.failpoint import VARIABLE
from tests.support.committee_rounds import COMMITTEE, KEYS, MEMBERS, STORED, machine, run_round

DAY = midnight_of(BEGIN)
SLOTS = [BEGIN, BEGIN + 60, BEGIN + 120]


def set_at(slot, price8):
    """The set of a slot in which one of three lists has a price of its own, and one is empty."""
    table = {
        "alpha": Fetched(slot - 5, pack_section([LinePrice(b"\xff\x00H100", price8, b"\x01")])),
        "beta": Fetched(slot - 5, pack_section([LinePrice(b"H200/8", 9)])),
        "empty": Fetched(slot - 5, pack_section([])),
    }
    machines = [machine(position) for position in range(5)]
    run_round(machines, float(slot), table)
    [agreed] = machines[1].agreements()
    return machines[1].input_set(slot, agreed.digest)


SETS = [set_at(slot, 200 + place) for place, slot in enumerate(SLOTS)]
ROUNDS = [(each.slot, each.root) for each in SETS]
UNLANDED = set_at(BEGIN + 180, 999)


@pytest.fixture
def folder(tmp_path):
    fill(tmp_path / "node", SETS)
    return tmp_path / "node"


def fill(folder, sets):
    with closing(InputStore(folder)) as store:
        store.keep_committee(STORED)
        for each in sets:
            store.keep(each)


def seal(folder, rounds=ROUNDS, held=()):
    with closing(InputStore(folder)) as store:
        return seal_day(store, SetArchive(folder), DAY, rounds, held)


def kept(folder):
    """The sets of the day that a node of this folder has in its store, and in either place."""
    with closing(InputStore(folder)) as store:
        whole = KeptSets(store, SetArchive(folder))
        in_store = [store.input_set(root, slot) for slot, root in ROUNDS]
        return in_store, [whole.input_set(root, slot) for slot, root in ROUNDS]


def test_day__that_is_sealed__is_named_by_its_rounds_and_every_set_comes_back_whole(folder):
    name = seal(folder)
    assert name == part_name(DAY, day_root(reversed(ROUNDS)))
    in_store, found = kept(folder)
    assert in_store == [None, None, None]
    assert found == SETS
    for each in found:
        require_whole(each, COMMITTEE, STORED.verifier)
    archive = SetArchive(folder)
    assert archive.input_set(SETS[0].root, SLOTS[1]) is None
    assert archive.input_set(bytes(32), SLOTS[0]) is None
    assert archive.input_set(SETS[0].root, SLOTS[0] + DAY_S) is None
    assert is_archived(archive.folder, SETS[0].root, SLOTS[0])
    assert not is_archived(archive.folder, SETS[0].root, SLOTS[1])
    lists = pl.read_parquet(archive.folder / name / "lists.parquet")
    assert sorted(lists["price8"]) == [9, 200, 201, 202]
    assert seal(folder) == name


def test_day_root__binds_each_set_to_its_slot_and_forgets_no_round():
    roots = {day_root(ROUNDS), day_root(ROUNDS[1:]), day_root([]), day_root(ROUNDS[:1])}
    moved = [(ROUNDS[1][0], ROUNDS[0][1]), (ROUNDS[0][0], ROUNDS[1][1]), ROUNDS[2]]
    assert day_root(moved) not in roots
    assert len(roots) == 4


def test_members__that_agreed_on_the_same_rounds__write_the_same_bytes(folder, tmp_path):
    other = tmp_path / "other"
    # It prepared one more that never landed, and got the others in another order.
    fill(other, [UNLANDED, *reversed(SETS)])
    names = {seal(folder), seal(other)}
    assert len(names) == 1
    [name] = names
    files = sorted((SetArchive(folder).folder / name).iterdir())
    assert [path.name for path in files] == [
        "batches.parquet",
        "lists.parquet",
        "rounds.csv",
        "sets.parquet",
    ]
    for path in files:
        twin = SetArchive(other).folder / name / path.name
        assert path.read_bytes() == twin.read_bytes(), path.name
    with closing(InputStore(other)) as store:
        assert store.kept_slots(DAY, DAY + DAY_S) == set()


def test_store__lets_go_of_bodies_that_no_set_uses_and_keeps_those_of_held_ones(folder):
    seal(folder, held=[SLOTS[2]])
    in_store, found = kept(folder)
    assert in_store == [None, None, SETS[2]]
    assert found == SETS
    with closing(InputStore(folder)) as store:
        # A body of the day may be in the next slot's lists.
        assert all(map(store.section, SETS[0].sections))
        store.release(DAY, DAY + 3 * DAY_S, held=[SLOTS[2]])
        assert all(map(store.section, SETS[2].sections))
        gone = SETS[0].sections.keys() - SETS[2].sections.keys()
        assert len(gone) == 1
        assert not any(map(store.section, gone))


@pytest.mark.full
@pytest.mark.parametrize("step", ["sets-archived", "sets-released"])
def test_sealing__killed_at_a_step__loses_nothing_and_goes_on_from_there(folder, step):
    words = ["seal", str(folder)]
    rounds = [[slot, root.hex()] for slot, root in ROUNDS]
    wanted = f'{{"midnight": {DAY}, "rounds": {rounds}, "held": [], "now": {BEGIN + DAY_S}}}'

    def process(**environment):
        return subprocess.run(
            [sys.executable, "-m", "oracle.member.set_archivist", *words],
            input=wanted.replace("'", '"').encode(),
            env={**os.environ, **environment},
            check=False,
            timeout=120,
        ).returncode

    assert process(**{VARIABLE: step}) < 0
    assert kept(folder)[1] == SETS
    assert process() == 0
    assert kept(folder) == ([None, None, None], SETS)
    with closing(InputStore(folder)) as store:
        archivist = SetArchivist(folder, store.committee)
        assert archivist.input_set(SETS[1].root, SLOTS[1]) == SETS[1]
        name = next(iter(SETS[1].sections))
        assert archivist.section(name) == SETS[1].sections[name]
        assert archivist.input_set(SETS[1].root, SLOTS[0]) is None


def test_day__of_which_a_set_is_missing__stays_in_the_store(folder):
    with pytest.raises(NotSealed, match=f"slot {BEGIN + 180} is not here"):
        seal(folder, [*ROUNDS, (BEGIN + 180, UNLANDED.root)])
    assert kept(folder)[0] == SETS
    assert not SetArchive(folder).parts()


def test_day__without_rounds__lets_go_of_what_never_landed(folder):
    assert seal(folder, []) == ""
    assert kept(folder)[1] == [None, None, None]
    assert not SetArchive(folder).parts()


def test_set__that_was_changed_in_the_store__is_not_archived(folder):
    with closing(InputStore(folder)) as store:
        raw = store._engine.raw_connection()
        raw.execute("UPDATE section SET body = x'0000'")
        raw.commit()
        raw.close()
    with pytest.raises(UnreadableMessage):
        seal(folder)
    assert not SetArchive(folder).parts()


@pytest.mark.parametrize("file", ["sets.parquet", "batches.parquet", "lists.parquet"])
def test_archive__whose_files_are_damaged__gives_no_set(folder, file):
    name = seal(folder)
    archive = SetArchive(folder)
    path = archive.folder / name / file
    whole = path.read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], whole[::-1]):
        path.write_bytes(damaged)
        assert archive.input_set(SETS[0].root, SLOTS[0]) is None
    frame = pl.read_parquet(BytesIO(whole))
    frame.head(1).drop(frame.columns[-1]).write_parquet(path)
    assert archive.input_set(SETS[0].root, SLOTS[0]) is None


MOST_FILE_BYTES = 96 * 1024


def lying_set(slot):
    """The set of a slot in which one of five members has two lists that nobody saw before."""
    honest = tuple(
        each._replace(fetched_at=slot - 5) for each in SETS[0].batches[0].content.entries
    )
    lies = [
        pack_section(LinePrice(seed.randbytes(200), 1 + seed.randrange(1 << 40)) for _ in range(9))
        for seed in map(Random, (slot, -slot))
    ]
    named = {section_name(raw): raw for raw in lies}
    liar = tuple(ListedSection(f"x{n}/y", slot - 5, name) for n, name in enumerate(named))
    signers = [KeySignatory(key, MEMBERS) for key in KEYS]
    batches = tuple(
        sign_content(Manifest(slot, entries), COMMITTEE, position, signers[position])
        for position, entries in enumerate([honest] * 4 + [liar])
    )
    roots = tuple(Root(each.position, each.content.root) for each in batches)
    proposal = sign_content(InputProposal(slot, roots), COMMITTEE, 0, signers[0])
    return InputSet(COMMITTEE.epoch, proposal, batches, {**SETS[0].sections, **named})


def test_day__that_a_liar_fills_with_new_lists__is_sealed_in_files_that_are_read(tmp_path):
    sets = [lying_set(DAY + 600 * number) for number in range(144)]
    rounds = [(each.slot, each.root) for each in sets]
    fill(tmp_path, sets)
    archive = SetArchive(tmp_path, MOST_FILE_BYTES)
    with closing(InputStore(tmp_path)) as store:
        name = seal_day(store, archive, DAY, rounds)
        assert store.kept_slots(DAY, DAY + DAY_S) == set()
    files = {path.name: path.stat().st_size for path in (archive.folder / name).iterdir()}
    assert sum(files.values()) > 4 * MOST_FILE_BYTES
    assert max(files.values()) <= MOST_FILE_BYTES
    assert {"lists.parquet", "lists-1.parquet", "batches-1.parquet"} <= files.keys()
    for each in (sets[0], sets[77], sets[-1]):
        assert archive.input_set(each.root, each.slot) == each
    # What is read elsewhere needs no other bound than what it was written with.
    assert SetArchive(tmp_path).input_set(sets[100].root, sets[100].slot) == sets[100]


def test_volumes__of_the_largest_sets__have_one_each_below_the_bound():
    largest = MOST_NODES * (MOST_BODY + MOST_BATCH_LINES * LINE_WEIGHT)
    assert largest < MOST_BYTES * 3 // 4
    weights = [volume.weight for volume in cut_volumes(SETS, 1)]
    assert len(weights) == len(SETS)
    [whole] = cut_volumes(SETS, MOST_BYTES)
    assert whole.sets == SETS
    # A list that several sets name is in a volume once.
    assert whole.weight < sum(weights)


def test_archive__of_long_ago__goes_by_days(folder):
    seal(folder)
    archive = SetArchive(folder)
    assert discard_old(archive, DAY + KEPT_S) == []
    assert len(archive.parts()) == 1
    assert len(discard_old(archive, DAY + KEPT_S + DAY_S)) == 1
    assert archive.parts() == []
