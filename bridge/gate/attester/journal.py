"""What an attester has signed, on disk before anyone hears of it.

One content for each (route, nonce), and one signature of it for each epoch. A row is never changed.
At or below its floor a journal takes no new content: what left by then may have been signed under
another copy of it (bridge.gate.attester.watermark).
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    func,
    insert,
    select,
)

from bridge.gate.attester.refusals import (
    BeforeFloor,
    NoAttestationJournal,
    OtherAttester,
    OtherContent,
)
from pargrade.chain.hashing import Address
from pargrade.chain.keys import Signature
from pargrade.database import (
    DatabaseDown,
    RowRefused,
    Schema,
    UnknownVersion,
    open_database,
    sqlite_file,
    transaction,
)
from pargrade.journal.claim import found_tip
from pargrade.journal.creation import create_whole
from pargrade.journal.refusals import JournalFailed
from pargrade.journal.setting_rows import COPIED, ID, SettingRows
from pargrade.journal.tip_file import Mark

FILE: Final = "attestations.sqlite"

_BUSY_MS: Final = 1_000

_METADATA: Final = MetaData()
_SIGNED: Final = Table(
    "attested",
    _METADATA,
    Column("route", LargeBinary(32), primary_key=True),
    Column("destination", BigInteger, primary_key=True, autoincrement=False),
    Column("nonce", BigInteger, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("content", LargeBinary(32), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("signature", LargeBinary(64), nullable=False),
    Column("time", Integer, nullable=False),
    sqlite_with_rowid=False,
)
_SETTING: Final = Table(
    "setting",
    _METADATA,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
ATTESTATIONS: Final = Schema(
    name="attestations",
    tables=(_METADATA,),
    scripts=Path(__file__).with_name("versions"),
    head="attestations_1",
)
_SETTINGS: Final = SettingRows(_SETTING)
_LAST: Final = "last_digest"
_ATTESTER: Final = "attester"
_ROUTE: Final = "route"


@dataclass(frozen=True, slots=True)
class AttesterIdentity:
    """Whose journal it is: one key, one route."""

    attester: Address
    route: bytes

    def describe(self) -> str:
        """For people."""
        return f"{self.attester}, route 0x{self.route.hex()}"

    def to_settings(self) -> dict[str, str]:
        """As the journal keeps it."""
        return {_ATTESTER: self.attester, _ROUTE: self.route.hex()}


@dataclass(frozen=True, slots=True)
class MessagePlace:
    """Which message: one of a route, to one of its chains."""

    route: bytes
    destination: int
    """Id of the chain it goes to: both gates of a route may give the same nonce."""
    nonce: int

    def matches(self) -> ColumnElement[bool]:
        """The rows of this message."""
        is_route = (_SIGNED.c.route == self.route) & (_SIGNED.c.destination == self.destination)
        return is_route & (_SIGNED.c.nonce == self.nonce)


@dataclass(frozen=True, slots=True)
class Attested:
    """One signature over a message."""

    place: MessagePlace
    epoch: int
    content: bytes
    """Hash of the message without an epoch: 32 bytes."""
    digest: bytes
    signature: Signature
    time: int
    """When the message left, Unix seconds."""


class AttestationJournal:
    """An attester's own database. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        """Opens the journal in a folder. Raises NoAttestationJournal, JournalFailed."""
        self.path = folder / FILE
        self.on_record: Callable[[Attested], None] = _ignore
        self._lock = threading.Lock()
        if not self.path.is_file():
            raise NoAttestationJournal(self.path)
        self._engine = _open(self.path)

    @classmethod
    def create(cls, folder: Path, identity: AttesterIdentity, floor: int) -> None:
        """Makes a journal that signs what leaves after `floor`, Unix seconds.

        0 is for a key that has never signed. Whole or not there at all. Raises JournalExists,
        JournalFailed, JournalInUse.
        """
        create_whole(folder / FILE, ATTESTATIONS, _SETTING, identity.to_settings(), floor)
        with closing(cls(folder)) as journal:
            found_tip(journal)

    @property
    def id(self) -> str:
        """Of this journal and of all its copies."""
        return self.setting(ID) or ""

    def require_owner(self, owner: AttesterIdentity) -> None:
        """Raises OtherAttester for another key or route."""
        found = {name: self.setting(name) or "" for name in owner.to_settings()}
        if found != owner.to_settings():
            shown = f"{found[_ATTESTER]}, route 0x{found[_ROUTE]}"
            raise OtherAttester(self.path, shown, owner.describe())

    def mark(self) -> Mark:
        """How far it has come. Raises JournalFailed."""
        with self._transaction() as connection:
            entries = connection.execute(select(func.count()).select_from(_SIGNED)).scalar_one()
            last = _SETTINGS.read(connection, _LAST) or ""
            return Mark(entries, last, _SETTINGS.read_floor(connection))

    def holds(self, mark: Mark) -> bool:
        """Whether all that was here at a mark is still here. Raises JournalFailed."""
        ours = self.mark()
        if ours.entries < mark.entries or ours.floor < mark.floor:
            return False
        wanted = select(func.count()).where(_SIGNED.c.digest == bytes.fromhex(mark.last))
        with self._transaction() as connection:
            return not mark.last or connection.execute(wanted).scalar_one() > 0

    def raise_floor(self, moment: int) -> int:
        """Signs nothing new that left up to a time any more. Returns the floor."""
        with self._transaction() as connection:
            _SETTINGS.forget(connection, COPIED)
            return _SETTINGS.raise_floor(connection, moment)

    def setting(self, name: str) -> str | None:
        """The value of a name, or None. Raises JournalFailed."""
        with self._transaction() as connection:
            return _SETTINGS.read(connection, name)

    def require_open(self, place: MessagePlace, content: bytes, time: int) -> None:
        """Raises OtherContent, BeforeFloor for a message that may not be signed."""
        with self._transaction() as connection:
            _require_open(connection, place, content, time)

    def find(self, place: MessagePlace, epoch: int) -> Attested | None:
        """The signature over a message in an epoch, or None. Raises JournalFailed."""
        key = place.matches() & (_SIGNED.c.epoch == epoch)
        with self._transaction() as connection:
            row = connection.execute(select(_SIGNED).where(key)).one_or_none()
            return None if row is None else _attested(row)

    def page(self, destination: int, epoch: int, first: int, most: int) -> list[Attested]:
        """Signatures of an epoch by rising nonce from `first`. Raises JournalFailed."""
        wanted = (
            select(_SIGNED)
            .where(_SIGNED.c.destination == destination, _SIGNED.c.epoch == epoch)
            .where(_SIGNED.c.nonce >= first)
            .order_by(_SIGNED.c.nonce)
            .limit(most)
        )
        with self._transaction() as connection:
            return [_attested(row) for row in connection.execute(wanted)]

    def record(self, signed: Attested) -> Attested:
        """Commits a signature, which may leave once this returns. Returns the one that stands.

        Raises OtherContent, BeforeFloor, JournalFailed.
        """
        with self._lock, self._transaction() as connection:
            _require_open(connection, signed.place, signed.content, signed.time)
            kept = self._same(connection, signed)
            if kept is not None:
                return kept
            connection.execute(insert(_SIGNED).values(_row(signed)))
            _SETTINGS.replace(connection, _LAST, signed.digest.hex())
        self.on_record(signed)
        return signed

    def close(self) -> None:
        """Closes every connection."""
        self._engine.dispose()

    def _same(self, connection: Connection, signed: Attested) -> Attested | None:
        wanted = select(_SIGNED).where(_SIGNED.c.digest == signed.digest)
        row = connection.execute(wanted).one_or_none()
        return None if row is None else _attested(row)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with transaction(self._engine) as connection:
                yield connection
        except RowRefused as refused:
            raise JournalFailed(self.path, str(refused)) from refused
        except DatabaseDown as down:
            raise JournalFailed(self.path, down.reason) from down


