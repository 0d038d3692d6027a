"""Databases: SQLite by default, PostgreSQL when several workers share one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import (
    Connection,
    Engine,
    MetaData,
    create_engine,
    event,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from pargrade.errors import PargradeError

DIGITS: Final = 78
"""Of 2^256 - 1."""


class DatabaseDown(PargradeError):
    """The database could not be opened, read or written."""

    hint = "Check --database; PostgreSQL also needs the psycopg package."

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        self.reason = reason
        super().__init__(f"database {url}: {reason}")


def open_database(url: str, *schemas: MetaData) -> Engine:
    """The engine for a SQLAlchemy URL, with the tables of the schemas. Raises DatabaseDown."""
    try:
        target = make_url(url)
        if target.drivername == "postgresql":
            target = target.set(drivername="postgresql+psycopg")
        engine = create_engine(target)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _tune_sqlite)
        for schema in schemas:
            schema.create_all(engine)
    except ArgumentError:
        raise DatabaseDown(url.split("@")[-1], "not a database URL") from None
    except (NoSuchModuleError, ImportError, SQLAlchemyError) as failure:
        raise DatabaseDown(target.render_as_string(), _reason(failure)) from failure
    return engine


def to_text(amount: int) -> str:
    """An unsigned amount as the tables keep it."""
    return f"{amount:0{DIGITS}d}"


def _tune_sqlite(connection: object, _record: object) -> None:
    # Write-ahead logging lets `status` read while the daemon writes; FULL survives power loss.
    for setting in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 10000"):
        connection.execute(f"PRAGMA {setting}")  # type: ignore[attr-defined]  # a DBAPI connection


def _reason(failure: Exception) -> str:
    cause = getattr(failure, "orig", None) or failure
    return str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction that commits at the end. Raises DatabaseDown."""
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as failure:
        raise DatabaseDown(engine.url.render_as_string(), str(failure).splitlines()[0]) from failure
