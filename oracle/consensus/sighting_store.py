"""Observations that this node has seen others sign, on disk, and which of them contradict.

A file of its own beside the journal: it holds others' signatures, and losing it loses no safety.
Of a reporter's slot two contents are kept, because two are a proof.
"""

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from sqlalchemy import (
    Column,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    tuple_,
)

from oracle.consensus.sighting import Contradiction, Sighting, SlotOfReporter
from pargrade.canonical import canonical_json, read_json
from pargrade.chain.hashing import Address
from pargrade.clock import DAY_S, midnight_of
from pargrade.database import Schema, open_database, sqlite_file, transaction
from pargrade.spot_index.observation import SignedObservation

FILE: Final = "sightings.sqlite"

_BUSY_MS: Final = 1_000

_CONTENTS: Final = 2

_MOST_SLOTS: Final = 64
"""In memory, beside all proofs."""

_MOST_LOADED: Final = 2_048
"""Rows read at opening: 64 slots of 32 reporters."""

_KEPT_S: Final = DAY_S
"""What contradicts nothing is kept for so long; the contract takes rounds of a day at most."""

_PROOF_KEPT_S: Final = 100 * DAY_S
"""A proof counts for the settlement of a window, and a window has at most 100 days."""

METADATA: Final = MetaData()
_SEEN: Final = Table(
    "seen",
    METADATA,
    Column("domain", LargeBinary(32), primary_key=True),
    Column("reporter", Text, primary_key=True),
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary(32), primary_key=True),
    Column("signed", Text, nullable=False),
    sqlite_with_rowid=False,
)
_SETTLED: Final = Table(
    "settled",
    METADATA,
    Column("domain", LargeBinary(32), primary_key=True),
    Column("reporter", Text, primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
SIGHTINGS: Final = Schema(
    name="sightings",
    tables=(METADATA,),
    scripts=Path(__file__).with_name("versions") / "sightings",
    head="sightings_1",
    unversioned={"sightings_1": frozenset(METADATA.tables)},
)
_KEY: Final = (_SEEN.c.reporter, _SEEN.c.epoch, _SEEN.c.slot)


class SightingStore:
    """What was seen for one contract. Safe to share between threads."""

    def __init__(self, folder: Path, domain: bytes) -> None:
        """Opens the file in a folder, made when missing. Raises DatabaseDown.

        `domain` is the EIP-712 domain separator.
        """
        self._domain = domain
        self._lock = threading.Lock()
        self._slots: dict[int, dict[SlotOfReporter, dict[bytes, Sighting]]] = {}
        self._proofs: dict[SlotOfReporter, Contradiction] = {}
        self._unwritten: list[Sighting] = []
        self._engine = open_database(sqlite_file(folder / FILE), SIGHTINGS, busy_ms=_BUSY_MS)
        self._settled = self._load_settled()
        for sighting in self._load():
            self._remember(sighting)

    def see(self, sightings: Iterable[Sighting]) -> list[Sighting]:
        """Remember what is new, in memory until `write`. Returns it."""
        with self._lock:
            new = [sighting for sighting in sightings if self._remember(sighting)]
            self._unwritten += new
            return new

    def write(self) -> None:
        """Write what is new to disk, and let go of what is old. Raises DatabaseDown."""
        with self._lock:
            unwritten = list(self._unwritten)
        if not unwritten:
            return
        rows = [self._row_of(sighting) for sighting in unwritten]
        newest = max(sighting.key.slot for sighting in unwritten)
        with transaction(self._engine) as connection:
            connection.execute(insert(_SEEN).prefix_with("OR IGNORE"), rows)
            ours = _SEEN.c.domain == self._domain
            proofs = select(*_KEY).where(ours).group_by(*_KEY).having(func.count() > 1)
            old = ours & (_SEEN.c.slot < newest - _KEPT_S) & tuple_(*_KEY).not_in(proofs)
            connection.execute(delete(_SEEN).where(old))
            connection.execute(delete(_SEEN).where(ours, _SEEN.c.slot < newest - _PROOF_KEPT_S))
        with self._lock:
            del self._unwritten[: len(unwritten)]

    def seen_at(self, slot: int) -> list[Sighting]:
        """Everything seen for one of the newest slots: at most two contents of a reporter."""
        with self._lock:
            seen = self._slots.get(slot, {}).values()
            return [sighting for contents in seen for sighting in contents.values()]

    def contradictions(self) -> list[Contradiction]:
        """Proofs that are not settled, by slot; one of a reporter and UTC day."""
        with self._lock:
            found = list(self._proofs.values())
        found.sort(key=lambda contradiction: contradiction.a.key.slot)
        by_day = {_day_of(contradiction.a.key): contradiction for contradiction in reversed(found)}
        return [by_day[day] for day in by_day if day not in self._settled][::-1]

    def settle(self, contradiction: Contradiction) -> None:
        """Let a reporter's UTC day rest: it is proven, or never will be. Raises DatabaseDown."""
        reporter, day = settled = _day_of(contradiction.a.key)
        row = {"domain": self._domain, "reporter": reporter, "day": day}
        with transaction(self._engine) as connection:
            connection.execute(insert(_SETTLED).prefix_with("OR IGNORE"), row)
        self._settled.add(settled)

    def close(self) -> None:
        """Closes every connection."""
        self._engine.dispose()

    def _remember(self, sighting: Sighting) -> bool:
        key = sighting.key
        if key in self._proofs:
            return False
        contents = self._slots.setdefault(key.slot, {}).setdefault(key, {})
        if sighting.digest in contents:
            return False
        contents[sighting.digest] = sighting
        if len(contents) == _CONTENTS:
            self._proofs[key] = Contradiction(*contents.values())
        if len(self._slots) > _MOST_SLOTS:
            del self._slots[min(self._slots)]
        return True

    def _row_of(self, sighting: Sighting) -> dict[str, object]:
        reporter, epoch, slot = sighting.key
        return {
            "domain": self._domain,
            "reporter": reporter,
            "epoch": epoch,
            "slot": slot,
            "digest": sighting.digest,
            "signed": canonical_json(sighting.signed.to_json()).decode(),
        }

    def _load(self) -> list[Sighting]:
        """The newest rows, and all that prove something."""
        ours = _SEEN.c.domain == self._domain
        proofs = select(*_KEY).where(ours).group_by(*_KEY).having(func.count() > 1)
        newest = select(_SEEN).where(ours).order_by(_SEEN.c.slot.desc()).limit(_MOST_LOADED)
        proven = select(_SEEN).where(ours, tuple_(*_KEY).in_(proofs))
        with transaction(self._engine) as connection:
            rows = [*connection.execute(proven), *connection.execute(newest)]
        return [_sighting_of(row) for row in rows]

    def _load_settled(self) -> set[tuple[Address, int]]:
        wanted = select(_SETTLED.c.reporter, _SETTLED.c.day).where(
            _SETTLED.c.domain == self._domain
        )
        with transaction(self._engine) as connection:
            return {(row.reporter, row.day) for row in connection.execute(wanted)}


def _day_of(key: SlotOfReporter) -> tuple[Address, int]:
    # The contract keeps a reporter's offences by UTC day.
    return key.reporter, midnight_of(key.slot)


def _sighting_of(row: Row[tuple[object, ...]]) -> Sighting:
    signed = SignedObservation.from_json(read_json(row.signed))
    return Sighting(row.reporter, row.digest, signed)
