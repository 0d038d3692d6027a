"""What a signer has signed, on disk before a signature leaves. It knows no chain and no clock.

One content for each message, in whatever epoch. A file that is made for a key of unknown past
signs nothing up to the nonces that had left by then: its watermark.
"""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pargrade.errors import PargradeError
from pargrade.gate.transfer import Route

FILE: Final = "signer.sqlite"
_VERSION: Final = 1
_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS signed (destination INTEGER, nonce INTEGER, content BLOB NOT NULL,"
    " PRIMARY KEY (destination, nonce)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS floor (destination INTEGER PRIMARY KEY, nonce INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS owner (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
)


class NotSigned(PargradeError):
    """Content that this signer does not sign."""

    hint = "The other attesters sign it; --create makes a new file on purpose."


class SignedMessages:
    """The file of one key and route. One process uses it at a time."""

    def __init__(
        self, path: Path, owner: Mapping[str, str], floors: Mapping[int, int] | None = None
    ) -> None:
        """Opens the file, or makes it to sign after these nonces, by destination chain.

        Raises NotSigned for a missing file without `floors`, for one that exists with them,
        for one that another signer uses, one of a newer release, and another owner's.
        """
        if path.is_file() != (floors is None):
            state = "is missing" if floors is None else "exists already"
            raise NotSigned(f"the signer's file {path} {state}")
        self._connection = sqlite3.connect(
            path, timeout=0.2, check_same_thread=False, isolation_level=None
        )
        try:
            found = self._open(owner, floors or {})
            if found != owner:
                raise NotSigned(f"{path} is of {found}, not of {dict(owner)}")
        except BaseException as failure:
            # Else it would keep the file for as long as somebody holds on to the error.
            self._connection.close()
            if isinstance(failure, sqlite3.OperationalError):
                raise NotSigned(f"another signer uses {path}: {failure}") from None
            if isinstance(failure, sqlite3.DatabaseError):
                raise NotSigned(f"{path}: {failure}") from None
            raise

    def admit(self, destination: int, nonce: int, content: bytes) -> None:
        """Commits that a content of a message is signed. Raises NotSigned for any other."""
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            wanted = "SELECT content FROM signed WHERE destination = ? AND nonce = ?"
            kept = self._connection.execute(wanted, (destination, nonce)).fetchone()
            if kept is not None:
                if kept[0] != content:
                    raise NotSigned(f"another content was signed for message {nonce}")
                return
            floor = "SELECT nonce FROM floor WHERE destination = ?"
            below = self._connection.execute(floor, (destination,)).fetchone()
            if below is not None and nonce <= below[0]:
                raise NotSigned(f"message {nonce} is from before this file: up to {below[0]}")
            row = (destination, nonce, content)
            self._connection.execute("INSERT INTO signed VALUES (?, ?, ?)", row)

    def close(self) -> None:
        """Lets another signer have the file."""
        self._connection.close()

    def _open(self, owner: Mapping[str, str], floors: Mapping[int, int]) -> dict[str, str]:
        """Takes the file for this process until it ends. Returns whose it is."""
        # Before write-ahead logging is turned on, so that nobody else can come in between.
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("BEGIN IMMEDIATE")
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version > _VERSION:
            raise NotSigned(f"the signer's file is of version {version}, from a newer release")
        self._connection.execute(f"PRAGMA user_version = {_VERSION}")
        for table in _TABLES:
            self._connection.execute(table)
        self._connection.executemany("INSERT OR IGNORE INTO owner VALUES (?, ?)", owner.items())
        self._connection.executemany("INSERT INTO floor VALUES (?, ?)", floors.items())
        found = dict(self._connection.execute("SELECT name, value FROM owner"))
        self._connection.execute("COMMIT")
        return found


def owner_of(address: str, route: Route) -> dict[str, str]:
    """Whose file it is: one key, one route."""
    return {"address": address, "route": "0x" + route.id.hex()}
