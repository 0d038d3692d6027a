"""The log on disk: entries in sequence, appended in one transaction for each batch.

SQLite with write-ahead logging and a synced commit, or PostgreSQL, which syncs as well: what
`append` returned from is still there after a power cut. One process writes; readers read beside it.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    LargeBinary,
    MetaData,
    Row,
    Table,
    func,
    insert,
    select,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bridge.orders.event.entry import GENESIS, Entry
from pargrade.database import DatabaseDown, Schema, open_database, transaction

METADATA: Final = MetaData()
_LOG: Final = Table(
    "log",
    METADATA,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("time", BigInteger, nullable=False),
    Column("subject", LargeBinary(32)),
    Column("body", LargeBinary, nullable=False),
    Column("outcome", LargeBinary, nullable=False),
    Column("head", LargeBinary(32), nullable=False),
    Index("log_subject", "subject"),
)
RELAY: Final = Schema(
    name="relay",
    tables=(METADATA,),
    scripts=Path(__file__).with_name("versions"),
    head="relay_1",
)
_APPEND: Final = (
    "INSERT INTO log (sequence, time, subject, body, outcome, head) VALUES (?, ?, ?, ?, ?, ?)"
)
_PAGE: Final = 5_000
_MOST_ASKED: Final = 500


class LogStore:
    """The entries of one log. Append from one thread; read from any."""

    def __init__(self, url: str | URL, *, writes: bool = True) -> None:
        """Opens the database, made where there is none; to read only, it has to be there.

        Raises DatabaseDown, UnknownVersion.
        """
        if not writes:
            _require_file(url)
        self._engine = open_database(url, RELAY if writes else None)

    def append(self, entries: Sequence[tuple[Entry, bytes | None]]) -> None:
        """Writes entries, each with the hash of the order it accepts if it is one.

        All of them, synced, or none. Raises DatabaseDown, DatabaseFull, RowRefused.
        """
        rows = [
            (entry.sequence, entry.time, subject, entry.body, entry.outcome, entry.head)
            for entry, subject in entries
        ]
        with transaction(self._engine) as connection:
            if self._engine.dialect.name == "sqlite":
                # By the driver alone: SQLAlchemy would look at each value of each row first.
                connection.exec_driver_sql(_APPEND, rows)
            else:
                names = _LOG.columns.keys()
                values = [dict(zip(names, row, strict=True)) for row in rows]
                connection.execute(insert(_LOG), values)

    def read(self, first: int = 0, most: int | None = None) -> Iterator[Entry]:
        """Entries from a sequence number on, `most` of them at most, in pages."""
        while most is None or most > 0:
            size = _PAGE if most is None else min(most, _PAGE)
            page = self._read_page(first, size)
            yield from page
            if len(page) < size:
                return
            first = page[-1].sequence + 1
            most = None if most is None else most - size

    def find(self, orders: Iterable[bytes]) -> dict[bytes, Entry]:
        """The entries that accepted these orders, by order hash."""
        wanted = list(orders)
        found = {}
        with transaction(self._engine) as connection:
            for start in range(0, len(wanted), _MOST_ASKED):
                asked = wanted[start : start + _MOST_ASKED]
                for row in connection.execute(select(_LOG).where(_LOG.c.subject.in_(asked))):
                    found[row.subject] = _entry(row)
        return found

    @property
    def last(self) -> tuple[int, bytes]:
        """The sequence number and head of the newest entry; -1 and GENESIS of an empty log."""
        newest = select(func.max(_LOG.c.sequence)).scalar_subquery()
        with transaction(self._engine) as connection:
            row = connection.execute(select(_LOG).where(_LOG.c.sequence == newest)).first()
        return (-1, GENESIS) if row is None else (row.sequence, row.head)

    def close(self) -> None:
        """Closes the database."""
        self._engine.dispose()

    def _read_page(self, first: int, size: int) -> list[Entry]:
        asked = select(_LOG).where(_LOG.c.sequence >= first)
        with transaction(self._engine) as connection:
            rows = connection.execute(asked.order_by(_LOG.c.sequence).limit(size)).all()
        return [_entry(row) for row in rows]


def _require_file(url: str | URL) -> None:
    """SQLite would make a file that is not there. Raises DatabaseDown."""
    try:
        target = make_url(url)
    except ArgumentError:
        return
    file = target.database if target.get_backend_name() == "sqlite" else None
    if file is not None and not Path(file).is_file():
        raise DatabaseDown(target.render_as_string(hide_password=True), "there is no such file")


def _entry(row: Row[Any]) -> Entry:
    return Entry(row.sequence, row.time, row.body, row.outcome, row.head)
