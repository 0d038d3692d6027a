"""Why a database cannot be used."""

import sqlite3
from typing import Final

from sqlalchemy.engine import URL
from sqlalchemy.exc import IntegrityError

from pargrade.errors import PargradeError


class DatabaseDown(PargradeError):
    """The database could not be opened, read or written. Nothing was written."""

    hint = "Check --database, and that its server runs."
    may_pass = True
    """Whether trying again later may succeed without a person."""

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        """Without password and parameters; empty when it could not be read."""
        self.reason = reason
        super().__init__(f"database {url}: {reason}" if url else f"database: {reason}")


class RowRefused(DatabaseDown):
    """A row that a key or another constraint forbids: most often it is there already."""

    may_pass = False


class DatabaseFull(DatabaseDown):
    """There is no space for what was to be written. Nothing was written."""

    hint = "Free space on the disk of the database; the next try goes on from what is there."


class DatabaseDamaged(DatabaseDown):
    """The file is no database, or is not whole. Nothing was written."""

    hint = (
        "Bring a backup back with `pargrade bridge restore` or `pargrade oracle restore`, and look "
        "with `pargrade bridge reconcile`. A bridge without one names a new file: it follows the "
        "chain from the deployment on."
    )
    may_pass = False


class UnknownVersion(DatabaseDown):
    """Tables of a newer program, or of another one. Nothing was changed."""

    may_pass = False
    hint = (
        "Run the program that wrote it or a newer one, restore a backup from before it, or name "
        "another database."
    )

    def __init__(self, url: str, found: str, known: str) -> None:
        self.found = found
        """The version it says it is; empty when it says none."""
        self.known = known
        """The newest version that this program knows."""
        stated = f"it is of version {found}" if found else "its tables are of no known version"
        super().__init__(url, f"{stated}, and this program knows versions up to {known}")


_SQLITE_KINDS: Final = {
    sqlite3.SQLITE_FULL: DatabaseFull,
    sqlite3.SQLITE_CORRUPT: DatabaseDamaged,
    sqlite3.SQLITE_NOTADB: DatabaseDamaged,
}
_POSTGRESQL_KINDS: Final[dict[str | None, type[DatabaseDown]]] = {
    "53100": DatabaseFull,
    "XX001": DatabaseDamaged,
    "XX002": DatabaseDamaged,
}
"""By SQLSTATE: disk_full, data_corrupted, index_corrupted."""


def down(url: URL, failure: Exception) -> DatabaseDown:
    """The error to raise for a failure of SQLAlchemy or of a driver; it shows no password."""
    cause = getattr(failure, "orig", None) or failure
    kind = RowRefused if isinstance(failure, IntegrityError) else _kind_of(cause)
    lines = str(cause).strip().splitlines()
    reason = lines[0] if lines else type(cause).__name__
    # PostgreSQL takes a password as a parameter, too; parameters are not shown at all.
    for secret in (url.password, *url.normalized_query.get("password", ())):
        if secret:
            reason = reason.replace(secret, "***")
    return kind(shown(url), reason)


def _kind_of(cause: BaseException) -> type[DatabaseDown]:
    if isinstance(cause, sqlite3.Error):
        # The lowest byte; the others say more about the same.
        code = getattr(cause, "sqlite_errorcode", None)
        return DatabaseDown if code is None else _SQLITE_KINDS.get(code & 0xFF, DatabaseDown)
    return _POSTGRESQL_KINDS.get(getattr(cause, "sqlstate", None), DatabaseDown)


def shown(url: URL) -> str:
    """A URL for people, without password and parameters."""
    return url.set(query={}).render_as_string(hide_password=True)
