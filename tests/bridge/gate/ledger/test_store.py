"""Entries of gates on disk: committed with their cursor, and rolled back with it."""

import shutil
from dataclasses import replace

import pytest
from sqlalchemy import text

from bridge.gate.ledger.entry import GateEntry
from bridge.gate.ledger.store import (
    GATE as SCHEMA,
)
from bridge.gate.ledger.store import (
    GateCursor,
    GateCursorMoved,
    GateStop,
    GateStore,
    open_store,
)
from pargrade.bindings.bridge_gate import Sent
from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import address_of
from pargrade.chain.log import Log
from pargrade.database import open_database, transaction
from pargrade.database.migration import upgrade

GATE = address_of(bytes(19) + b"\1")
ROUTE = b"\7" * 32
RULE = "2 of a.example b.example, finalized"


def block(number: int) -> BlockStamp:
    return BlockStamp(number, number.to_bytes(32), bytes(32), number)


def entry(number: int) -> GateEntry:
    account = bytes(31) + b"\2"
    log = Log(
        GATE,
        (Sent.TOPIC, ROUTE, number.to_bytes(32), account),
        account + (1 << 8 | 6).to_bytes(32),
        number,
        number.to_bytes(32),
        bytes(32),
        0,
    )
    return GateEntry.of(log, number)


@pytest.fixture
def store(fresh):
    made = GateStore(open_store(fresh()), 1, GATE, RULE)
    made.begin(block(0))
    return made


def cursor(number: int, rollbacks: int = 0) -> GateCursor:
    return GateCursor(number, number.to_bytes(32), rollbacks)


def stop(number: int) -> GateStop:
    return GateStop(number, number.to_bytes(32))


def test_append__and_read__gives_the_same_entries(store):
    store.append(cursor(0), [entry(1), entry(2)], block(3))
    assert store.cursor() == cursor(3)
    assert store.read() == [entry(1), entry(2)]
    assert store.read(1) == [entry(2)]


def test_pages__hold_whole_blocks__however_many_entries_a_block_has(store):
    def placed(number, position):
        found = entry(number)
        return replace(found, log=found.log._replace(index=position))

    blocks = [(1, 2), (2, 1), (3, 7), (4, 1)]
    entries = [placed(number, place) for number, count in blocks for place in range(count)]
    store.append(cursor(0), entries, block(5))
    assert [len(page) for page in store.pages(most=3)] == [2, 1, 8]
    assert [entry for page in store.pages(most=3) for entry in page] == entries
    assert store.read() == entries


def test_append__by_two_workers__only_the_first_is_kept(store):
    store.append(cursor(0), [entry(1)], block(2))
    with pytest.raises(GateCursorMoved):
        store.append(cursor(0), [entry(1)], block(2))
    with pytest.raises(GateCursorMoved):
        store.begin(block(0))
    assert store.read() == [entry(1)]


def test_roll_back__forgets_what_lies_above(store):
    store.append(cursor(0), [entry(1)], block(2))
    store.append(cursor(2), [entry(3)], block(4))
    store.roll_back(cursor(4), stop(2))
    assert (store.cursor(), store.read()) == (cursor(2, 1), [entry(1)])
    assert store.stops() == [stop(0), stop(2)]


def test_append__after_a_roll_back_to_the_same_block__is_of_another_count(store):
    store.append(cursor(0), [entry(1)], block(2))
    store.append(cursor(2), [], block(4))
    store.roll_back(cursor(4), stop(2))
    with pytest.raises(GateCursorMoved):
        store.append(cursor(2), [entry(3)], block(4))
    store.append(cursor(2, 1), [entry(3)], block(4))
    assert store.cursor() == cursor(4, 1)


def test_stores__of_two_gates_in_one_database__do_not_mix(store):
    other = GateStore(store._engine, 2, GATE, RULE)
    other.begin(block(0))
    store.append(cursor(0), [entry(1)], block(2))
    assert (other.read(), other.cursor()) == ([], cursor(0))


@pytest.mark.parametrize(
    "rule",
    [
        "1 of a.example b.example, finalized",
        "2 of a.example c.example, finalized",
        "2 of a.example b.example, latest",
    ],
)
def test_stores__of_one_gate_by_other_rules__know_nothing_of_each_other(store, rule):
    store.append(cursor(0), [entry(1)], block(2))
    other = GateStore(store._engine, 1, GATE, rule)
    assert (other.read(), other.cursor()) == ([], None)
    same = GateStore(store._engine, 1, GATE, RULE)
    assert (same.read(), same.cursor()) == ([entry(1)], cursor(2))


def test_open_store__of_a_program_that_wrote_down_no_rule__believes_nothing_of_it(fresh, tmp_path):
    url = fresh()
    shutil.copy(SCHEMA.scripts / "gates.py", tmp_path)
    engine = open_database(url)
    with transaction(engine) as connection:
        upgrade(connection, replace(SCHEMA, scripts=tmp_path, head="gate_1"))
        row = {"chain": 1, "gate": GATE, "number": 7, "hash": bytes(32)}
        columns = ", ".join(row)
        places = ", ".join(f":{name}" for name in row)
        connection.execute(text(f"INSERT INTO gate_cursor ({columns}) VALUES ({places})"), row)
    engine.dispose()
    assert GateStore(open_store(url), 1, GATE, RULE).cursor() is None
