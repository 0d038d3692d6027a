"""How long a journal keeps what was signed, inside a transaction of the caller.

An entry goes 400 days after its slot, and never the newest one. By then no contract takes its slot,
and no window of 100 days that its round settles is open or in dispute. The floor is raised over
what goes, so that nothing else is signed there, and what goes is counted, so that the journal is
not taken for an older copy. The archive's parts, which hold the evidence, stay until a person
removes them.
"""

from typing import Final

from sqlalchemy import Connection, delete, func, select

from oracle.journal.setting_rows import SETTINGS
from oracle.journal.tables import SEALED, SIGNED
from pargrade.clock import DAY_S

KEPT_S: Final = 400 * DAY_S
"""After the slot of the newest entry an older one is kept for so long."""

_DISCARDED: Final = "discarded"
"""Setting: how many entries went so far."""


def count_entries(connection: Connection) -> int:
    """All that were ever recorded, those that went included."""
    kept = connection.execute(select(func.count()).select_from(SIGNED)).scalar_one()
    return kept + _read_discarded(connection)


def discard_old(connection: Connection) -> int:
    """Removes entries whose time is over. Returns how many."""
    newest = connection.execute(select(func.max(SIGNED.c.slot))).scalar_one()
    if newest is None:
        return 0
    is_old = SIGNED.c.slot < newest - KEPT_S
    last = connection.execute(select(func.max(SIGNED.c.slot)).where(is_old)).scalar_one()
    if last is None:
        return 0
    SETTINGS.raise_floor(connection, last)
    count = connection.execute(delete(SIGNED).where(is_old)).rowcount
    SETTINGS.replace(connection, _DISCARDED, str(_read_discarded(connection) + count))
    connection.execute(delete(SEALED).where(SEALED.c.root.not_in(select(SIGNED.c.evidence_root))))
    return count


def _read_discarded(connection: Connection) -> int:
    return int(SETTINGS.read(connection, _DISCARDED) or 0)
