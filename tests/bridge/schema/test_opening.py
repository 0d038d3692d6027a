"""A bridge's database is brought up to date where it is opened: once, whole, by one process."""

import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select

from bridge.outbox.tables import intent
from bridge.schema import BRIDGE
from pargrade.database import UnknownVersion, open_database, transaction
from tests.support.versions import describe, leave_unversioned, start_opening

pytestmark = pytest.mark.full

ROW = {
    "sender": "0x",
    "nonce": 7,
    "act": "redeem",
    "contract": "0x",
    "data": b"\x01",
    "gas": 21_000,
}
PROCESSES = 6


@pytest.fixture
def url(fresh: Callable[[], str]) -> str:
    return fresh()


@pytest.fixture
def today(fresh: Callable[[], str]) -> object:
    """What an empty database gets."""
    return describe(open_database(fresh(), BRIDGE))


def intents(engine: Engine) -> list[int]:
    with transaction(engine) as connection:
        return list(connection.execute(select(intent.c.nonce)).scalars())


@pytest.mark.parametrize("version", BRIDGE.unversioned)
def test_open_database__of_an_earlier_program__is_recognised_and_keeps_its_rows(
    version: str, url: str, today: object
) -> None:
    with transaction(leave_unversioned(url, BRIDGE, version)) as connection:
        connection.execute(insert(intent).values(ROW))
    for _ in range(2):
        engine = open_database(url, BRIDGE)
        assert describe(engine) == today
        assert intents(engine) == [7]
        engine.dispose()


def test_open_database__of_a_newer_program__is_refused_and_not_changed(url: str) -> None:
    engine = open_database(url, BRIDGE)
    with transaction(engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'bridge_99'")
    before = describe(engine)
    with pytest.raises(UnknownVersion, match=r"bridge_99.*up to bridge_") as refused:
        open_database(url, BRIDGE)
    assert refused.value.found == "bridge_99"
    assert "newer" in refused.value.hint
    assert describe(engine) == before


def test_open_database__rows_in_tables_of_no_known_version__is_refused(url: str) -> None:
    engine = open_database(url)
    with transaction(engine) as connection:
        intent.create(connection)
        connection.execute(insert(intent).values(ROW))
    with pytest.raises(UnknownVersion, match="of no known version"):
        open_database(url, BRIDGE)
    assert intents(engine) == [7]


def test_open_database__empty_tables_of_a_killed_start__is_completed(
    url: str, today: object
) -> None:
    with transaction(open_database(url)) as connection:
        intent.create(connection)
    assert describe(open_database(url, BRIDGE)) == today


@pytest.mark.parametrize("version", [None, "bridge_1"])
def test_open_database__many_processes_at_once__all_succeed(
    version: str | None, url: str, today: object
) -> None:
    if version is not None:
        leave_unversioned(url, BRIDGE, version).dispose()
    processes = [start_opening(url, "bridge") for _ in range(PROCESSES)]
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    assert describe(open_database(url, BRIDGE)) == today


@pytest.mark.parametrize(
    ("version", "step"),
    [
        (None, "tables-created:1"),
        (None, "tables-created:2"),
        (None, "version-written"),
        ("bridge_1", "version-applied:1"),
        ("bridge_1", "version-applied:2"),
    ],
)
def test_open_database__killed_in_the_middle__the_next_start_completes_it(
    version: str | None, step: str, url: str, today: object
) -> None:
    if version is not None:
        with transaction(leave_unversioned(url, BRIDGE, version)) as connection:
            connection.execute(insert(intent).values(ROW))
    killed = start_opening(url, "bridge", step)
    killed.join()
    assert killed.exitcode == -signal.SIGKILL
    engine = open_database(url, BRIDGE)
    assert describe(engine) == today
    assert intents(engine) == ([] if version is None else [7])


def test_open_database__of_today__needs_no_scripts(url: str, tmp_path: Path) -> None:
    open_database(url, BRIDGE).dispose()
    empty = tmp_path / "empty"
    shutil.copytree(BRIDGE.scripts, empty, ignore=lambda _, names: names)
    without = type(BRIDGE)(BRIDGE.name, BRIDGE.tables, empty, BRIDGE.head)
    assert intents(open_database(url, without)) == []
