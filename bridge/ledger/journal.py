"""The journal on disk: entries, double entries and the cursor, committed together or not at all."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, delete, func, insert, select, tuple_, update

from bridge.ledger.entry import Entry
from bridge.ledger.tables import SCHEMA, agreement, cursor, entry, movement, origin, tail
from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import Address
from pargrade.chain.log import Log
from pargrade.database import RowRefused, to_text, transaction
from pargrade.errors import PargradeError

TAIL: Final = 256
"""Stops remembered besides the first one."""

_WORD: Final = 32


class OtherJournal(PargradeError):
    """A database whose journal is of another deployment."""

    hint = "Name another database with --database; one database serves one deployment."

    def __init__(self, found: str, wanted: str) -> None:
        self.found = found
        self.wanted = wanted
        super().__init__(f"the database follows {found}, not {wanted}")


class CursorMoved(PargradeError):
    """Another worker moved the shared cursor first; nothing was written."""

    hint = "Read the journal again and go on from its cursor."

    def __init__(self, expected: "Cursor") -> None:
        self.expected = expected
        super().__init__(f"the cursor is no longer at block {expected.number}")


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far the journal goes."""

    number: int
    hash: bytes
    rollbacks: int
    """Times the journal was rolled back: while equal, what was read before still stands."""


class Journal:
    """Append-only but for roll-backs. Several processes may share one; see `CursorMoved`."""

    def __init__(self, engine: Engine, chain_id: int, market: Address) -> None:
        """Raises OtherJournal, DatabaseDown."""
        self.engine = engine
        wanted = (SCHEMA, chain_id, str(market))
        with transaction(self.engine) as connection:
            row = connection.execute(select(origin)).one_or_none()
            if row is None:
                connection.execute(
                    insert(origin).values(schema=SCHEMA, chain_id=chain_id, market=market)
                )
            elif tuple(row) != wanted:
                raise OtherJournal(_shown(tuple(row)), _shown(wanted))

    def cursor(self) -> Cursor | None:
        """Where the journal stops; None when it has not begun."""
        with transaction(self.engine) as connection:
            return _cursor(connection)

    def begin(self, base: BlockStamp) -> Cursor:
        """Sets the cursor to the block before the deployment's first. Raises CursorMoved."""
        start = Cursor(base.number, base.hash, 0)
        try:
            with transaction(self.engine) as connection:
                connection.execute(
                    insert(cursor).values(id=1, number=base.number, hash=base.hash, rollbacks=0)
                )
                connection.execute(insert(tail).values(number=base.number, hash=base.hash))
        except RowRefused:
            raise CursorMoved(start) from None
        return start

    def append(self, reached: Cursor, entries: Sequence[Entry], to: BlockStamp) -> Cursor:
        """Adds the entries of the blocks after `at` up to `to`. Raises CursorMoved."""
        moved = Cursor(to.number, to.hash, reached.rollbacks)
        with transaction(self.engine) as connection:
            _move(connection, reached, moved)
            connection.execute(insert(tail).values(number=to.number, hash=to.hash))
            _prune(connection)
            if entries:
                connection.execute(insert(entry), [_entry_row(item) for item in entries])
            if rows := [_movement_row(item) for item in entries if item.movement is not None]:
                connection.execute(insert(movement), rows)
        return moved

    def roll_back(self, reached: Cursor, number: int, hash_: bytes) -> Cursor:
        """Deletes what lies above block `number` and stops there. Raises CursorMoved."""
        moved = Cursor(number, hash_, reached.rollbacks + 1)
        with transaction(self.engine) as connection:
            _move(connection, reached, moved)
            connection.execute(delete(movement).where(movement.c.block > number))
            connection.execute(delete(entry).where(entry.c.block > number))
            connection.execute(delete(tail).where(tail.c.number > number))
            connection.execute(delete(agreement).where(agreement.c.number > number))
        return moved

    def agreement(self) -> tuple[int, bytes] | None:
        """The last block at which the ledger agreed with the contracts."""
        with transaction(self.engine) as connection:
            row = connection.execute(select(agreement)).one_or_none()
            return None if row is None else (row.number, row.hash)

    def note_agreement(self, reached: Cursor) -> None:
        """Remembers that the ledger agrees with the contracts at the cursor, unless it moved."""
        with transaction(self.engine) as connection:
            if _cursor(connection) == reached:
                connection.execute(delete(agreement))
                values = {"id": 1, "number": reached.number, "hash": reached.hash}
                connection.execute(insert(agreement).values(values))

    def erase(self) -> None:
        """Forgets the journal, to begin again. What was sent is not forgotten."""
        with transaction(self.engine) as connection:
            for table in (movement, entry, tail, agreement, cursor):
                connection.execute(delete(table))

    def stops(self) -> list[tuple[int, bytes]]:
        """Blocks whose hashes the journal knows, rising: where it stopped, and its entries'."""
        with transaction(self.engine) as connection:
            known = {row.number: row.hash for row in connection.execute(select(tail))}
            rows = connection.execute(select(entry.c.block, entry.c.block_hash).distinct())
            known |= {row.block: row.block_hash for row in rows}
        return sorted(known.items())

    def read(self, after: tuple[int, int] = (-1, -1)) -> tuple[Cursor | None, list[Entry]]:
        """The cursor, and the entries after a place up to it."""
        wanted = select(entry).where(tuple_(entry.c.block, entry.c.position) > tuple_(*after))
        while True:
            before = self.cursor()
            with transaction(self.engine) as connection:
                rows = connection.execute(wanted.order_by(entry.c.block, entry.c.position))
                found = [_entry(row) for row in rows]
            # Two statements see two moments; an equal cursor on both sides makes them one.
            if self.cursor() == before:
                return before, found

    def balances(self) -> dict[tuple[str, str], int]:
        """What the double entries alone say each account holds, by asset and account."""
        sums: dict[tuple[str, str], int] = defaultdict(int)
        with transaction(self.engine) as connection:
            for row in connection.execute(select(movement)):
                sums[row.asset, row.source] -= int(row.amount)
                sums[row.asset, row.destination] += int(row.amount)
        return {key: amount for key, amount in sums.items() if amount}


