"""Rows of input sets: reading them, and letting go of those that an archive has."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Connection, delete, select

from oracle.protocol.batch.manifest import read_manifest
from oracle.protocol.message.envelope import HEADER
from oracle.protocol.wire.reader import Reader
from oracle.protocol_store.tables import BATCH, PROPOSAL, SECTION


def read_batch(connection: Connection, slot: int, position: int, root: bytes) -> bytes | None:
    """The message of a member's list, or None."""
    wanted = select(BATCH.c.message).where(
        BATCH.c.slot == slot, BATCH.c.position == position, BATCH.c.root == root
    )
    found: bytes | None = connection.execute(wanted).scalar_one_or_none()
    return found


def read_sections(connection: Connection, names: Iterable[bytes]) -> dict[bytes, bytes]:
    """The bodies that are here, by name."""
    wanted = select(SECTION.c.name, SECTION.c.body).where(SECTION.c.name.in_(list(names)))
    return {row.name: row.body for row in connection.execute(wanted)}


def discard_sets(connection: Connection, start: int, end: int, held: Collection[int]) -> None:
    """Forgets the lists and proposals of slots in [start, end) but those of `held`."""
    for table in (PROPOSAL, BATCH):
        slot = table.c.slot
        gone = delete(table).where(slot >= start, slot < end, slot.not_in(list(held)))
        connection.execute(gone)


def find_unused(connection: Connection, before: int) -> Sequence[bytes]:
    """Bodies that were last used before an instant (unix seconds) and that no list names now."""
    old = select(SECTION.c.name).where(SECTION.c.slot < before)
    unused = set(connection.execute(old).scalars())
    if unused:
        for slot, message in connection.execute(select(BATCH.c.slot, BATCH.c.message)):
            manifest = read_manifest(Reader("stored batch", message[HEADER:]), slot)
            unused.difference_update(entry.section for entry in manifest.entries)
    return sorted(unused)


def discard_sections(connection: Connection, names: Sequence[bytes], before: int) -> None:
    """Forgets bodies, but those that were used since they were found to be unused."""
    # Whoever keeps a set moves the slot of an old body that it uses.
    connection.execute(delete(SECTION).where(SECTION.c.name.in_(names), SECTION.c.slot < before))
