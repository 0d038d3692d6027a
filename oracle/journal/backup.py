"""Backup of a node's journal and its return, after which nothing can be signed twice."""

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from oracle.journal.journal import FILE
from oracle.journal.owner import JournalOwner
from pargrade.backup import BadBackup, copy_database, move_aside, opened_for_reading
from pargrade.journal.lock import lock_folder
from pargrade.journal.setting_rows import COPIED

_OWNER: Final = ("reporter", "chain_id", "spot_index")


@dataclass(frozen=True, slots=True)
class JournalForm:
    """Which of a node's journals it is: all have a table of settings."""

    file: str
    """Name in the data folder."""
    table: str
    """Of entries, each with a slot."""


OBSERVATIONS: Final = JournalForm(FILE, "signed")


@dataclass(frozen=True, slots=True)
class BackupContent:
    """What a journal or a backup of it holds."""

    owner: JournalOwner
    entries: int
    """Signed observations, or promises."""
    newest_slot: int
    """Unix seconds; 0 when there is none."""


def read_backup(path: Path, form: JournalForm = OBSERVATIONS) -> BackupContent:
    """What is in a journal's file. Raises BadBackup for anything else."""
    with opened_for_reading(path) as connection:
        settings = dict(connection.execute("SELECT name, value FROM setting"))
        if not all(name in settings for name in _OWNER):
            raise BadBackup(path, "it does not say whose journal it is")
        counted = f"SELECT count(*), coalesce(max(slot), 0) FROM {form.table}"  # noqa: S608
        entries, newest = connection.execute(counted).fetchone()
    try:
        owner = JournalOwner.from_settings(settings)
    except ValueError:
        raise BadBackup(path, "it does not say whose journal it is") from None
    return BackupContent(owner, entries, newest)


def back_up(folder: Path, file: Path, form: JournalForm = OBSERVATIONS) -> BackupContent:
    """Copies the journal of a data folder to a file, while its node runs or not.

    The copy says that it is one: a node that starts on it raises its floor first, however the file
    came back. Raises BadBackup.
    """
    content = read_backup(folder / form.file, form)
    copy_database(folder / form.file, file, _mark_as_copy)
    return content


def check_restore(
    file: Path,
    folder: Path,
    owner: JournalOwner,
    *,
    replace: bool,
    form: JournalForm = OBSERVATIONS,
) -> BackupContent:
    """What a restore would bring back.

    Raises BadBackup for a bad file, another owner's, or an existing journal unless `replace` is
    given.
    """
    content = read_backup(file, form)
    if content.owner != owner:
        hint = "Name the configuration of the node that the backup was made of."
        reason = f"it is of {content.owner.describe()}, not of {owner.describe()}"
        raise BadBackup(file, reason, hint)
    if (folder / form.file).exists() and not replace:
        hint = "With --replace it is moved aside; keep it, as it may hold what the backup lacks."
        raise BadBackup(folder / form.file, "there is a journal already", hint)
    return content


def restore(
    file: Path,
    folder: Path,
    owner: JournalOwner,
    *,
    replace: bool,
    form: JournalForm = OBSERVATIONS,
) -> Path | None:
    """Brings a backup back as the journal of a data folder. Returns where the old one was moved.

    Raises what `check_restore` raises, and JournalInUse while a node runs there. Nothing is changed
    then.
    """
    check_restore(file, folder, owner, replace=replace, form=form)
    journal = folder / form.file
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        raise BadBackup(folder, failure.strerror or str(failure)) from None
    draft = folder / f"{form.file}.restored"
    with closing(lock_folder(journal)):
        draft.unlink(missing_ok=True)
        copy_database(file, draft, _mark_as_copy)
        moved = move_aside(journal)
        draft.replace(journal)
    return moved


def _mark_as_copy(connection: sqlite3.Connection) -> None:
    row = (COPIED, str(int(time.time())))
    connection.execute("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", row)
