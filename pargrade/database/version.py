"""The version a database says it is, and taking turns in changing it.

A database of today's version is known by reading one row. An empty one gets today's tables at once.
Alembic, which takes a quarter of a second to import, is needed for an older one alone.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    insert,
    inspect,
    select,
)

from pargrade.database.errors import UnknownVersion, shown
from pargrade.database.schema import Schema
from pargrade.process.failpoint import reached

_PATIENCE_MS: Final = 60_000
"""How long a process waits while another one changes the tables."""

_LOCK_BYTES: Final = 8

# As Alembic makes it, so that its own tools read it.
_VERSION: Final = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def bring_up_to_date(connection: Connection, schema: Schema) -> None:
    """Gives a database today's tables, inside a transaction of the caller.

    Processes that start at once take turns. Killed anywhere, the database is as it was before.
    Raises UnknownVersion, and the errors of SQLAlchemy.
    """
    if read_version(connection) != schema.head:
        with _alone(connection, schema):
            _change(connection, schema)


def _change(connection: Connection, schema: Schema) -> None:
    """Changes the tables while no other process does."""
    found = read_version(connection) or _recognise(connection, schema)
    if found == schema.head:
        _write_version(connection, found)
        return
    if found is None:
        _create(connection, schema)
        return
    from pargrade.database.migration import knows, upgrade

    if not knows(schema, found):
        raise UnknownVersion(shown(connection.engine.url), found, schema.head)
    _write_version(connection, found)
    upgrade(connection, schema)


def read_version(connection: Connection) -> str | None:
    """The version that a database says it is; None when it says none."""
    if not inspect(connection).has_table(_VERSION.name):
        return None
    return connection.execute(select(_VERSION.c.version_num)).scalar_one_or_none()


def _write_version(connection: Connection, version: str) -> None:
    _VERSION.create(connection, checkfirst=True)
    if read_version(connection) is None:
        connection.execute(insert(_VERSION).values(version_num=version))


def _recognise(connection: Connection, schema: Schema) -> str | None:
    """The version of a database that says none; None where nothing of ours is in it.

    Raises UnknownVersion.
    """
    present = schema.table_names & frozenset(inspect(connection).get_table_names())
    found = schema.recognise(present)
    if found is None and any(_has_rows(connection, schema, name) for name in present):
        raise UnknownVersion(shown(connection.engine.url), "", schema.head)
    return found


def _has_rows(connection: Connection, schema: Schema, name: str) -> bool:
    table = next(tables.tables[name] for tables in schema.tables if name in tables.tables)
    return connection.execute(select(1).select_from(table).limit(1)).first() is not None


def _create(connection: Connection, schema: Schema) -> None:
    for tables in reversed(schema.tables):
        # Empty ones: what a program without versions left when it was killed while it made them.
        tables.drop_all(connection)
    for tables in schema.tables:
        tables.create_all(connection)
        reached("tables-created")
    _write_version(connection, schema.head)
    reached("version-written")


@contextmanager
def _alone(connection: Connection, schema: Schema) -> Iterator[None]:
    """Keeps other processes from changing the tables until the caller's transaction ends."""
    if connection.dialect.name != "sqlite":
        digest = hashlib.sha256(f"pargrade {schema.name}".encode()).digest()
        number = int.from_bytes(digest[:_LOCK_BYTES], signed=True)
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({number})")
        yield
        return
    usual_ms = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {usual_ms}")
