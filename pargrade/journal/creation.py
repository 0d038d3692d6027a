"""A journal is made whole or not at all: beside its place first, then linked to it."""

import os
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Table, insert

from pargrade.database import DatabaseDown, Schema, open_database, sqlite_file, transaction
from pargrade.journal.refusals import JournalExists, JournalFailed
from pargrade.journal.setting_rows import FLOOR, ID


def create_whole(
    path: Path, schema: Schema, settings: Table, owner: Mapping[str, str], floor: int
) -> None:
    """Makes a journal without entries, and its folder when missing. Several may try: one does.

    `settings` is the schema's table of names and values, which takes the owner's, a new id, and the
    floor: the newest time that takes no entry, unix seconds. Raises JournalExists, JournalFailed.
    """
    draft = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(draft, schema, settings, {**owner, ID: uuid.uuid4().hex, FLOOR: str(floor)})
        os.link(draft, path)
    except FileExistsError:
        raise JournalExists(path) from None
    except OSError as failure:
        raise JournalFailed(path, failure.strerror or str(failure)) from None
    except DatabaseDown as down:
        raise JournalFailed(path, down.reason) from down
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _write(path: Path, schema: Schema, settings: Table, stated: Mapping[str, str]) -> None:
    engine = open_database(sqlite_file(path), schema)
    rows = [{"name": name, "value": value} for name, value in stated.items()]
    try:
        with transaction(engine) as connection:
            connection.execute(insert(settings), rows)
    finally:
        engine.dispose()
