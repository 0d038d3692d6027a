"""What a year of a route takes in the memory of an attester: its ledgers, loaded and looked at.

A busy route's year is taken to be 100,000 messages, half of them each way, that all went through;
270 a day. They are stored as a follower stores them, and read by a fresh process of its own that
has imported all that an attester does.
"""

import multiprocessing
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil

from bridge.gate.ledger.entry import GateEntry
from bridge.gate.ledger.follower import GateFollower
from bridge.gate.ledger.route_ledger import RouteLedger
from bridge.gate.ledger.store import GateCursor, GateStore, open_store
from bridge.gate.route.terms import terms_of
from bridge.gate.witness.witnesses import Witnesses
from bridge.ledger.finality import Finality
from pargrade.bindings.bridge_gate import Executed, RouteAdded, Sent
from pargrade.chain.abi import join
from pargrade.chain.block import BlockStamp, Tag
from pargrade.chain.log import Log
from pargrade.database import sqlite_file
from pargrade.gate.transfer import End, Route

MESSAGES: Final = 100_000
_PAGE: Final = 5_000
_FIRST: Final = 1 << 40
_CAPACITY: Final = 2**95


def measure_ledgers(route: Route, folder: Path) -> float:
    """Megabytes that both ledgers of a year add to a process."""
    database = folder / "year.sqlite"
    for end in (route.home, route.remote):
        _store_year(route, end, database)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_load_year, (route, database))


def _load_year(route: Route, database: Path) -> float:
    # What an attester has in memory whatever its route is.
    from bridge.gate.attester import service  # noqa: F401

    home, remote = (_follower(route, end, database) for end in (route.home, route.remote))
    for follower in (home, remote):
        follower._store.cursor()
    process = psutil.Process()
    before = process.memory_info().rss
    for follower in (home, remote):
        follower._load()
    ledger = RouteLedger(home.ledger, remote.ledger)
    assert not list(ledger.unexplained())
    for source in (home.ledger, remote.ledger):
        assert not list(ledger.open_messages(source))
        assert len(source.sent) == MESSAGES // 2
    return (process.memory_info().rss - before) / 1e6


def _follower(route: Route, end: End, database: Path) -> GateFollower:
    nowhere = Witnesses(("http://127.0.0.1:1",), end.chain, least=1)
    return GateFollower(nowhere, _store(end, database), route, end, Finality(Tag.LATEST), 1)


def _store(end: End, database: Path) -> GateStore:
    return GateStore(open_store(sqlite_file(database)), end.chain, end.gate, "a year")


def _store_year(route: Route, end: End, database: Path) -> None:
    store = _store(end, database)
    cursor = GateCursor(1, bytes(32))
    store.begin(BlockStamp(1, bytes(32), bytes(32), 0))
    entries = list(_entries(route, end))
    for start in range(0, len(entries), _PAGE):
        page = entries[start : start + _PAGE]
        last = page[-1].log.block_number
        store.append(cursor, page, BlockStamp(last, last.to_bytes(32), bytes(32), 0))
        cursor = GateCursor(last, last.to_bytes(32))


def _entries(route: Route, end: End) -> Iterator[GateEntry]:
    """Out, back, out, back: a step each, to an account of its own each time."""
    first = (RouteAdded.TOPIC, route.id, (7).to_bytes(32))
    added = join(tuple(RouteAdded.PLAIN.values()), (terms_of(route), _CAPACITY))
    yield _entry(end, 2, first, added)
    amount = (1 << 8 | route.decimals).to_bytes(32)
    for number in range(MESSAGES):
        nonce = (_FIRST + 1 + number // 2).to_bytes(32)
        account = (_FIRST + number).to_bytes(32)
        leaves_home = number % 2 == 0
        if leaves_home == (end == route.home):
            topics, data = (Sent.TOPIC, route.id, nonce, account), account + amount
        else:
            topics, data = (Executed.TOPIC, route.id, nonce, account), amount
        yield _entry(end, 3 + number, topics, data)


def _entry(end: End, block: int, topics: tuple[bytes, ...], data: bytes) -> GateEntry:
    hashed = block.to_bytes(32)
    return GateEntry.of(Log(end.gate, topics, data, block, hashed, hashed, 0), block)
