"""Backup of a bridge's database and its return, for SQLite files."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from pargrade.backup import BadBackup, copy_database, move_aside, opened_for_reading
from pargrade.chain.hashing import Address

_TABLES = frozenset({"origin", "entry", "cursor"})


@dataclass(frozen=True, slots=True)
class DatabaseContent:
    """Which deployment a database follows, and how far."""

    chain_id: int
    market: str
    entries: int
    """Of its ledger."""
    block: int
    """That it has followed to; 0 before it began."""


def file_of(database: str | URL) -> Path:
    """The file of a SQLite URL. Raises BadBackup for other databases."""
    try:
        url = make_url(database)
    except ArgumentError:
        raise BadBackup(Path("database"), "not a database URL", "Check --database.") from None
    if url.get_backend_name() != "sqlite" or not url.database:
        hint = "Use the database's own tools, for PostgreSQL pg_dump and pg_restore."
        raise BadBackup(Path(url.database or "database"), "it is no SQLite file", hint)
    return Path(url.database)


def read_database(path: Path) -> DatabaseContent:
    """What is in a bridge's database or a backup of it. Raises BadBackup for anything else."""
    with opened_for_reading(path) as connection:
        listed = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if not {name for (name,) in listed} >= _TABLES:
            raise BadBackup(path, "it is no database of the bridge")
        origin = connection.execute("SELECT chain_id, market FROM origin").fetchone()
        entries = connection.execute("SELECT count(*) FROM entry").fetchone()[0]
        cursor = connection.execute("SELECT number FROM cursor").fetchone()
    if origin is None:
        raise BadBackup(path, "it does not say which deployment it follows")
    return DatabaseContent(int(origin[0]), str(origin[1]), entries, cursor[0] if cursor else 0)


def back_up(database: Path, file: Path) -> DatabaseContent:
    """Copies a database to a file as it is at one moment, while a bridge runs or not.

    Raises BadBackup.
    """
    content = read_database(database)
    copy_database(database, file, _change_nothing)
    return content


def check_restore(
    file: Path, database: Path, chain_id: int, market: Address, *, replace: bool
) -> DatabaseContent:
    """What a restore would bring back.

    Raises BadBackup for a bad file, another deployment's, or an existing database unless `replace`
    is given.
    """
    content = read_database(file)
    if (content.chain_id, content.market) != (chain_id, market):
        found = f"market {content.market} on chain {content.chain_id}"
        hint = "Name the deployment that the backup was made of."
        raise BadBackup(file, f"it follows {found}, not {market} on chain {chain_id}", hint)
    if database.exists() and not replace:
        raise BadBackup(database, "it exists", "With --replace it is moved aside.")
    return content


def restore(file: Path, database: Path) -> Path | None:
    """Brings a checked backup back. Returns where the database that was there was moved.

    What was followed or sent after the backup is read from the chain again. Raises BadBackup, also
    while a bridge has the database open. Nothing is changed then.
    """
    draft = database.with_name(f"{database.name}.restored")
    _require_unused(database)
    draft.unlink(missing_ok=True)
    copy_database(file, draft, _change_nothing)
    moved = move_aside(database)
    draft.replace(database)
    return moved


def _require_unused(database: Path) -> None:
    """Raises BadBackup while another process has a database open.

    Leaving write-ahead logging takes a lock that every open connection excludes.
    """
    if not database.exists():
        return
    try:
        with closing(sqlite3.connect(database, timeout=0.2)) as connection:
            (mode,) = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.OperationalError:
        mode = "locked"
    except sqlite3.DatabaseError:
        # Damaged: nobody can have it open, and it is moved aside as it is.
        return
    if mode != "delete":
        raise BadBackup(database, "a bridge has it open", "End the bridge that runs on it first.")


def _change_nothing(_: sqlite3.Connection) -> None:
    """A copy is as the database was."""