def _require_open(connection: Connection, place: MessagePlace, content: bytes, time: int) -> None:
    wanted = select(_SIGNED.c.content).where(place.matches())
    kept = connection.execute(wanted.limit(1)).scalar_one_or_none()
    if kept is not None and kept != content:
        raise OtherContent(place.route, place.nonce)
    floor = _SETTINGS.read_floor(connection)
    if kept is None and time <= floor:
        raise BeforeFloor(time, floor)


def _ignore(_: Attested) -> None:
    """Nobody has to know."""


def _open(path: Path) -> Any:
    try:
        return open_database(sqlite_file(path), ATTESTATIONS, busy_ms=_BUSY_MS)
    except UnknownVersion as unknown:
        raise JournalFailed(path, unknown.reason) from None
    except DatabaseDown as down:
        raise JournalFailed(path, down.reason) from down


def _row(signed: Attested) -> dict[str, Any]:
    return {
        "route": signed.place.route,
        "destination": signed.place.destination,
        "nonce": signed.place.nonce,
        "epoch": signed.epoch,
        "content": signed.content,
        "digest": signed.digest,
        "signature": signed.signature.compact,
        "time": signed.time,
    }


def _attested(row: Any) -> Attested:
    signature = Signature.of_compact(row.signature)
    place = MessagePlace(row.route, row.destination, row.nonce)
    return Attested(place, row.epoch, row.content, row.digest, signature, row.time)
