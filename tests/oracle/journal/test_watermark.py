"""A journal that may lack a signature signs nothing up to the slot in progress; tried for real."""

import json
import os
import shutil
import signal
from dataclasses import replace

import pytest

from oracle.journal.backup import back_up, restore
from oracle.journal.journal import FILE, Journal, create_journal
from oracle.journal.refusals import NoJournal, OtherOwner
from oracle.node.node import Node
from oracle.node.reporter import SlotWithheld
from pargrade.journal.claim import Claim
from pargrade.journal.refusals import JournalInUse
from pargrade.journal.tip_file import FOLDER_VARIABLE
from pargrade.spot_index.observation import sign
from tests.support.cli import run
from tests.support.nodes import GENESIS, HOUR, REPORTERS, nodes, until
from tests.support.peer import nobody, peer, says


@pytest.fixture
def alone(tmp_path):
    with nodes(tmp_path, reporters=1, quorum=1) as first:
        yield first


def observe(config, slot):
    """What a node that is started, asked once and ended gives for a slot."""
    node = Node.open(config)
    try:
        return node.reporter.observe(slot, node.chain_state_reader.read()).signed
    finally:
        node.close()


def test_start__the_journal_it_left__signs_the_slot_in_progress(alone):
    config = alone.configs[0]
    first = observe(config, GENESIS)
    assert observe(config, GENESIS) == first
    assert observe(config, GENESIS - 60).observation.slot == GENESIS - 60


def older_copy(alone, config):
    """The journal from before the slot was signed, put back by hand."""
    saved = alone.folder / "saved.sqlite"
    back_up(config.data, saved)
    bare = alone.folder / "bare.sqlite"
    shutil.copy(config.data / FILE, bare)
    return bare, saved


@pytest.mark.parametrize("way", ["by hand", "backup by hand", "restore"])
def test_start__an_older_copy_of_the_journal__signs_only_after_the_slot_in_progress(alone, way):
    config = alone.configs[0]
    bare, saved = older_copy(alone, config)
    first = observe(config, GENESIS)
    if way == "restore":
        restore(saved, config.data, config.owner, replace=True)
    else:
        (config.data / f"{FILE}-wal").unlink(missing_ok=True)
        shutil.copy(bare if way == "by hand" else saved, config.data / FILE)
    alone.corrupt(0)
    corrupted = alone.configs[0]
    with pytest.raises(SlotWithheld, match=f"slot {GENESIS} is not after {GENESIS}"):
        observe(corrupted, GENESIS)
    alone.chain.advance(GENESIS + 60)
    later = observe(corrupted, GENESIS + 60)
    assert later.observation.values != first.observation.values


def test_start__after_the_machine_restarted__waits_for_the_next_slot_once(
    alone, tmp_path, monkeypatch
):
    config = alone.configs[0]
    first = observe(config, GENESIS)
    # A machine that restarts keeps no tip.
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "emptied"))
    assert observe(config, GENESIS) == first
    with pytest.raises(SlotWithheld):
        observe(config, GENESIS - 60)
    alone.chain.advance(GENESIS + HOUR)
    assert observe(config, GENESIS + HOUR - 60).observation.slot == GENESIS + HOUR - 60


def test_start__a_peer_has_a_later_signature__signs_only_after_it(alone, caplog):
    config = alone.configs[0]
    node = Node.open(config)
    domain = node.chain_state_reader.domain
    first = node.reporter.observe(GENESIS, node.chain_state_reader.read()).signed.observation
    node.close()
    # Signed through an endpoint that was ahead of the one there is now.
    ahead = sign(replace(first, slot=GENESIS + 180), domain, REPORTERS[0])
    stranger = sign(replace(first, slot=GENESIS + 240), domain, REPORTERS[1])
    forged = {**ahead.to_json(), "observation": replace(first, slot=GENESIS + 300).to_json()}
    body = {"observations": [ahead.to_json(), stranger.to_json(), forged, 7]}
    saved = alone.folder / "saved.sqlite"
    back_up(config.data, saved)
    restore(saved, config.data, config.owner, replace=True)
    with peer(says(json.dumps(body).encode())) as url:
        node = Node.open(replace(config, peers=(url, nobody())))
    try:
        alone.chain.advance(GENESIS + 240)
        chain_state = node.chain_state_reader.read()
        for slot in (GENESIS + 60, GENESIS + 180):
            with pytest.raises(SlotWithheld, match=f"not after {GENESIS + 180}"):
                node.reporter.observe(slot, chain_state)
        assert node.reporter.observe(GENESIS + 240, chain_state).signed.observation.slot
    finally:
        node.close()
    assert f"peers hold (slot {GENESIS + 180})" in caplog.text
    assert "peers did not say" in caplog.text


