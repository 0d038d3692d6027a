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

__all__ = [
    "BUSY_MS",
    "DIGITS",
    "DatabaseDamaged",
    "DatabaseDown",
    "DatabaseFull",
    "RowRefused",
    "Schema",
    "UnknownVersion",
    "open_database",
    "sqlite_file",
    "to_text",
    "transaction",
]
