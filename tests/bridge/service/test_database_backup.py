"""`pargrade bridge backup` and `restore`: whole copies, or one clear error and nothing changed."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.support.command import document, start
from tests.support.command import run as run_process
from tests.support.market import DAY, MIDNIGHT, PRICE, Market

pytestmark = pytest.mark.full


@pytest.fixture
def where(market: Market, tmp_path):
    number = market.list_series("A1GH", name="NET-A1GH")
    market.spread(number, 3)
    market.cover(MIDNIGHT + DAY, MIDNIGHT + 2 * DAY, PRICE * 21 // 20)
    deployment = market.write(tmp_path / "31337.json")
    database = tmp_path / "bridge.sqlite"
    return (
        *("--rpc-url", market.net.url, "--deployment", str(deployment)),
        *("--database", f"sqlite:///{database}"),
    )


def run(*words: str):
    """A process of its own: a connection that this one keeps would count as a bridge's."""
    return run_process("bridge", *words)


def refusal(*words: str) -> str:
    done = run(*words)
    assert done.returncode == 1, done
    assert done.stderr.startswith("error: ")
    return done.stderr


def rows(database: Path) -> list[str]:
    with sqlite3.connect(database) as connection:
        return list(connection.iterdump())


def test_backup__while_the_bridge_runs__restores_to_a_ledger_that_reconciles(where, tmp_path):
    saved = tmp_path / "saved"
    running = start("bridge", "run", *where, "--interval", "0.5", "--json")
    try:
        assert json.loads(running.stdout.readline())["outcomes"]
        made = document(run("backup", str(saved), *where, "--json"))
        assert made["entries"] > 0
        assert "a bridge has it open" in refusal("restore", str(saved), *where, "--replace")
    finally:
        running.terminate()
        running.communicate(timeout=60)
    before = document(run("reconcile", *where, "--json"))
    done = document(run("restore", str(saved), *where, "--replace", "--json"))
    with sqlite3.connect(done["moved"]) as moved:
        assert moved.execute("SELECT count(*) FROM entry").fetchone()[0] >= made["entries"]
    after = document(run("reconcile", *where, "--replay", "--json"))
    assert after["ledger"] == before["ledger"]
    # Nothing is paid twice: what was sent is seen by what it did.
    assert document(run("once", *where, "--json"))["outcomes"] == []


def no_database(saved):
    saved.write_text("no database")


def another_deployment(saved):
    with sqlite3.connect(saved) as edited:
        edited.execute("UPDATE origin SET chain_id = 1")


def a_journal(saved):
    saved.unlink()
    with sqlite3.connect(saved) as made:
        made.execute("CREATE TABLE signed (x)")


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (no_database, "file is not a database"),
        (another_deployment, "on chain 1, not"),
        (a_journal, "it is no database of the bridge"),
    ],
)
def test_restore__a_bad_file__is_one_error_and_nothing_changed(where, tmp_path, spoil, text):
    saved, database = tmp_path / "saved", tmp_path / "bridge.sqlite"
    assert run("status", *where).returncode == 0
    assert run("backup", str(saved), *where).returncode == 0
    spoil(saved)
    before = rows(database)
    assert text in refusal("restore", str(saved), *where, "--replace")
    assert rows(database) == before


def test_backup__of_postgresql__names_its_own_tools(where, tmp_path):
    words = [*where[:-1], "postgresql://nobody:secret@127.0.0.1/bridge"]
    refused = refusal("backup", str(tmp_path / "saved"), *words)
    assert "pg_dump" in refused
    assert "secret" not in refused
