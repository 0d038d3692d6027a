"""Input sets and agreed reports on disk, by content: what a PREPARE promises to keep.

A node writes an input set before its PREPARE leaves, so that of every agreed set f+1 honest nodes
have all bodies. Whoever reads gets contents back as they were signed; `require_whole` checks them.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Final

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects import sqlite

from oracle.protocol.machine.outputs import TwoContents
from oracle.protocol.message.envelope import MessageKind
from oracle.protocol.message.signed_message import pack_message, read_message
from oracle.protocol.report.common_report import read_common_report
from oracle.protocol.report.input_set import Agreement, InputSet
from oracle.protocol.wire.reader import Reader
from oracle.protocol_store.agreed_slot import AgreedSlot, UnknownCommittee
from oracle.protocol_store.committee_text import StoredCommittee
from oracle.protocol_store.set_rows import (
    discard_sections,
    discard_sets,
    find_unused,
    read_batch,
    read_sections,
)
from oracle.protocol_store.tables import (
    AGREED,
    BATCH,
    COMMITTEE,
    CONTRADICTION,
    INPUTS,
    PROPOSAL,
    SECTION,
)
from oracle.protocol_store.votes import pack_votes, read_votes
from pargrade.canonical import canonical_json, read_json
from pargrade.clock import DAY_S
from pargrade.database import open_database, sqlite_file, transaction

FILE: Final = "inputs.sqlite"

KEPT_S: Final = 400 * DAY_S
"""Reports, votes and archived days are kept for so long before the newest agreed slot, seconds. The
sets that midnights rest on are kept for good: a memory may reach back to the first of them."""

_BUSY_MS: Final = 1_000
_AT_ONCE: Final = 256
"""Bodies that go in one transaction."""
_NEW_SECTION: Final = sqlite.insert(SECTION)
_KEEP_SECTION: Final = _NEW_SECTION.on_conflict_do_update(
    index_elements=["name"],
    set_={"slot": _NEW_SECTION.excluded.slot},
    # Most sections are in most sets: to note every use would write them all again.
    where=SECTION.c.slot < _NEW_SECTION.excluded.slot - DAY_S,
)


class InputStore:
    """The input sets of one node. Safe to share between threads and with processes that read."""

    def __init__(self, folder: Path) -> None:
        """Opens the file in a folder, made when missing. Raises DatabaseDown."""
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / FILE
        self._engine = open_database(sqlite_file(self.path), INPUTS, busy_ms=_BUSY_MS)

    def keep_committee(self, stored: StoredCommittee) -> None:
        """Keeps the committee of an epoch; after a re-org another one takes its place.

        Raises DatabaseDown.
        """
        row = {
            "epoch": stored.committee.epoch,
            "stated": canonical_json(stored.to_json()).decode(),
        }
        with transaction(self._engine) as connection:
            connection.execute(insert(COMMITTEE).prefix_with("OR REPLACE"), row)

    def committee(self, epoch: int) -> StoredCommittee:
        """The committee of an epoch. Raises UnknownCommittee, DatabaseDown."""
        wanted = select(COMMITTEE.c.stated).where(COMMITTEE.c.epoch == epoch)
        with transaction(self._engine) as connection:
            stated = connection.execute(wanted).scalar_one_or_none()
        if stated is None:
            raise UnknownCommittee(epoch)
        return StoredCommittee.from_json(read_json(stated))

    def keep(self, found: InputSet) -> None:
        """Keeps an input set, all of it or nothing. Raises DatabaseDown."""
        slot, epoch = found.slot, found.epoch
        sections = [
            {"name": name, "body": body, "slot": slot} for name, body in found.sections.items()
        ]
        batches = [
            {
                "slot": slot,
                "position": each.position,
                "root": each.content.root,
                "message": pack_message(epoch, each),
            }
            for each in found.batches
        ]
        proposal = {
            "slot": slot,
            "root": found.root,
            "epoch": epoch,
            "message": pack_message(epoch, found.proposal),
        }
        with transaction(self._engine) as connection:
            if sections:
                connection.execute(_KEEP_SECTION, sections)
            connection.execute(insert(BATCH).prefix_with("OR IGNORE"), batches)
            connection.execute(insert(PROPOSAL).prefix_with("OR IGNORE"), proposal)

    def keep_agreement(self, epoch: int, agreed: Agreement) -> None:
        """Keeps an agreed report with its votes; of a slot that has one, the one with more votes.

        Raises DatabaseDown.
        """
        report = agreed.report
        row = {
            "slot": report.slot,
            "epoch": epoch,
            "root": report.input_root,
            "digest": agreed.digest,
            "report": report.pack(),
            "prepares": pack_votes(agreed.prepares),
            "reports": pack_votes(agreed.reports),
        }
        with transaction(self._engine) as connection:
            connection.execute(insert(AGREED).prefix_with("OR REPLACE"), row)

    def input_set(self, root: bytes, slot: int | None = None) -> InputSet | None:
        """The input set with a root, of a slot or the newest; None where it is not here whole.

        Nodes whose lists did not change make the same root again in a later slot. Raises
        DatabaseDown, UnknownCommittee, and UnreadableMessage for a file that was tampered with.
        """
        wanted = select(PROPOSAL).where(PROPOSAL.c.root == root).order_by(PROPOSAL.c.slot.desc())
        if slot is not None:
            wanted = wanted.where(PROPOSAL.c.slot == slot)
        with transaction(self._engine) as connection:
            row = connection.execute(wanted.limit(1)).one_or_none()
        if row is None:
            return None
        committee = self.committee(row.epoch).committee
        proposal = read_message(row.message, MessageKind.PROPOSAL, committee)
        with transaction(self._engine) as connection:
            messages = [
                read_batch(connection, row.slot, position, named)
                for position, named in proposal.content.inputs
            ]
            if None in messages:
                return None
            batches = tuple(
                read_message(raw, MessageKind.BATCH, committee) for raw in messages if raw
            )
            names = {entry.section for each in batches for entry in each.content.entries}
            sections = read_sections(connection, names)
        if len(sections) != len(names):
            return None
        return InputSet(row.epoch, proposal, batches, sections)

    def agreement(self, slot: int) -> Agreement | None:
        """The agreed report of a slot with its votes, or None. Raises DatabaseDown."""
        with transaction(self._engine) as connection:
            row = connection.execute(select(AGREED).where(AGREED.c.slot == slot)).one_or_none()
        if row is None:
            return None
        report = read_common_report(Reader("stored report", row.report), slot)
        return Agreement(report, row.digest, read_votes(row.prepares), read_votes(row.reports))

    def agreed_slots(self, since: int, until: int) -> list[AgreedSlot]:
        """Slots agreed on in [since, until), ascending. Raises DatabaseDown."""
        wanted = (
            select(AGREED.c.slot, AGREED.c.epoch, AGREED.c.root, AGREED.c.digest)
            .where(AGREED.c.slot >= since, AGREED.c.slot < until)
            .order_by(AGREED.c.slot)
        )
        with transaction(self._engine) as connection:
            return [AgreedSlot(*row) for row in connection.execute(wanted)]

    def section(self, name: bytes) -> bytes | None:
        """The bytes of a section, or None. Raises DatabaseDown."""
        with transaction(self._engine) as connection:
            return read_sections(connection, [name]).get(name)

    def keep_contradiction(self, epoch: int, found: TwoContents) -> bool:
        """Keeps a proof against a key; of a slot and kind the first. Whether it is new.

        Raises DatabaseDown.
        """
        row = {
            "kind": int(found.kind),
            "slot": found.a.content.slot,
            "position": found.a.position,
            "a": pack_message(epoch, found.a),
            "b": pack_message(epoch, found.b),
        }
        with transaction(self._engine) as connection:
            added = connection.execute(insert(CONTRADICTION).prefix_with("OR IGNORE"), row)
            return added.rowcount > 0

    def contradictions(self) -> list[tuple[bytes, bytes]]:
        """All proofs as pairs of messages, by slot. Raises DatabaseDown."""
        wanted = select(CONTRADICTION.c.a, CONTRADICTION.c.b).order_by(CONTRADICTION.c.slot)
        with transaction(self._engine) as connection:
            return [(row.a, row.b) for row in connection.execute(wanted)]

    def discard_before(self, slot: int) -> None:
        """Forgets reports and votes of slots before one, unix seconds. Raises DatabaseDown.

        Sets stay: only who has the rounds of the chain knows which of them a memory rests on.
        """
        with transaction(self._engine) as connection:
            connection.execute(delete(AGREED).where(AGREED.c.slot < slot))

    def agreed_days(self, until: int) -> list[int]:
        """Midnights of the UTC days of before an instant in which a slot was agreed on, ascending.

        Unix seconds. Raises DatabaseDown.
        """
        midnight = (AGREED.c.slot - AGREED.c.slot % DAY_S).label("midnight")
        wanted = select(midnight).where(AGREED.c.slot < until).distinct().order_by(midnight)
        with transaction(self._engine) as connection:
            return list(connection.execute(wanted).scalars())

    def kept_slots(self, start: int, end: int) -> set[int]:
        """Slots in [start, end) of which a set is here, whole or not. Raises DatabaseDown."""
        wanted = select(PROPOSAL.c.slot).where(PROPOSAL.c.slot >= start, PROPOSAL.c.slot < end)
        with transaction(self._engine) as connection:
            return set(connection.execute(wanted).scalars())

    def release(self, start: int, end: int, held: Collection[int] = ()) -> None:
        """Forgets the sets of slots in [start, end), which an archive has, and bodies that no set
        uses any more; sets of the slots `held` stay. Reports and votes stay, too.

        A node may keep sets meanwhile. Raises DatabaseDown.
        """
        with transaction(self._engine) as connection:
            discard_sets(connection, start, end, held)
        with transaction(self._engine) as connection:
            unused = find_unused(connection, end - DAY_S)
        for first in range(0, len(unused), _AT_ONCE):
            # A node that keeps a set in between waits for a few of them at most.
            with transaction(self._engine) as connection:
                discard_sections(connection, unused[first : first + _AT_ONCE], end - DAY_S)

    def check(self) -> None:
        """Raises DatabaseDown when nothing could be kept now."""
        with transaction(self._engine) as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            connection.rollback()

    def close(self) -> None:
        """Closes every connection."""
        self._engine.dispose()
