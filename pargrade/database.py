"""Opening, tuning and using a database: SQLite for one process, PostgreSQL for several workers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, SQLAlchemyError

from pargrade.errors import PargradeError

DIGITS: Final = 78
"""Of 2^256 - 1."""

BUSY_MS: Final = 10_000
"""How long a writer waits for another one before it fails."""


class DatabaseDown(PargradeError):
    """The database could not be opened, read or written. Nothing was written."""

    hint = "Check --database; PostgreSQL also needs the psycopg package."

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        """Without password and parameters; empty when it could not be read."""
        self.reason = reason
        super().__init__(f"database {url}: {reason}" if url else f"database: {reason}")


class RowRefused(DatabaseDown):
    """A row that a key or another constraint forbids: most often it is there already."""


def sqlite_file(path: Path) -> URL:
    """The URL of a SQLite file, whatever characters are in its name."""
    return URL.create("sqlite", database=str(path))


def open_database(url: str | URL, *schemas: MetaData, busy_ms: int = BUSY_MS) -> Engine:
    """The engine for a SQLAlchemy URL, with the tables of the schemas. Raises DatabaseDown.

    SQLite commits survive a power cut, and readers never wait for the writer.
    """
    try:
        target = make_url(url)
    except (ArgumentError, ValueError):
        raise DatabaseDown("", "not a database URL") from None
    if target.drivername == "postgresql":
        target = target.set(drivername="postgresql+psycopg")
    try:
        engine = create_engine(target)
    except (NoSuchModuleError, ImportError, ArgumentError) as failure:
        raise _down(target, failure) from failure
    if engine.dialect.name == "sqlite":
        _tune_sqlite(engine, busy_ms)
    try:
        with engine.begin() as connection:
            for schema in schemas:
                schema.create_all(connection)
    except SQLAlchemyError as failure:
        engine.dispose()
        raise _down(target, failure) from failure
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction that commits at the end. Raises RowRefused, DatabaseDown."""
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as failure:
        raise _down(engine.url, failure) from failure


def to_text(amount: int) -> str:
    """An unsigned amount as the tables keep it."""
    return f"{amount:0{DIGITS}d}"


def _tune_sqlite(engine: Engine, busy_ms: int) -> None:
    # Write-ahead logging lets a reader read while a writer writes; FULL survives power loss.
    settings = ("journal_mode = WAL", "synchronous = FULL", f"busy_timeout = {busy_ms}")

    def tune(connection: Any, _record: object) -> None:
        for setting in settings:
            connection.execute(f"PRAGMA {setting}")

    event.listen(engine, "connect", tune)


def _down(url: URL, failure: Exception) -> DatabaseDown:
    kind = RowRefused if isinstance(failure, IntegrityError) else DatabaseDown
    cause = getattr(failure, "orig", None) or failure
    lines = str(cause).strip().splitlines()
    reason = lines[0] if lines else type(cause).__name__
    # PostgreSQL takes a password as a parameter, too; parameters are not shown at all.
    for secret in (url.password, *url.normalized_query.get("password", ())):
        if secret:
            reason = reason.replace(secret, "***")
    return kind(url.set(query={}).render_as_string(hide_password=True), reason)
