"""What a node has promised, on disk before anyone hears of it: one of each kind per slot, ever.

Above what it holds, a journal has a floor: at or below it nothing new is promised, as that may have
been promised under another copy of it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, delete, func, insert, select
from sqlalchemy.dialects import sqlite

from oracle.journal.backup import JournalForm
from oracle.journal.owner import JournalOwner
from oracle.journal.refusals import BelowFloor, NoJournal, OtherOwner, OtherVersion
from oracle.protocol.machine.promises import Promise, PromiseRecord, Promises
from oracle.protocol_store.tables import NEWEST, PROMISED, PROMISES, SETTING
from pargrade.clock import DAY_S
from pargrade.database import (
    DatabaseDown,
    RowRefused,
    UnknownVersion,
    open_database,
    sqlite_file,
    transaction,
)
from pargrade.errors import PargradeError
from pargrade.journal.claim import found_tip
from pargrade.journal.creation import create_whole
from pargrade.journal.refusals import JournalFailed
from pargrade.journal.setting_rows import COPIED, ID, SettingRows
from pargrade.journal.tip_file import Mark
from pargrade.process.failpoint import reached

FILE: Final = "promises.sqlite"
FORM: Final = JournalForm(FILE, PROMISED.name)
"""For backups."""

KEPT_S: Final = 400 * DAY_S
"""Before the newest promise, digests of others are kept so long: no contract takes their slots."""

_BUSY_MS: Final = 1_000
_LAST: Final = "last_digest"
_DISCARDED: Final = "discarded"
_SETTINGS: Final = SettingRows(SETTING)
_ADD: Final = insert(PROMISED)
_NEW: Final = sqlite.insert(NEWEST)
_REPLACE: Final = _NEW.on_conflict_do_update(
    index_elements=["promise"],
    set_={name: _NEW.excluded[name] for name in ("slot", "digest", "raw")},
)


class PromiseGiven(PargradeError):
    """A second content of a kind for a slot: a defect, or another process under this key."""

    hint = "Nothing was sent. Look for another process that signs with this key, then start again."

    def __init__(self, promise: Promise, slot: int) -> None:
        self.promise = promise
        self.slot = slot
        super().__init__(f"another {promise} was given for slot {slot}")


class PromiseJournal:
    """A node's own database of promises. For one thread that records; any may read."""

    def __init__(self, folder: Path) -> None:
        """Opens the journal in a folder. Raises NoJournal, OtherVersion, JournalFailed."""
        self.path = folder / FILE
        self.on_record: Callable[[PromiseRecord], None] = _ignore
        """Called with every new promise, after it is on disk and before anyone hears of it."""
        if not self.path.is_file():
            raise NoJournal(self.path)
        self._engine = _open(self.path)

    @classmethod
    def create(cls, folder: Path, owner: JournalOwner, floor: int) -> None:
        """Makes a journal in a folder, which is made when missing; whole or not there at all.

        `floor` is the newest slot for which it never promises, unix seconds; 0 for a key that has
        never signed. Raises JournalExists, JournalFailed, JournalInUse.
        """
        create_whole(folder / FILE, PROMISES, SETTING, owner.to_settings(), floor)
        with closing(cls(folder)) as journal:
            found_tip(journal)

    @property
    def id(self) -> str:
        """Of this journal and of all its copies. Raises JournalFailed."""
        return self.setting(ID) or ""

    def require_owner(self, owner: JournalOwner) -> None:
        """Raises OtherOwner for another key, chain or index."""
        wanted = owner.to_settings()
        found = {name: self.setting(name) or "" for name in wanted}
        if found != wanted:
            raise OtherOwner(self.path, found, owner)

    def mark(self) -> Mark:
        """How far it has come. Raises JournalFailed."""
        with self._transaction() as connection:
            entries = _count(connection)
            last = _SETTINGS.read(connection, _LAST) or ""
            return Mark(entries, last, _SETTINGS.read_floor(connection))

    def holds(self, mark: Mark) -> bool:
        """Whether all that was here at a mark is still here. Raises JournalFailed."""
        ours = self.mark()
        if ours.entries < mark.entries or ours.floor < mark.floor:
            return False
        wanted = select(func.count()).where(PROMISED.c.digest == bytes.fromhex(mark.last))
        with self._transaction() as connection:
            return not mark.last or connection.execute(wanted).scalar_one() > 0

    def raise_floor(self, moment: int) -> int:
        """Promises nothing for slots up to a time any more. Returns the floor.

        From here on this is no copy but the journal. Raises JournalFailed.
        """
        with self._transaction() as connection:
            _SETTINGS.forget(connection, COPIED)
            return _SETTINGS.raise_floor(connection, moment)

    def setting(self, name: str) -> str | None:
        """The value of a name, or None. Raises JournalFailed."""
        with self._transaction() as connection:
            return _SETTINGS.read(connection, name)

    def promises(self) -> Promises:
        """What a machine starts from. Raises JournalFailed."""
        with self._transaction() as connection:
            floor = _SETTINGS.read_floor(connection)
            rows = connection.execute(select(NEWEST)).all()
        kept = (PromiseRecord(Promise(row.promise), row.slot, row.digest, row.raw) for row in rows)
        return Promises(kept, floor)

    def digest(self, promise: Promise, slot: int) -> bytes | None:
        """Of what was promised for a slot: 32 bytes, None for nothing. Raises JournalFailed."""
        wanted = select(PROMISED.c.digest).where(
            PROMISED.c.promise == promise.value, PROMISED.c.slot == slot
        )
        with self._transaction() as connection:
            found: bytes | None = connection.execute(wanted).scalar_one_or_none()
        return found

    def record(self, records: Iterable[PromiseRecord]) -> None:
        """Commits promises, all or none; their messages may leave once this returns.

        Raises PromiseGiven where another one was given for a slot, BelowFloor, JournalFailed.
        """
        records = list(records)
        with self._transaction() as connection:
            floor = _SETTINGS.read_floor(connection)
            for record in records:
                if record.slot <= floor:
                    raise BelowFloor(record.slot, floor)
                _add(connection, record)
        reached("promise-recorded")
        for record in records:
            self.on_record(record)

    def discard_old(self) -> int:
        """Forgets promises whose time is over, and raises the floor over them. Returns how many.

        Raises JournalFailed.
        """
        with self._transaction() as connection:
            newest = connection.execute(select(func.max(PROMISED.c.slot))).scalar_one() or 0
            is_old = PROMISED.c.slot < newest - KEPT_S
            last = connection.execute(select(func.max(PROMISED.c.slot)).where(is_old)).scalar_one()
            if last is None:
                return 0
            _SETTINGS.raise_floor(connection, last)
            gone = connection.execute(delete(PROMISED).where(is_old)).rowcount
            before = int(_SETTINGS.read(connection, _DISCARDED) or 0)
            _SETTINGS.replace(connection, _DISCARDED, str(before + gone))
        return gone

    def check(self) -> None:
        """Raises JournalFailed when the journal could not take a promise now."""
        with self._transaction() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            connection.rollback()

    def close(self) -> None:
        """Closes every connection."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with transaction(self._engine) as connection:
                yield connection
        except RowRefused as refused:
            raise JournalFailed(self.path, str(refused)) from refused
        except DatabaseDown as down:
            raise JournalFailed(self.path, down.reason) from down


def _add(connection: Connection, record: PromiseRecord) -> None:
    key: Mapping[str, str | int] = {"promise": record.promise.value, "slot": record.slot}
    wanted = select(PROMISED.c.digest).where(
        PROMISED.c.promise == key["promise"], PROMISED.c.slot == record.slot
    )
    known = connection.execute(wanted).scalar_one_or_none()
    if known is not None:
        if known != record.digest:
            raise PromiseGiven(record.promise, record.slot)
        return
    connection.execute(_ADD, {**key, "digest": record.digest})
    connection.execute(_REPLACE, {**key, "digest": record.digest, "raw": record.raw})
    _SETTINGS.replace(connection, _LAST, record.digest.hex())


def _count(connection: Connection) -> int:
    """All that were ever recorded, those that went included."""
    kept = connection.execute(select(func.count()).select_from(PROMISED)).scalar_one()
    return kept + int(_SETTINGS.read(connection, _DISCARDED) or 0)


def _ignore(_: PromiseRecord) -> None:
    """Nobody has to know."""


def _open(path: Path) -> Engine:
    try:
        return open_database(sqlite_file(path), PROMISES, busy_ms=_BUSY_MS)
    except UnknownVersion as unknown:
        raise OtherVersion(path, unknown) from None
    except DatabaseDown as down:
        raise JournalFailed(path, down.reason) from down
