"""What the scripts of every schema make is what the program's tables say, in every database."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Integer, MetaData

from pargrade.database import Schema, open_database
from pargrade.database.migration import versions
from tests.support.postgres import Postgres
from tests.support.versions import describe, made_by_scripts, schemas

SCHEMAS = schemas()
KEPT_IN = [
    *(("sqlite", name) for name in SCHEMAS),
    # A node's own files are SQLite's alone.
    ("postgresql", "bridge"),
    ("postgresql", "gate"),
]


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    with Postgres(tmp_path_factory.mktemp("pg") / "server") as server:
        yield server


@pytest.fixture
def urls(kind, request, tmp_path):
    """URLs of two new databases of a kind."""
    if kind == "sqlite":
        return tuple(f"sqlite:///{tmp_path / name}.db" for name in ("a", "b"))
    server = request.getfixturevalue("postgres")
    return tuple(server.fresh() for _ in range(2))


def differences(engine, schema: Schema) -> list:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, list(schema.tables))


@pytest.mark.parametrize(("kind", "name"), KEPT_IN)
def test_scripts__run_from_the_first__leave_nothing_for_autogenerate(name, urls):
    schema = SCHEMAS[name]
    assert differences(made_by_scripts(urls[0], schema), schema) == []


@pytest.mark.parametrize(("kind", "name"), KEPT_IN)
def test_scripts__run_from_the_first__make_what_an_empty_database_gets_at_once(name, urls):
    schema = SCHEMAS[name]
    by_scripts, at_once = urls
    made = describe(made_by_scripts(by_scripts, schema))
    assert describe(open_database(at_once, schema)) == made
    assert made["version"] == schema.head


@pytest.mark.parametrize("name", SCHEMAS)
def test_versions__of_a_schema__end_with_its_head_and_hold_the_unversioned_in_order(name):
    schema = SCHEMAS[name]
    known = versions(schema)
    assert known[-1] == schema.head
    assert list(schema.unversioned) == [v for v in known if v in schema.unversioned]
    assert all(version.startswith(f"{schema.name}_") for version in known)


def test_autogenerate__column_without_a_script__is_found(tmp_path: Path):
    schema = SCHEMAS["bridge"]
    engine = made_by_scripts(f"sqlite:///{tmp_path / 'x.db'}", schema)
    changed = MetaData()
    for table in (table for tables in schema.tables for table in tables.sorted_tables):
        table.to_metadata(changed)
    changed.tables["intent"].append_column(Column("planted", Integer))
    planted = Schema("bridge", (changed,), schema.scripts, schema.head)
    assert len(differences(engine, planted)) == 1
