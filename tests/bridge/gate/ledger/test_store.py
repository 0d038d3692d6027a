"""Entries of gates on disk: committed with their cursor, and rolled back with it."""

from dataclasses import replace

import pytest

from bridge.gate.ledger.entry import GateEntry
from bridge.gate.ledger.store import GateCursor, GateCursorMoved, GateStore, open_store
from pargrade.bindings.bridge_gate import Sent
from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import address_of
from pargrade.chain.log import Log

GATE = address_of(bytes(19) + b"\1")
ROUTE = b"\7" * 32


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
    made = GateStore(open_store(fresh()), 1, GATE)
    made.begin(block(0))
    return made


def cursor(number: int) -> GateCursor:
    return GateCursor(number, number.to_bytes(32))


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
    store.roll_back(cursor(4), cursor(2))
    assert (store.cursor(), store.read()) == (cursor(2), [entry(1)])
    assert store.stops() == [cursor(0), cursor(2)]


def test_stores__of_two_gates_in_one_database__do_not_mix(store):
    other = GateStore(store._engine, 2, GATE)
    other.begin(block(0))
    store.append(cursor(0), [entry(1)], block(2))
    assert (other.read(), other.cursor()) == ([], cursor(0))
