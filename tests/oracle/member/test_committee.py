"""Seven processes on one chain: killed, stopped, cut off, restored, two of them lying."""

import json
import os
import re
import signal
import time

import pytest

from oracle.member.config import MemberConfig
from oracle.protocol.machine.promises import Promise
from oracle.protocol.report.input_set import require_whole
from oracle.protocol_store.input_store import InputStore
from oracle.protocol_store.promise_journal import PromiseJournal
from oracle.simulation.strategies import STRATEGIES
from tests.support.cli import run
from tests.support.committee import GRID_S, committee
from tests.support.member_liars import COALITION, STRATEGY, lie
from tests.support.nodes import until
from tests.support.partition import member_network

pytestmark = pytest.mark.deep

HONEST = (0, 1, 2, 3, 4)
LIARS = (5, 6)


@pytest.fixture(autouse=True)
def _own_tips(tmp_path, monkeypatch):
    monkeypatch.setenv("PARGRADE_RUNTIME_DIR", str(tmp_path / "tips"))


@pytest.fixture
def seven(tmp_path):
    with committee(tmp_path) as found:
        yield found


def store_of(seven, number):
    return InputStore(MemberConfig.read_file(seven.paths[number]).data)


def require_consistent(seven, honest, slots=None):
    """Every round follows from inputs that honest nodes keep, and no honest key signed two."""
    roots = seven.roots()
    checked = 0
    digests = {}
    for number in honest:
        store = store_of(seven, number)
        journal = PromiseJournal(MemberConfig.read_file(seven.paths[number]).data)
        for _, event in seven.rounds():
            if slots is not None and event.slot not in slots:
                continue
            found = store.input_set(roots[event.slot], event.slot)
            if found is None:
                continue
            stored = store.committee(1)
            require_whole(found, stored.committee, stored.verifier)
            checked += 1
            signed = journal.digest(Promise.REPORT, event.slot)
            if signed is not None:
                digests.setdefault(event.slot, set()).add(signed)
        journal.close()
        store.close()
    assert checked
    assert all(len(found) == 1 for found in digests.values())
    return checked


def values_of(rounds):
    return {event.value for _, event in rounds}


def test_seven__all_well__land_one_report_a_slot_that_all_keep(seven):
    seven.start()
    rounds = seven.await_rounds(4)
    assert len({event.slot for _, event in rounds}) == 4
    assert len(values_of(rounds)) == 1
    assert require_consistent(seven, range(7)) >= 4 * 5


def test_seven__two_killed_and_one_stopped_for_a_while__go_on_and_take_them_back(seven):
    seven.start()
    before = seven.await_rounds(1)
    killed = [seven.pid(number) for number in (0, 1)]
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    during = seven.await_rounds(2, 240)
    stopped = seven.pid(2)
    os.kill(stopped, signal.SIGSTOP)
    seven.start(0, 1)
    time.sleep(2 * GRID_S)
    os.kill(stopped, signal.SIGCONT)
    after = seven.await_rounds(2, 240)
    assert values_of(before) == values_of(during) == values_of(after)
    require_consistent(seven, range(7))


def test_member__restored_from_an_older_copy__promises_nothing_for_the_slot_in_progress(seven):
    seven.start()
    seven.await_rounds(1)
    config = seven.paths[3]
    backup = seven.folder / "member.backup"
    assert run("oracle", "member", "backup", str(config), str(backup)).code == 0
    seven.await_rounds(1)
    os.kill(seven.pid(3), signal.SIGKILL)
    data = MemberConfig.read_file(config).data
    last = seven.chain.head().timestamp
    refused = run("oracle", "member", "restore", str(config), str(backup))
    assert "there is a journal already" in refused.error
    # The killed process may hold its lock a moment longer.
    again = ("oracle", "member", "restore", str(config), str(backup), "--replace")
    until(lambda: run(*again).code == 0, "a restore", 60)
    seven.start(3)
    seven.await_rounds(3, 240)
    journal = PromiseJournal(data)
    promised = [
        slot
        for slot in range(last - last % GRID_S, last + 200, GRID_S)
        if journal.digest(Promise.BATCH, slot)
    ]
    journal.close()
    assert promised
    assert min(promised) > last
    require_consistent(seven, range(7))


@pytest.fixture(scope="module")
def five_of_seven(tmp_path_factory):
    """The honest members of seven, running; each test starts the other two."""
    folder = tmp_path_factory.mktemp("five")
    with pytest.MonkeyPatch.context() as patch, committee(folder) as found:
        patch.setenv("PARGRADE_RUNTIME_DIR", str(folder / "tips"))
        found.start(*HONEST)
        yield found


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_seven__while_two_hold_back_and_split__go_on_with_what_the_honest_saw(
    five_of_seven, strategy, monkeypatch
):
    seven = five_of_seven
    monkeypatch.setenv(COALITION, json.dumps(LIARS))
    monkeypatch.setenv(STRATEGY, strategy)
    liars = seven.start(*LIARS, prepare=lie)
    rounds = seven.await_rounds(3, 400)
    liars.stop()
    assert all(event.value < 600_000_000 for _, event in rounds)
    assert len(values_of(seven.rounds())) == 1
    require_consistent(seven, HONEST, {event.slot for _, event in rounds})
    assert not re.search(r"a step broke|Traceback", seven.log)


def test_seven__cut_in_two__the_greater_part_goes_on_and_all_after_it_is_mended(seven):
    with member_network(seven.paths) as lines:
        seven.start()
        seven.await_rounds(1)
        lines.split((0, 1, 2, 3, 4), (5, 6))
        seven.await_rounds(2, 240)
        lines.split((0, 1, 2), (3, 4, 5, 6))
        slot = seven.last_slot
        time.sleep(3 * GRID_S)
        assert seven.last_slot <= slot + GRID_S
        lines.mend()
        seven.await_rounds(2, 240)
        until(lambda: seven.get(6, "/health")[1]["agreed_slot"] > slot, "an agreement", 120)
    require_consistent(seven, range(7))
