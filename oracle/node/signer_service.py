"""A reference signer: one key, one chain and index, its own watermark. docs/SIGNER.md.

It signs observations of its index, each slot once and slots in order, and transactions without
value to its index. Whatever copies of a journal exist, two contents for a slot do not.
"""

import logging
import sqlite3
import threading
from pathlib import Path
from typing import Any, Final

from structlog.contextvars import bound_contextvars

from oracle.journal.owner import JournalOwner
from oracle.node.signing import SigningRefused, Signings, TransactionSigner
from pargrade.chain.keys import Key
from pargrade.spot_index.observation import BadObservation, Observation, index_domain

_log: Final = logging.getLogger(__name__)

FILE: Final = "signer.sqlite"
_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS signed (slot INTEGER, epoch INTEGER, digest BLOB NOT NULL,"
    " PRIMARY KEY (epoch, slot)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS owner (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
)
_VERSION: Final = 1
"""SQLite's `user_version` of the file; 0 is version 1 from before files said theirs."""


class SignerStore:
    """What was signed, on disk before a signature leaves."""

    def __init__(self, path: Path, owner: JournalOwner, new_after: int | None = None) -> None:
        """Opens the file, or makes it to sign after a slot. Raises SigningRefused.

        Refused are a missing file unless `new_after` is given, one that exists when it is, one that
        another signer uses, one that a newer release wrote, and another owner's.
        """
        if path.is_file() != (new_after is None):
            state = "is missing" if new_after is None else "exists already"
            raise SigningRefused(f"the signer's file {path} {state}")
        self._connection = sqlite3.connect(
            path, timeout=0.2, check_same_thread=False, isolation_level=None
        )
        try:
            found = self._open(owner, new_after)
            if found != owner.to_settings():
                stated = JournalOwner.from_settings(found)
                raise SigningRefused(f"{path} is of {stated.describe()}, not of {owner.describe()}")
        except BaseException as failure:
            # Else it would keep the file for as long as somebody holds on to the error.
            self._connection.close()
            if isinstance(failure, sqlite3.OperationalError):
                raise SigningRefused(f"another signer uses {path}: {failure}") from None
            if isinstance(failure, sqlite3.DatabaseError):
                raise SigningRefused(f"{path}: {failure}") from None
            raise

    def admit(self, observation: Observation, digest: bytes) -> None:
        """Commits that a content is signed. Raises SigningRefused for any other of its slot.

        A slot at or below the newest one takes only what was signed for it.
        """
        slot, epoch = observation.slot, observation.epoch
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            wanted = "SELECT digest FROM signed WHERE epoch = ? AND slot = ?"
            kept = self._connection.execute(wanted, (epoch, slot)).fetchone()
            if kept is not None:
                if kept[0] != digest:
                    raise SigningRefused(f"another content was signed for slot {slot}")
                return
            newest = self._connection.execute("SELECT max(slot) FROM signed").fetchone()[0] or 0
            if slot <= newest:
                raise SigningRefused(f"slot {slot} is not after {newest}, the newest signed")
            row = (slot, epoch, digest)
            self._connection.execute("INSERT INTO signed VALUES (?, ?, ?)", row)

    def _open(self, owner: JournalOwner, new_after: int | None) -> dict[str, str]:
        """Takes the file for this process until it ends. Returns whose it is."""
        # Before write-ahead logging is turned on, so that nobody else can come in between.
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("BEGIN IMMEDIATE")
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version > _VERSION:
            raise SigningRefused(f"the signer's file is of version {version}, from a newer release")
        self._connection.execute(f"PRAGMA user_version = {_VERSION}")
        for table in _TABLES:
            self._connection.execute(table)
        for name, value in owner.to_settings().items():
            self._connection.execute("INSERT OR IGNORE INTO owner VALUES (?, ?)", (name, value))
        if new_after is not None:
            self._connection.execute("INSERT INTO signed VALUES (?, -1, x'')", (new_after,))
        found = dict(self._connection.execute("SELECT name, value FROM owner"))
        self._connection.execute("COMMIT")
        return found

    def close(self) -> None:
        """Lets another signer have the file."""
        self._connection.close()


class SignerService:
    """Signs what it is asked to, one request after the other."""

    def __init__(self, key: Key, owner: JournalOwner, store: SignerStore) -> None:
        self._key = key
        self._owner = owner
        self._domain = index_domain(owner.chain_id, owner.spot_index)
        self._store = store
        self._lock = threading.Lock()
        self.signings: Signings = {
            "/typed-data": self.sign_observation,
            "/transaction": TransactionSigner(key, owner).sign,
        }
        """By path."""

    def describe(self) -> dict[str, Any]:
        """Whose key it is and what it signs for."""
        stated = self._owner.to_settings()
        return {"address": self._key.address, **stated, "version": 1}

    def sign_observation(self, stated: Any) -> dict[str, Any]:
        """The signature over typed data. Raises SigningRefused for anything but its index's."""
        observation = _observation_of(stated)
        expected = observation.typed_data(self._domain)
        if stated != expected.to_json():
            raise SigningRefused("this is no observation for the chain and index of this signer")
        with bound_contextvars(slot=observation.slot), self._lock:
            try:
                self._store.admit(observation, expected.digest)
            except SigningRefused as refused:
                _log.warning("refused: %s", refused)
                raise
            _log.info("signed an observation")
            return {"signature": "0x" + self._key.sign_typed(expected).compact.hex()}


def _observation_of(stated: Any) -> Observation:
    """The observation in typed data. Raises SigningRefused."""
    try:
        message = stated["message"]
        return Observation(
            index_set=_hash(message["indexSet"]),
            epoch=int(message["epoch"]),
            slot=int(message["slot"]),
            flags=int(message["flags"]),
            values=tuple(int(value) for value in message["values"]),
            method_hash=_hash(message["methodHash"]),
            evidence_root=_hash(message["evidenceRoot"]),
        )
    except (KeyError, TypeError, ValueError, ArithmeticError, BadObservation):
        raise SigningRefused("this is no observation") from None


def _hash(text: str) -> bytes:
    return bytes.fromhex(text[2:])