def _cursor(connection: Connection) -> Cursor | None:
    row = connection.execute(select(cursor)).one_or_none()
    return None if row is None else Cursor(row.number, row.hash, row.rollbacks)


def _move(connection: Connection, reached: Cursor, to: Cursor) -> None:
    changed = connection.execute(
        update(cursor)
        .where(cursor.c.number == reached.number, cursor.c.hash == reached.hash)
        .where(cursor.c.rollbacks == reached.rollbacks)
        .values(number=to.number, hash=to.hash, rollbacks=to.rollbacks)
    )
    if changed.rowcount != 1:
        raise CursorMoved(reached)


def _prune(connection: Connection) -> None:
    base = connection.execute(select(func.min(tail.c.number))).scalar_one()
    newest = select(tail.c.number).order_by(tail.c.number.desc()).offset(TAIL - 1).limit(1)
    oldest = connection.execute(newest).scalar_one_or_none()
    if oldest is not None:
        connection.execute(delete(tail).where(tail.c.number > base, tail.c.number < oldest))


def _entry_row(item: Entry) -> dict[str, Any]:
    log = item.log
    return {
        "block": log.block_number,
        "position": log.index,
        "block_hash": log.block_hash,
        "tx_hash": log.tx_hash,
        "contract": log.address,
        "event": type(item.event).__name__,
        "topics": b"".join(log.topics),
        "data": log.data,
    }


def _movement_row(item: Entry) -> dict[str, Any]:
    moved = item.movement
    assert moved is not None
    return {
        "block": item.log.block_number,
        "position": item.log.index,
        "asset": str(moved.asset),
        "source": moved.source,
        "destination": moved.destination,
        "amount": to_text(moved.amount),
    }


def _entry(row: Any) -> Entry:
    topics = row.topics
    log = Log(
        address=Address(row.contract),
        topics=tuple(topics[start : start + _WORD] for start in range(0, len(topics), _WORD)),
        data=row.data,
        block_number=row.block,
        block_hash=row.block_hash,
        tx_hash=row.tx_hash,
        index=row.position,
    )
    read = Entry.of(log)
    assert read is not None
    return read


def _shown(row: tuple[Any, ...]) -> str:
    return f"market {row[2]} on chain {row[1]} (schema {row[0]})"
