"""What a node has signed, on disk before anyone hears of it.

One row per (domain, epoch, slot), never changed. A node that is killed between writing the row and
answering finds it again and gives the same bytes. At or below its floor a journal takes no new row:
what was signed there may have been signed under another copy of it (oracle.journal.watermark).

The evidence is committed with it, and sealed into the archive beside it once its day is over.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from sqlalchemy import Connection, bindparam, func, insert, select

from oracle.evidence.evidence import Evidence
from oracle.evidence.part import FOLDER
from oracle.index.determination import Determination
from oracle.journal import pending_evidence as unsealed
from oracle.journal.owner import JournalOwner
from oracle.journal.refusals import NoJournal, OtherOwner, OtherVersion
from oracle.journal.retention import count_entries, discard_old
from oracle.journal.setting_rows import SETTINGS, require_above_floor
from oracle.journal.tables import JOURNAL, SEALED, SETTING, SIGNED
from pargrade.canonical import canonical_json, read_json
from pargrade.chain.keys import Signature
from pargrade.clock import DAY_S
from pargrade.database import (
    DatabaseDown,
    RowRefused,
    UnknownVersion,
    open_database,
    sqlite_file,
    transaction,
)
from pargrade.journal.claim import found_tip
from pargrade.journal.creation import create_whole
from pargrade.journal.refusals import JournalFailed
from pargrade.journal.setting_rows import COPIED, FLOOR, ID
from pargrade.journal.tip_file import Mark
from pargrade.spot_index.observation import Observation, SignedObservation

if TYPE_CHECKING:
    from oracle.evidence.archive import Archive

FILE: Final = "journal.sqlite"

Finder = Callable[[bytes, str], Evidence | None]
"""The evidence with a root in a part of the archive, or None."""

_BUSY_MS: Final = 1_000
"""A slot does not wait longer than this for another writer."""

_FOREVER: Final = 1 << 40
"""Later than any slot, unix seconds."""

REPLAY_OFFSET: Final = "replay_offset_s"
"""Setting: slot time less recorded time."""

_LAST: Final = "last_digest"


# Built once: to build a statement costs more than to run it, and these run at every slot.
_FIND_SIGNED: Final = select(SIGNED.c.digest, SIGNED.c.observation, SIGNED.c.signature).where(
    SIGNED.c.domain == bindparam("domain"),
    SIGNED.c.epoch == bindparam("epoch"),
    SIGNED.c.slot == bindparam("slot"),
)
_ADD_SIGNED: Final = insert(SIGNED)


@dataclass(frozen=True, slots=True)
class SignedEntry:
    """One signed observation."""

    digest: bytes
    signed: SignedObservation


class Journal:
    """A node's own database. Safe to share between threads."""

    def __init__(self, folder: Path, find: Finder | None = None) -> None:
        """Opens the journal in a folder. Raises NoJournal, OtherVersion, JournalFailed.

        `find` looks into the archive, by default in this process.
        """
        self.path = folder / FILE
        self.on_record: Callable[[SignedEntry], None] = _ignore
        """Called with every new entry, after it is on disk and before anyone hears of it."""
        try:
            if not self.path.is_file():
                raise NoJournal(self.path)
            self._engine = open_database(sqlite_file(self.path), JOURNAL, busy_ms=_BUSY_MS)
        except OSError as failure:
            raise JournalFailed(self.path, failure.strerror or str(failure)) from None
        except UnknownVersion as unknown:
            raise OtherVersion(self.path, unknown) from None
        except DatabaseDown as down:
            raise JournalFailed(self.path, down.reason) from down
        self._find = find or self._find_here
        self._newest: int | None = None
        """Newest slot that this object has recorded, unix seconds."""

    @classmethod
    def create(
        cls, folder: Path, owner: JournalOwner, floor: int, find: Finder | None = None
    ) -> Self:
        """A new journal in a folder, which is made when missing; whole or not there at all.

        `floor` is the newest slot it will never sign, unix seconds; 0 for a key that has never
        signed. Raises JournalExists, JournalFailed.
        """
        create_whole(folder / FILE, JOURNAL, SETTING, owner.to_settings(), floor)
        return cls(folder, find)

    @classmethod
    def existing(cls, folder: Path) -> Self | None:
        """The journal in a folder, None when there is none: for readers."""
        return cls(folder) if (folder / FILE).is_file() else None

    @property
    def id(self) -> str:
        """Of this journal and of all its copies. Raises JournalFailed."""
        return self.settle(ID, uuid.uuid4().hex)

    def require_owner(self, owner: JournalOwner) -> None:
        """Raises OtherOwner for another key, chain or index. A journal without takes this one."""
        wanted = owner.to_settings()
        found = {name: self.settle(name, value) for name, value in wanted.items()}
        if found != wanted:
            raise OtherOwner(self.path, found, owner)

    def mark(self) -> Mark:
        """How far it has come. Raises JournalFailed."""
        wanted = select(SETTING.c.name, SETTING.c.value)
        with self._transaction() as connection:
            entries = count_entries(connection)
            settings = {row.name: row.value for row in connection.execute(wanted)}
        return Mark(entries, settings.get(_LAST, ""), int(settings.get(FLOOR, "0")))

    def holds(self, mark: Mark) -> bool:
        """Whether all that was here at a mark is still here. Raises JournalFailed."""
        ours = self.mark()
        if ours.entries < mark.entries or ours.floor < mark.floor:
            return False
        wanted = select(func.count()).where(SIGNED.c.digest == bytes.fromhex(mark.last))
        with self._transaction() as connection:
            return not mark.last or connection.execute(wanted).scalar_one() > 0

    def raise_floor(self, slot: int) -> int:
        """Never signs at or below a slot any more what is not here yet. Returns the floor.

        From here on this is no copy but the journal. Raises JournalFailed.
        """
        with self._transaction() as connection:
            SETTINGS.forget(connection, COPIED)
            return SETTINGS.raise_floor(connection, slot)

    def signed(self, domain: bytes, epoch: int, slot: int) -> SignedEntry | None:
        """What was signed for a slot, or None. Raises JournalFailed."""
        with self._transaction() as connection:
            return _read_signed(connection, domain, epoch, slot)

    def signed_or_open(self, domain: bytes, epoch: int, slot: int) -> SignedEntry | None:
        """What was signed for a slot, or None for a slot that may be signed now.

        Raises BelowFloor for a slot that takes no new entry, and JournalFailed. After the newest
        slot that was recorded here nothing is looked up: `record` finds what another process wrote.
        """
        if self._newest is not None and slot > self._newest:
            return None
        with self._transaction() as connection:
            kept = _read_signed(connection, domain, epoch, slot)
            if kept is None:
                require_above_floor(connection, slot)
            return kept

    def record(
        self, domain: bytes, entry: SignedEntry, determination: Determination
    ) -> SignedEntry:
        """Commits an observation and its evidence; the signature may leave once this returns.

        Returns the entry that stands: when another one of this slot is already there, that one.
        Raises BelowFloor, JournalFailed.
        """
        observation = entry.signed.observation
        row = {
            "domain": domain,
            "epoch": observation.epoch,
            "slot": observation.slot,
            "digest": entry.digest,
            "observation": canonical_json(observation.to_json()).decode(),
            "signature": entry.signed.signature.compact,
            "evidence_root": observation.evidence_root,
        }
        try:
            with self._transaction() as connection:
                connection.execute(_ADD_SIGNED, row)
                require_above_floor(connection, observation.slot)
                SETTINGS.replace(connection, _LAST, entry.digest.hex())
                unsealed.store(connection, determination)
        except RowRefused:
            kept = self.signed(domain, observation.epoch, observation.slot)
            if kept is None:
                raise JournalFailed(self.path, "an entry was refused, yet none is there") from None
            return kept
        self._newest = max(observation.slot, self._newest or 0)
        self.on_record(entry)
        return entry

    def days_to_seal(self, before: int | None = None) -> list[int]:
        """UTC midnights of the days that `seal` would move, unix seconds. Raises JournalFailed."""
        with self._transaction() as connection:
            return unsealed.days_before(connection, _FOREVER if before is None else before)

    def seal(self, before: int | None = None) -> list[str]:
        """Moves evidence as of an instant before `before`, unix seconds, or all, into the archive.

        What was signed so long ago that nothing needs it goes (oracle.journal.retention). Returns
        the names of the parts. Killed anywhere, it leaves every root to be found: a part is whole
        before the journal lets go of what is in it. Raises JournalFailed.
        """
        end = _FOREVER if before is None else before
        parts = [self._seal(day, min(day + DAY_S, end)) for day in self.days_to_seal(before)]
        with self._transaction() as connection:
            discard_old(connection)
        return parts

    def _seal(self, start: int, end: int) -> str:
        with self._transaction() as connection:
            day = unsealed.sealable(connection, start, end)
        try:
            part = self._archive().seal(day)
        except OSError as failure:
            raise JournalFailed(self.path, f"archive: {failure.strerror or failure}") from None
        roots = [each["root"] for each in day.observations]
        with self._transaction() as connection:
            sealed = insert(SEALED).prefix_with("OR IGNORE")
            connection.execute(sealed, [{"root": root, "part": part} for root in roots])
            unsealed.discard(connection, roots)
        return part

    def evidence(self, root: bytes) -> Evidence | None:
        """The evidence with a root, or None. Raises JournalFailed."""
        with self._transaction() as connection:
            found = unsealed.load(connection, root)
        if found is not None:
            return found
        # Asked second: sealing writes the archive before the journal lets go.
        wanted = select(SEALED.c.part).where(SEALED.c.root == root)
        with self._transaction() as connection:
            part = connection.execute(wanted).scalar_one_or_none()
        return None if part is None else self._find(root, part)

    def evidence_at(self, slot: int) -> Evidence | None:
        """The evidence of the last observation signed at a slot, or None. Raises JournalFailed."""
        wanted = (
            select(SIGNED.c.evidence_root)
            .where(SIGNED.c.slot == slot)
            .order_by(SIGNED.c.epoch.desc())
        )
        with self._transaction() as connection:
            root = connection.execute(wanted).scalars().first()
        return None if root is None else self.evidence(root)

    def setting(self, name: str) -> str | None:
        """The value of a name, or None. Raises JournalFailed."""
        with self._transaction() as connection:
            return SETTINGS.read(connection, name)

    def settle(self, name: str, value: str) -> str:
        """Gives a name its value unless it has one, which then stays. Returns the one it has.

        Raises JournalFailed.
        """
        with self._transaction() as connection:
            SETTINGS.keep(connection, name, value)
        kept = self.setting(name)
        return value if kept is None else kept

    def check(self) -> None:
        """Raises JournalFailed when the journal could not take an entry now."""
        with self._transaction() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            connection.rollback()

    def close(self) -> None:
        """Closes every connection."""
        self._engine.dispose()

    def _find_here(self, root: bytes, part: str) -> Evidence | None:
        return self._archive().find(root, part)

    def _archive(self) -> "Archive":
        # Imported late: most of a node's processes never need Polars.
        from oracle.evidence.archive import Archive

        return Archive(self.path.parent / FOLDER)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with transaction(self._engine) as connection:
                yield connection
        except RowRefused:
            raise
        except DatabaseDown as down:
            raise JournalFailed(self.path, down.reason) from down


def _ignore(_: SignedEntry) -> None:
    """Nobody has to know."""


def _read_signed(
    connection: Connection, domain: bytes, epoch: int, slot: int
) -> SignedEntry | None:
    key = {"domain": domain, "epoch": epoch, "slot": slot}
    row = connection.execute(_FIND_SIGNED, key).one_or_none()
    if row is None:
        return None
    observation = Observation.from_json(read_json(row.observation))
    signature = Signature.of_compact(row.signature)
    return SignedEntry(row.digest, SignedObservation(observation, signature))


def create_journal(folder: Path, owner: JournalOwner, floor: int) -> None:
    """Makes a journal that may sign above its floor as soon as a node starts on it.

    `floor` is in unix seconds; 0 only for a key that has never signed. Raises JournalExists,
    JournalInUse, JournalFailed.
    """
    with closing(Journal.create(folder, owner, floor)) as journal:
        found_tip(journal)
