"""Opening, tuning and using a database: SQLite for one process, PostgreSQL for several workers."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from pargrade.database.errors import DatabaseDown, down
from pargrade.database.schema import Schema
from pargrade.database.version import bring_up_to_date
from pargrade.extras import explain_absence

DIGITS: Final = 78
"""Of 2^256 - 1."""

BUSY_MS: Final = 10_000
"""How long a writer waits for another one before it fails."""

_PAUSE_S: Final = 0.01
"""Between two tries to turn write-ahead logging on."""


def sqlite_file(path: Path) -> URL:
    """The URL of a SQLite file, whatever characters are in its name."""
    return URL.create("sqlite", database=str(path))


def open_database(
    url: str | URL, schema: Schema | None = None, *, busy_ms: int = BUSY_MS
) -> Engine:
    """The engine for a SQLAlchemy URL, with the tables of a schema in their newest version.

    SQLite commits survive a power cut, and readers never wait for the writer. Raises DatabaseDown,
    UnknownVersion where a newer program or another one wrote the database, and MissingExtra for
    PostgreSQL without its driver.
    """
    try:
        target = make_url(url)
    except (ArgumentError, ValueError):
        raise DatabaseDown("", "not a database URL") from None
    if target.drivername == "postgresql":
        target = target.set(drivername="postgresql+psycopg")
    try:
        engine = create_engine(target)
    except ModuleNotFoundError as failure:
        raise explain_absence(failure) or down(target, failure) from failure
    except (NoSuchModuleError, ImportError, ArgumentError) as failure:
        raise down(target, failure) from failure
    if engine.dialect.name == "sqlite":
        _tune_sqlite(engine, busy_ms)
    try:
        with transaction(engine) as connection:
            if schema is not None:
                bring_up_to_date(connection, schema)
    except DatabaseDown:
        engine.dispose()
        raise
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction that commits at the end. Raises RowRefused, DatabaseDown."""
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as failure:
        raise down(engine.url, failure) from failure


def to_text(amount: int) -> str:
    """An unsigned amount as the tables keep it."""
    return f"{amount:0{DIGITS}d}"


def _tune_sqlite(engine: Engine, busy_ms: int) -> None:
    def tune(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA busy_timeout = {busy_ms}")
        _log_ahead(connection, busy_ms)
        # FULL survives power loss.
        connection.execute("PRAGMA synchronous = FULL")

    event.listen(engine, "connect", tune)


def _log_ahead(connection: sqlite3.Connection, busy_ms: int) -> None:
    """Turns write-ahead logging on: a reader reads while a writer writes.

    SQLite does not wait for its turn here, so of two processes with a new file one has to try
    again.
    """
    until = time.monotonic() + busy_ms / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as failure:
            if failure.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(_PAUSE_S)