def test_start__one_endpoint_lags__the_newest_head_counts(alone, tmp_path):
    with nodes(tmp_path / "ahead", 1, 1, genesis=GENESIS + 600) as ahead:
        config = alone.configs[0]
        (config.data / FILE).unlink()
        floor = json.loads(
            run("oracle", "new-journal", str(alone.paths[0]), "--dry-run", "--json").out
        )["floor"]
        assert floor == GENESIS
        alone.edit(0, f'["{alone.devnet.url}"]', json.dumps([alone.devnet.url, ahead.devnet.url]))
        made = run("oracle", "new-journal", str(alone.paths[0]), "--json").json
        assert made["floor"] == GENESIS + 600


def test_run__without_a_journal__refuses_and_names_what_makes_one(alone):
    journal = alone.configs[0].data / FILE
    journal.unlink()
    refused = run("oracle", "run", str(alone.paths[0]))
    assert "there is none" in refused.error
    assert "pargrade oracle new-journal" in refused.hint
    assert not journal.exists()
    with pytest.raises(NoJournal):
        Node.open(alone.configs[0])


def test_new_journal__on_purpose__signs_after_the_slot_in_progress(alone):
    journal = alone.configs[0].data / FILE
    journal.unlink()
    dry = run("oracle", "new-journal", str(alone.paths[0]), "--dry-run").out
    assert dry.startswith(f"would create {journal}")
    assert not journal.exists()
    made = run("oracle", "new-journal", str(alone.paths[0]), "--json").json
    assert (made["floor"], made["reporter"]) == (GENESIS, REPORTERS[0].address)
    again = run("oracle", "new-journal", str(alone.paths[0]))
    assert "there is one already" in again.error
    with pytest.raises(SlotWithheld):
        observe(alone.configs[0], GENESIS)
    alone.chain.advance(GENESIS + 60)
    assert observe(alone.configs[0], GENESIS + 60)


def test_start__on_the_journal_of_another_key_chain_or_index__is_refused(alone, tmp_path):
    config = alone.configs[0]
    for other in (
        replace(config.owner, reporter=REPORTERS[1].address),
        replace(config.owner, chain_id=1),
        replace(config.owner, spot_index=REPORTERS[2].address),
    ):
        folder = tmp_path / f"{other.reporter}-{other.chain_id}-{other.spot_index}"
        create_journal(folder, other, floor=0)
        with pytest.raises(OtherOwner, match=f"it is of {other.reporter}") as refused:
            Node.open(replace(config, data=folder))
        assert config.owner.describe() in str(refused.value)


@pytest.mark.full
def test_claim__of_a_process_that_was_killed__is_free_and_complete(alone):
    config = alone.configs[0]
    running = alone.start(0)
    assert alone.get(0, f"/observation?slot={GENESIS}")[0] == 200
    with pytest.raises(JournalInUse, match=str(running.pid)):
        Claim.take(Journal(config.data), config.owner)
    os.kill(running.pid, signal.SIGKILL)
    until(lambda: running.code == -signal.SIGKILL, "death")
    journal = Journal(config.data)
    claim = Claim.take(journal, config.owner)
    assert claim.is_complete
    assert journal.mark().entries >= 1
    claim.close()
    journal.close()


def test_api__slot_that_is_withheld__is_410_and_says_which_later_one(alone):
    config = alone.configs[0]
    back_up(config.data, alone.folder / "saved.sqlite")
    restore(alone.folder / "saved.sqlite", config.data, config.owner, replace=True)
    alone.start(0)
    status, problem = alone.get(0, f"/observation?slot={GENESIS}")
    assert (status, problem["title"]) == (410, "SlotWithheld")
    assert problem["hint"] == "Ask for a later slot."
    alone.round(GENESIS + 60)
