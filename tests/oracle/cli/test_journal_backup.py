"""`pargrade oracle backup` and `restore`: whole copies, or one clear error and nothing changed."""

import json
import shutil
import sqlite3

import pytest

from oracle.journal.journal import FILE, Journal
from pargrade.spot_index.observation import index_domain
from tests.support.cli import run
from tests.support.nodes import GENESIS, HOUR, REPORTERS, nodes


@pytest.fixture
def alone(tmp_path):
    with nodes(tmp_path, reporters=1, quorum=1) as first:
        yield first


def signed_at(config, slot):
    journal = Journal(config.data)
    separator = index_domain(config.chain.id, config.chain.spot_index).separator()
    found = journal.signed(separator, 1, slot)
    journal.close()
    return found


@pytest.mark.full
def test_backup__while_the_node_runs__restores_every_signature_and_signs_no_slot_twice(alone):
    config, saved = alone.configs[0], alone.folder / "saved"
    node = alone.start(0)
    alone.round(GENESIS)
    output = run("oracle", "backup", str(alone.paths[0]), str(saved), "--json").json
    assert (output["entries"], output["newest_slot"]) == (1, GENESIS)
    alone.round(GENESIS + HOUR)
    refused = run("oracle", "restore", str(alone.paths[0]), str(saved), "--replace")
    assert f"process {node.pid} uses it" in refused.error
    node.stop()
    later = signed_at(config, GENESIS + HOUR)
    restored = run("oracle", "restore", str(alone.paths[0]), str(saved), "--replace", "--json").json
    assert restored["entries"] == 1
    assert signed_at(config, GENESIS).signed.observation.slot == GENESIS
    assert signed_at(config, GENESIS + HOUR) is None
    alone.corrupt(0)
    alone.start(0)
    status, problem = alone.get(0, f"/observation?slot={GENESIS + HOUR}")
    assert (status, problem["title"]) == (410, "SlotWithheld")
    alone.round(GENESIS + 2 * HOUR)
    # What was there is kept beside it.
    with sqlite3.connect(restored["moved"]) as moved:
        digests = {row[0] for row in moved.execute("SELECT digest FROM signed")}
    assert later.digest in digests


def test_restore__dry__says_what_it_would_do_and_changes_nothing(alone):
    config, saved = alone.configs[0], alone.folder / "saved"
    assert run("oracle", "backup", str(alone.paths[0]), str(saved)).code == 0
    before = (config.data / FILE).read_bytes()
    shown = run("oracle", "restore", str(alone.paths[0]), str(saved), "--replace", "--dry-run").out
    assert shown.startswith("would restore 0 signed observations")
    assert (config.data / FILE).read_bytes() == before


def cut(saved):
    saved.write_bytes(saved.read_bytes()[: saved.stat().st_size // 2])


def scrambled(saved):
    content = bytearray(saved.read_bytes())
    content[4_096:12_288] = bytes(8_192)
    saved.write_bytes(content)


def no_database(saved):
    saved.write_text("no database")


def gone(saved):
    saved.unlink()


def other_tables(saved):
    saved.unlink()
    with sqlite3.connect(saved) as made:
        made.execute("CREATE TABLE t (x)")


def of_another_key(saved):
    with sqlite3.connect(saved) as edited:
        edited.execute(
            "UPDATE setting SET value = ? WHERE name = 'reporter'", (REPORTERS[1].address,)
        )


def of_nobody(saved):
    with sqlite3.connect(saved) as edited:
        edited.execute("DELETE FROM setting")


BAD = [
    (cut, ""),
    (scrambled, ""),
    (no_database, "file is not a database"),
    (gone, "there is no such file"),
    (other_tables, "no such table"),
    (of_another_key, f"it is of {REPORTERS[1].address}"),
    (of_nobody, "it does not say whose journal it is"),
]


@pytest.mark.parametrize(("spoil", "text"), BAD, ids=[spoil.__name__ for spoil, _ in BAD])
def test_restore__a_bad_file__is_one_error_and_nothing_changed(alone, spoil, text):
    config, saved = alone.configs[0], alone.folder / "saved"
    assert run("oracle", "backup", str(alone.paths[0]), str(saved)).code == 0
    spoil(saved)
    before = {path.name: path.read_bytes() for path in config.data.iterdir()}
    refused = run("oracle", "restore", str(alone.paths[0]), str(saved), "--replace")
    assert text in refused.error
    assert str(saved) in refused.error
    after = {path.name: path.read_bytes() for path in config.data.iterdir()}
    for found in (after, before):
        found.pop("journal.lock", None)
    assert after == before


def test_restore__where_a_journal_is__needs_replace(alone):
    saved = alone.folder / "saved"
    assert run("oracle", "backup", str(alone.paths[0]), str(saved)).code == 0
    refused = run("oracle", "restore", str(alone.paths[0]), str(saved))
    assert "there is a journal already" in refused.error
    assert "--replace" in refused.hint


def test_backup__onto_a_file_that_exists__leaves_it_alone(alone):
    saved = alone.folder / "saved"
    saved.write_text("mine")
    assert "it exists" in run("oracle", "backup", str(alone.paths[0]), str(saved)).error
    assert saved.read_text() == "mine"


def test_restore__into_a_folder_that_is_gone__makes_it(alone):
    config, saved = alone.configs[0], alone.folder / "saved"
    assert run("oracle", "backup", str(alone.paths[0]), str(saved)).code == 0
    key = config.key.file.read_text()
    shutil.rmtree(config.data)
    made = run("oracle", "restore", str(alone.paths[0]), str(saved), "--json")
    assert json.loads(made.out)["moved"] is None
    assert (config.data / FILE).is_file()
    assert key not in made.out
