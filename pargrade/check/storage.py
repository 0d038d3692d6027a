"""A database and the disk under it: whole, of a known version, free to write, with space."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from pargrade.backup import BadBackup, opened_for_reading
from pargrade.check.result import CheckResult
from pargrade.database import Schema
from pargrade.database.migration import versions

_LEAST_FREE_BYTES: Final = 100 << 20
_FEW_FREE_BYTES: Final = 1 << 30
_MIB: Final = 1 << 20
_PATIENCE_S: Final = 2.0


def check_file(path: Path, schema: Schema, restore: str) -> Iterator[CheckResult]:
    """A SQLite file that exists. `restore` is the command that brings a backup back."""
    subject = f"database {path}"
    try:
        with opened_for_reading(path) as connection:
            found = _read_version(connection)
    except BadBackup as bad:
        yield CheckResult.wrong(subject, bad.reason, f"Bring a backup back with `{restore}`.")
        return
    yield _judge_version(subject, found, schema)
    yield from _judge_lock(subject, path)


def check_space(folder: Path) -> CheckResult:
    """Free space on the disk of a folder."""
    found = shutil.disk_usage(folder)
    free = f"{found.free // _MIB} MiB free"
    subject = f"disk of {folder}"
    if found.free < _LEAST_FREE_BYTES:
        return CheckResult.wrong(subject, free, "Free space: nothing can be written soon.")
    if found.free < _FEW_FREE_BYTES:
        return CheckResult.warning(subject, free, "Free space, or move the data to a larger disk.")
    return CheckResult.ok(subject, free)


def _read_version(connection: sqlite3.Connection) -> str:
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        return ""
    return "" if row is None else str(row[0])


def _judge_version(subject: str, found: str, schema: Schema) -> CheckResult:
    if found == schema.head:
        return CheckResult.ok(subject, f"whole, version {found}")
    if not found or found in versions(schema):
        stated = found or "from before versions"
        return CheckResult.ok(
            subject, f"whole, {stated}; the next start brings it to {schema.head}"
        )
    mend = "Run the program that wrote it or a newer one, or restore a backup from before it."
    return CheckResult.wrong(subject, f"version {found}, newer than {schema.head}", mend)


def _judge_lock(subject: str, path: Path) -> Iterator[CheckResult]:
    try:
        with closing(
            sqlite3.connect(path, timeout=_PATIENCE_S, isolation_level=None)
        ) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.OperationalError as failure:
        mend = "End the process that holds it, and look whether this user may write there."
        yield CheckResult.wrong(subject, f"cannot be written: {failure}", mend)
