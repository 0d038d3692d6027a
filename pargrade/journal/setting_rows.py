"""Settings of a journal by name, and the floor among them, inside a transaction of the caller."""

from typing import Final

from sqlalchemy import Connection, Table, bindparam, insert, select
from sqlalchemy.dialects import sqlite

FLOOR: Final = "floor"
"""Setting: the newest time that takes no new entry, unix seconds."""

ID: Final = "journal_id"
"""Setting: of a journal and of all its copies."""

COPIED: Final = "copied"
"""Setting of a backup: where it comes from. Who starts from one raises the floor first."""


class SettingRows:
    """A table of names and values. Statements are built once: that costs more than to run them."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._read = select(table.c.value).where(table.c.name == bindparam("name"))
        self._keep = insert(table).prefix_with("OR IGNORE")
        new = sqlite.insert(table)
        changed = {"value": new.excluded.value}
        self._replace = new.on_conflict_do_update(index_elements=["name"], set_=changed)

    def read(self, connection: Connection, name: str) -> str | None:
        """The value of a name, or None."""
        value: str | None = connection.execute(self._read, {"name": name}).scalar_one_or_none()
        return value

    def keep(self, connection: Connection, name: str, value: str) -> None:
        """Gives a name its value unless it has one."""
        connection.execute(self._keep, {"name": name, "value": value})

    def replace(self, connection: Connection, name: str, value: str) -> None:
        """Gives a name another value."""
        connection.execute(self._replace, {"name": name, "value": value})

    def forget(self, connection: Connection, name: str) -> None:
        """Takes a name away."""
        connection.execute(self._table.delete().where(self._table.c.name == name))

    def read_floor(self, connection: Connection) -> int:
        """Unix seconds; 0 when there is none."""
        return int(self.read(connection, FLOOR) or 0)

    def raise_floor(self, connection: Connection, moment: int) -> int:
        """Never lowers it. Returns the floor."""
        floor = max(moment, self.read_floor(connection))
        self.replace(connection, FLOOR, str(floor))
        return floor
