"""The tables a program keeps in one database, and the scripts that led to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import MetaData


@dataclass(frozen=True, slots=True)
class Schema:
    """Tables as the program of today uses them, with the version that they are."""

    name: str
    """Versions are named after it, so that a database of another program is recognised."""
    tables: tuple[MetaData, ...]
    scripts: Path
    """Folder with one Alembic script for each version."""
    head: str
    """The newest version: the tables as they stand in `tables`."""
    unversioned: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Versions from before databases said theirs, oldest first: the tables that each one has."""

    @property
    def table_names(self) -> frozenset[str]:
        """Of today's tables."""
        return frozenset(name for tables in self.tables for name in tables.tables)

    def recognise(self, present: frozenset[str]) -> str | None:
        """The newest unversioned version of which all tables are present; None for none."""
        fitting = [version for version, names in self.unversioned.items() if names <= present]
        return fitting[-1] if fitting else None
