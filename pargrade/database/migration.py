"""Changing an older database's tables, script by script, in one transaction. Needs Alembic."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, MigrationStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from pargrade.database.schema import Schema
from pargrade.process.failpoint import reached


def upgrade(connection: Connection, schema: Schema) -> None:
    """Runs the scripts that come after the database's version, inside the caller's transaction.

    A database that says no version gets all of them. Raises the errors of SQLAlchemy.
    """
    scripts = _scripts(schema.scripts)

    def steps(heads: tuple[str, ...], _: MigrationContext) -> list[MigrationStep]:
        newest_first: Iterable[Any] = scripts.iterate_revisions("head", heads or "base")
        return [
            MigrationStep.upgrade_from_script(scripts.revision_map, script)
            for script in reversed(list(newest_first))
        ]

    options = {"fn": steps, "on_version_apply": (_note_version,)}
    context = MigrationContext.configure(connection, opts=options)
    with Operations.context(context):
        context.run_migrations()


def knows(schema: Schema, version: str) -> bool:
    """Whether there is a script for a version."""
    return version in versions(schema)


def versions(schema: Schema) -> list[str]:
    """All versions, oldest first."""
    return [script.revision for script in _scripts(schema.scripts).walk_revisions()][::-1]


@cache
def _scripts(folder: Path) -> ScriptDirectory:
    return ScriptDirectory(str(folder), version_locations=[str(folder)])


def _note_version(**_: Any) -> None:
    reached("version-applied")
