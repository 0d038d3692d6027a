"""Killed at any moment, a node never says two things of one slot."""

import os
import random
import shutil
import signal
import threading
from collections import defaultdict
from http.client import HTTPException

import pytest

from oracle.journal.journal import Journal
from oracle.node.config import NodeConfig
from oracle.node.recording import history_of
from pargrade.spot_index.observation import index_domain
from tests.support.cli import run
from tests.support.nodes import GENESIS, nodes, until

pytestmark = pytest.mark.full


def killed_after_commit():
    """The worst moment there is: the observation is on disk, and nobody has heard of it."""
    commit = Journal.record

    def record(*arguments):
        commit(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)

    Journal.record = record


def killed_before_commit():
    Journal.record = lambda *_: os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def fleet(tmp_path):
    # A quorum of one node would bring rounds by itself; three never come together here.
    with nodes(tmp_path, reporters=3, quorum=3) as three:
        yield three


def journaled(config: NodeConfig, slot: int):
    """What is on disk, read as the next process will."""
    journal = Journal(config.data)
    domain = index_domain(config.chain.id, config.chain.spot_index)
    entry = journal.signed(domain.separator(), 1, slot)
    journal.close()
    return entry


def test_node__killed_between_commit_and_answer__says_after_restart_what_it_committed(fleet):
    slot = fleet.chain.head().timestamp // 60 * 60
    child = fleet.start(0, broken=(0,), prepare=killed_after_commit)
    until(lambda: child.code == -signal.SIGKILL, "death", 60)
    committed = journaled(fleet.configs[0], slot)
    assert committed is not None
    # Back with other quotes it would say something else, had it said nothing before.
    fleet.corrupt(0)
    fleet.start(0)
    status, again = fleet.get(0, f"/observation?slot={slot}")
    assert (status, again) == (200, committed.signed.to_json())
    _, fresh = fleet.get(0, f"/observation?slot={slot - 60}")
    assert fresh["observation"]["values"] != again["observation"]["values"]


def test_node__killed_before_commit__has_said_nothing_and_is_free(fleet):
    slot = fleet.chain.head().timestamp // 60 * 60
    child = fleet.start(0, broken=(0,), prepare=killed_before_commit)
    until(lambda: child.code == -signal.SIGKILL, "death", 60)
    assert journaled(fleet.configs[0], slot) is None
    fleet.start(0)
    assert fleet.get(0, f"/observation?slot={slot}")[0] == 200


def test_node__killed_at_random_moments__one_content_for_every_slot(fleet):
    chance = random.Random(20_260_304)
    shipped = fleet.paths[0].read_text()
    fleet.corrupt(0)
    corrupted = fleet.paths[0].read_text()
    for config in (fleet.configs[0], fleet.configs[1]):
        history_of(config.sample)
    text = defaultdict(set)
    served = defaultdict(set)
    for life in range(12):
        head = fleet.chain.advance(GENESIS + 900 + 60 * life).timestamp
        fleet.paths[0].write_text((shipped, corrupted)[life % 2])
        node = fleet.start(0)
        killer = threading.Timer(chance.uniform(0, 0.3), os.kill, (node.pid, signal.SIGKILL))
        killer.start()
        slots = list(range(head - 300, head + 1, 60))
        chance.shuffle(slots)
        for slot in slots * 100:
            try:
                status, body = fleet.raw(0, f"/observation?slot={slot}")
            except (OSError, HTTPException):
                break
            assert status == 200
            text[slot].add(body)
            served[slot].add(life % 2)
        killer.join()
        until(lambda node=node: node.code == -signal.SIGKILL, "death")
    assert {len(bodies) for bodies in text.values()} == {1}
    assert any(len(sources) == 2 for sources in served.values()), "both sources were asked for one"


def test_node__second_process_with_the_journal_or_a_copy__is_refused_by_name(fleet):
    slot = fleet.chain.head().timestamp // 60 * 60
    fleet.start(0)
    _, first = fleet.get(0, f"/observation?slot={slot}")
    holder = fleet.pid(0)
    # An operator copies a configuration, changes port and source, and forgets the data folder.
    fleet.edit(0, f"port = {fleet.configs[0].port}", f"port = {fleet.configs[1].port}")
    fleet.corrupt(0)
    refused = run("oracle", "run", str(fleet.paths[0]))
    assert f"process {holder} uses it or a copy of it" in refused.error
    # Or copies the data folder, too.
    shutil.copytree(fleet.configs[0].data, fleet.folder / "copied")
    fleet.edit(0, 'data = "node-1"', f'data = "{fleet.folder / "copied"}"')
    refused = run("oracle", "run", str(fleet.paths[0]))
    assert f"process {holder} uses it or a copy of it" in refused.error
    assert "one journal serves one process" in refused.hint
    assert journaled(fleet.configs[0], slot).signed.to_json() == first


def test_node__expired_slot_it_signed__is_repeated_and_one_it_did_not_is_gone(fleet):
    slot = fleet.chain.head().timestamp // 60 * 60
    fleet.start(0)
    _, first = fleet.get(0, f"/observation?slot={slot}")
    fleet.chain.advance(slot + 3_600)
    until(lambda: fleet.get(0, "/health")[1]["head"]["timestamp"] >= slot + 3_600, "poll")
    assert fleet.get(0, f"/observation?slot={slot}") == (200, first)
    status, problem = fleet.get(0, f"/observation?slot={slot + 60}")
    assert (status, problem["title"]) == (410, "SlotExpired")
