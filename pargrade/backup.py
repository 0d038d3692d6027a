"""Consistent copies of SQLite files, also while another process writes to them."""

import os
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from pargrade.errors import PargradeError

Edit = Callable[[sqlite3.Connection], None]
"""Changes a copy, in a transaction, before anyone can see it."""

_BUSY_S: Final = 10.0
_BESIDE: Final = ("-wal", "-shm", "-journal")
"""Files that SQLite keeps beside a database."""


class BadBackup(PargradeError):
    """A file that cannot be copied or restored. Nothing was changed."""

    hint = "Name a file that `backup` wrote, and look whether it was cut or changed on its way."

    def __init__(self, path: Path, reason: str, hint: str = "") -> None:
        self.path = path
        self.reason = reason
        if hint:
            self.hint = hint
        super().__init__(f"{path}: {reason}")


@contextmanager
def opened_for_reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A SQLite file, checked whole. Raises BadBackup, also for what the block finds wrong in it."""
    if not path.is_file():
        raise BadBackup(path, "there is no such file")
    try:
        uri = f"file:{quote(str(path.resolve()))}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=_BUSY_S)) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if found != "ok":
                raise BadBackup(path, f"damaged: {str(found).splitlines()[0]}")
            yield connection
    except sqlite3.Error as failure:
        raise BadBackup(path, str(failure)) from None


def copy_database(source: Path, target: Path, edit: Edit, *, replace: bool = False) -> None:
    """Copies a SQLite file as it is at one moment; `target` is whole and on disk, or not there.

    An existing target is refused unless `replace` is given. Raises BadBackup.
    """
    if target.exists() and not replace:
        raise BadBackup(target, "it exists", "Name another file.")
    draft = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        with opened_for_reading(source) as reader:
            _write_copy(reader, draft, edit)
        _publish(draft, target, replace=replace)
    except FileExistsError:
        raise BadBackup(target, "it exists", "Name another file.") from None
    except OSError as failure:
        where = failure.strerror or str(failure)
        raise BadBackup(target, where, "Name a file that can be written.") from None
    finally:
        for path in (draft, *beside(draft)):
            path.unlink(missing_ok=True)


def beside(path: Path) -> tuple[Path, ...]:
    """The files that SQLite may keep beside a database."""
    return tuple(path.with_name(path.name + end) for end in _BESIDE)


def move_aside(database: Path) -> Path | None:
    """Moves a database and all files beside it, its own first. Returns where it is now.

    None where there is none; files of one that is gone are removed, as they would be read as part
    of the next.
    """
    if not database.exists():
        for left in beside(database):
            left.unlink(missing_ok=True)
        return None
    moved = database.with_name(f"{database.name}.replaced-{time.time_ns()}")
    for path, target in zip((database, *beside(database)), (moved, *beside(moved)), strict=True):
        if path.exists():
            path.replace(target)
    return moved


def _write_copy(reader: sqlite3.Connection, draft: Path, edit: Edit) -> None:
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.close(descriptor)
    with closing(sqlite3.connect(draft)) as writer:
        reader.backup(writer)
        # One file, with nothing beside it.
        writer.execute("PRAGMA journal_mode = DELETE")
        writer.execute("PRAGMA synchronous = FULL")
        with writer:
            edit(writer)


def _publish(draft: Path, target: Path, *, replace: bool) -> None:
    with draft.open("rb+") as written:
        os.fsync(written.fileno())
    if replace:
        draft.replace(target)
    else:
        os.link(draft, target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
