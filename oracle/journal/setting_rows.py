"""The journal's settings by name, and the floor among them, inside a transaction of the caller."""

from typing import Final

from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.dialects import sqlite

from oracle.journal.refusals import BelowFloor
from oracle.journal.tables import SETTING

FLOOR: Final = "floor"
"""Setting: the newest slot that takes no new entry, unix seconds."""

# Built once: a node reads and writes settings with every observation, and to build a statement
# costs more than to run it.
_READ: Final = select(SETTING.c.value).where(SETTING.c.name == bindparam("name"))
_KEEP: Final = insert(SETTING).prefix_with("OR IGNORE")
_new: Final = sqlite.insert(SETTING)
_REPLACE: Final = _new.on_conflict_do_update(
    index_elements=["name"], set_={"value": _new.excluded.value}
)


def read_setting(connection: Connection, name: str) -> str | None:
    """The value of a name, or None."""
    value: str | None = connection.execute(_READ, {"name": name}).scalar_one_or_none()
    return value


def keep_setting(connection: Connection, name: str, value: str) -> None:
    """Gives a name its value unless it has one."""
    connection.execute(_KEEP, {"name": name, "value": value})


def replace_setting(connection: Connection, name: str, value: str) -> None:
    """Gives a name another value."""
    connection.execute(_REPLACE, {"name": name, "value": value})


def read_floor(connection: Connection) -> int:
    """Unix seconds; 0 when there is none."""
    return int(read_setting(connection, FLOOR) or 0)


def raise_floor(connection: Connection, slot: int) -> int:
    """Never lowers it. Returns the floor."""
    floor = max(slot, read_floor(connection))
    replace_setting(connection, FLOOR, str(floor))
    return floor


def require_above_floor(connection: Connection, slot: int) -> None:
    """Raises BelowFloor for a slot that takes no new entry."""
    floor = read_floor(connection)
    if slot <= floor:
        raise BelowFloor(slot, floor)
