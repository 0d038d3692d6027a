"""Entries and cursors of gates on disk, committed together. One database holds any number of them.

SQLite for one process; PostgreSQL where several attesters or carriers share one: who finds the
cursor moved by another reads on from there. What is stored is believed by whoever reads it, so a
ledger belongs to one rule: whose endpoints are asked, how many have to agree, and up to which
finality. A carrier that believes one endpoint, or a watcher that reads blocks that are not final,
has a ledger of its own beside an attester's in the same database. Who can write to the database can
have its attesters sign anything: it is one operator's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    and_,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.engine import URL

from bridge.gate.ledger.entry import GateEntry
from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import Address, keccak
from pargrade.chain.log import Log
from pargrade.database import RowRefused, Schema, open_database, transaction
from pargrade.errors import PargradeError

STOPS: Final = 256
"""Blocks remembered per gate, to find a common ancestor in."""

PAGE: Final = 5_000
"""Entries that are in memory at once while a ledger is added up."""

METADATA: Final = MetaData()

_KEY: Final = (("chain", BigInteger), ("gate", String(42)), ("rule", BigInteger))
"""`rule` is the hash of its text: shorter, as it stands in every row."""

CURSOR: Final = Table(
    "gate_cursor",
    METADATA,
    *(Column(name, kind, primary_key=True, autoincrement=False) for name, kind in _KEY),
    Column("number", BigInteger, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("rollbacks", BigInteger, nullable=False),
)
"""The last block that was read of a gate, and how often what was read has been rolled back."""

STOP: Final = Table(
    "gate_stop",
    METADATA,
    *(Column(name, kind, primary_key=True, autoincrement=False) for name, kind in _KEY),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
)
"""Blocks at which reading stopped."""

ENTRY: Final = Table(
    "gate_entry",
    METADATA,
    *(Column(name, kind, primary_key=True, autoincrement=False) for name, kind in _KEY),
    Column("block", BigInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("block_hash", LargeBinary(32), nullable=False),
    Column("tx_hash", LargeBinary(32), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("topics", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
"""Events of gates, messages among them."""

GATE: Final = Schema(
    name="gate",
    tables=(METADATA,),
    scripts=Path(__file__).with_name("versions"),
    head="gate_2",
)
_STORED: Final = (
    *(ENTRY.c.block, ENTRY.c.position, ENTRY.c.block_hash, ENTRY.c.tx_hash),
    *(ENTRY.c.time, ENTRY.c.topics, ENTRY.c.data),
)
_WORD: Final = 32


class GateCursorMoved(PargradeError):
    """Another process read on first; nothing was written."""

    hint = "Read the ledger again and go on from its cursor."

    def __init__(self, number: int) -> None:
        super().__init__(f"the cursor is no longer at block {number}")


@dataclass(frozen=True, slots=True)
class GateStop:
    """A block up to which a gate was read."""

    number: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class GateCursor:
    """How far a gate was read, and over how many roll-backs.

    Whoever holds what was read at another count of roll-backs may hold what is gone.
    """

    number: int
    hash: bytes
    rollbacks: int = 0

    def moved(self, to: BlockStamp) -> "GateCursor":
        """Read on up to a block."""
        return GateCursor(to.number, to.hash, self.rollbacks)


def open_store(url: str | URL) -> Engine:
    """The database with its tables. Raises DatabaseDown, UnknownVersion."""
    return open_database(url, GATE)


class GateStore:
    """The entries of one gate, as they are known by one rule."""

    def __init__(self, engine: Engine, chain_id: int, gate: Address, rule: str) -> None:
        """`rule` says who is believed about the chain, and from when on."""
        self._engine = engine
        self._gate = gate
        hashed = int.from_bytes(keccak(rule.encode())[:8]) >> 1
        self._key = {"chain": chain_id, "gate": gate, "rule": hashed}

    def cursor(self) -> GateCursor | None:
        """How far it was read; None before it began. Raises DatabaseDown."""
        with transaction(self._engine) as connection:
            return self._cursor(connection)

    def begin(self, base: BlockStamp) -> None:
        """Sets the cursor to the block before the first. Raises GateCursorMoved."""
        row = {**self._key, "number": base.number, "hash": base.hash}
        try:
            with transaction(self._engine) as connection:
                connection.execute(insert(CURSOR).values({**row, "rollbacks": 0}))
                connection.execute(insert(STOP).values(row))
        except RowRefused:
            raise GateCursorMoved(base.number) from None

    def append(self, reached: GateCursor, entries: Sequence[GateEntry], to: BlockStamp) -> None:
        """Adds entries of the blocks after the cursor, and moves it. Raises GateCursorMoved."""
        with transaction(self._engine) as connection:
            self._move(connection, reached, reached.moved(to))
            stop = {**self._key, "number": to.number, "hash": to.hash}
            connection.execute(insert(STOP).values(stop))
            old = to.number - STOPS
            oldest = and_(STOP.c.number > self._first(connection), STOP.c.number < old)
            connection.execute(delete(STOP).where(self._of(STOP), oldest))
            if entries:
                connection.execute(insert(ENTRY), [self._row(entry) for entry in entries])

    def roll_back(self, reached: GateCursor, to: GateStop) -> None:
        """Forgets what lies above a block. Raises GateCursorMoved."""
        back = GateCursor(to.number, to.hash, reached.rollbacks + 1)
        with transaction(self._engine) as connection:
            self._move(connection, reached, back)
            connection.execute(delete(ENTRY).where(self._of(ENTRY), ENTRY.c.block > to.number))
            connection.execute(delete(STOP).where(self._of(STOP), STOP.c.number > to.number))

    def stops(self) -> list[GateStop]:
        """Blocks whose hashes are known, rising."""
        wanted = select(STOP.c.number, STOP.c.hash).where(self._of(STOP)).order_by(STOP.c.number)
        with transaction(self._engine) as connection:
            return [GateStop(row.number, row.hash) for row in connection.execute(wanted)]

    def pages(self, after: int = -1, most: int = PAGE) -> Iterator[list[GateEntry]]:
        """Entries of the blocks after one, in chain order: whole blocks, some `most` at a time."""
        while page := self._page(after, most):
            yield page
            after = page[-1].log.block_number

    def read(self, after: int = -1) -> list[GateEntry]:
        """Entries of the blocks after one, in chain order."""
        return [entry for page in self.pages(after) for entry in page]

    def _of(self, table: Table) -> Any:
        return and_(*(table.c[name] == value for name, value in self._key.items()))

    def _page(self, after: int, most: int) -> list[GateEntry]:
        """The next entries; the last block is left out where it may go on behind them."""
        later = select(*_STORED).where(self._of(ENTRY), ENTRY.c.block > after)
        wanted = later.order_by(ENTRY.c.block, ENTRY.c.position).limit(most)
        with transaction(self._engine) as connection:
            rows = connection.execute(wanted).all()
        if len(rows) == most:
            last = rows[-1][0]
            whole = [row for row in rows if row[0] != last]
            if not whole:
                return self._page(after, most * 4)
            rows = whole
        return [self._entry(*row) for row in rows]

    def _cursor(self, connection: Connection) -> GateCursor | None:
        row = connection.execute(select(CURSOR).where(self._of(CURSOR))).one_or_none()
        return None if row is None else GateCursor(row.number, row.hash, row.rollbacks)

    def _first(self, connection: Connection) -> int:
        wanted = select(STOP.c.number).where(self._of(STOP)).order_by(STOP.c.number).limit(1)
        return int(connection.execute(wanted).scalar_one())

    def _move(self, connection: Connection, reached: GateCursor, to: GateCursor) -> None:
        moved = connection.execute(
            update(CURSOR)
            .where(self._of(CURSOR), CURSOR.c.number == reached.number)
            .where(CURSOR.c.hash == reached.hash, CURSOR.c.rollbacks == reached.rollbacks)
            .values(number=to.number, hash=to.hash, rollbacks=to.rollbacks)
        )
        if moved.rowcount != 1:
            raise GateCursorMoved(reached.number)

    def _row(self, entry: GateEntry) -> dict[str, Any]:
        log = entry.log
        return {
            **self._key,
            "block": log.block_number,
            "position": log.index,
            "block_hash": log.block_hash,
            "tx_hash": log.tx_hash,
            "time": entry.time,
            "topics": b"".join(log.topics),
            "data": log.data,
        }

    def _entry(
        self,
        block: int,
        position: int,
        block_hash: bytes,
        tx_hash: bytes,
        time: int,
        topics: bytes,
        data: bytes,
    ) -> GateEntry:
        words = tuple([topics[start : start + _WORD] for start in range(0, len(topics), _WORD)])
        log = Log(self._gate, words, data, block, block_hash, tx_hash, position)
        return GateEntry.of(log, time)
