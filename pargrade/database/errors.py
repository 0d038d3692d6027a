"""Why a database cannot be used."""

from sqlalchemy.engine import URL
from sqlalchemy.exc import IntegrityError

from pargrade.errors import PargradeError


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


class UnknownVersion(DatabaseDown):
    """Tables of a newer program, or of another one. Nothing was changed."""

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


def down(url: URL, failure: Exception) -> DatabaseDown:
    """The error to raise for a failure of SQLAlchemy or of a driver; it shows no password."""
    kind = RowRefused if isinstance(failure, IntegrityError) else DatabaseDown
    cause = getattr(failure, "orig", None) or failure
    lines = str(cause).strip().splitlines()
    reason = lines[0] if lines else type(cause).__name__
    # PostgreSQL takes a password as a parameter, too; parameters are not shown at all.
    for secret in (url.password, *url.normalized_query.get("password", ())):
        if secret:
            reason = reason.replace(secret, "***")
    return kind(shown(url), reason)


def shown(url: URL) -> str:
    """A URL for people, without password and parameters."""
    return url.set(query={}).render_as_string(hide_password=True)
