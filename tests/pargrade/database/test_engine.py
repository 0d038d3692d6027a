"""Every database is opened, tuned and used in one way, and no error shows a password."""

import sqlite3
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, insert, select

from pargrade.database import (
    DatabaseDown,
    RowRefused,
    Schema,
    open_database,
    sqlite_file,
    transaction,
)

TABLES = MetaData()
ROWS = Table("row", TABLES, Column("id", Integer, primary_key=True), Column("n", Integer))
SCHEMA = Schema("rows", (TABLES,), Path(__file__).parent, "rows-1")


def test_open_database__sqlite__commits_survive_a_power_cut(tmp_path: Path) -> None:
    engine = open_database(sqlite_file(tmp_path / "x.db"), SCHEMA, busy_ms=7)
    for _ in range(2):
        with engine.connect() as connection:
            read = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "busy_timeout")
            }
        assert read == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 7}
        engine.dispose()


@pytest.mark.parametrize("name", ["a?b.db", "a#b.db", "a%41b.db", "a b@c:d.db", "ä€.db"])
def test_sqlite_file__any_name__is_the_file_that_is_opened(tmp_path: Path, name: str) -> None:
    open_database(sqlite_file(tmp_path / name), SCHEMA).dispose()
    assert (tmp_path / name).is_file()


def test_transaction__fails_in_the_middle__nothing_is_written(tmp_path: Path) -> None:
    engine = open_database(sqlite_file(tmp_path / "x.db"), SCHEMA)

    def write_twice() -> None:
        with transaction(engine) as connection:
            connection.execute(insert(ROWS).values(id=1, n=1))
            connection.execute(insert(ROWS).values(id=1, n=2))

    with pytest.raises(RowRefused):
        write_twice()
    with transaction(engine) as connection:
        assert connection.execute(select(ROWS)).all() == []


def test_transaction__another_writer__down_but_no_row_was_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    engine = open_database(sqlite_file(path), SCHEMA, busy_ms=1)
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        with (
            pytest.raises(DatabaseDown, match="database is locked") as down,
            transaction(engine) as connection,
        ):
            connection.execute(insert(ROWS).values(id=1, n=1))
        other.execute("ROLLBACK")
    assert not isinstance(down.value, RowRefused)
    assert str(path) in down.value.url


def test_open_database__no_database__one_error(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"this was a database once" * 100)
    with pytest.raises(DatabaseDown, match="file is not a database"):
        open_database(sqlite_file(path), SCHEMA)


PASSWORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=6, max_size=20)
URLS = st.sampled_from(
    [
        "postgresql://someone:{}@127.0.0.1:1/none",
        "postgresql://127.0.0.1:1/none?password={}",
        "postgresql://someone@127.0.0.1:1/none?password={}&connect_timeout=1",
        "nosuch://someone:{}@host/none",
        "postgresql//someone:{}@host/none",
        "postgresql://someone:{}@host:port/none",
        "{}",
    ]
)


@settings(max_examples=60)
@given(template=URLS, password=PASSWORDS)
def test_open_database__password_anywhere_in_the_url__not_in_the_error(
    template: str, password: str
) -> None:
    assume(password not in template)
    escaped = quote(password, safe="")
    with pytest.raises(DatabaseDown) as down:
        open_database(template.format(escaped), SCHEMA)
    shown = str(down.value) + down.value.url + down.value.reason
    assert password not in shown
    assert escaped not in shown
