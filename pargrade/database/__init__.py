"""Databases: opened, tuned and used in one way, with tables that follow the program's versions."""

from pargrade.database.engine import (
    BUSY_MS,
    DIGITS,
    open_database,
    sqlite_file,
    to_text,
    transaction,
)
from pargrade.database.errors import (
    DatabaseDamaged,
    DatabaseDown,
    DatabaseFull,
    RowRefused,
    UnknownVersion,
)
from pargrade.database.schema import Schema
from pargrade.database.version import read_version

__all__ = [
    "BUSY_MS",
    "DIGITS",
    "DatabaseDamaged",
    "DatabaseDown",
    "DatabaseFull",
    "RowRefused",
    "Schema",
    "UnknownVersion",
    "migration",
    "open_database",
    "read_version",
    "sqlite_file",
    "to_text",
    "transaction",
]
