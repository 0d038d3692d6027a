"""Five nodes as five processes bring rounds to a chain, whatever befalls a minority of them."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from oracle.consensus.transmission_schedule import places_before
from pargrade.chain.block import Tag
from tests.support.moving_quotes import MovingQuotes
from tests.support.nodes import GENESIS, HOUR, Nodes, nodes, until

pytestmark = pytest.mark.full


@pytest.fixture
def fleet(tmp_path):
    with nodes(tmp_path) as five:
        yield five


def values_of(fleet: Nodes, slot: int, numbers) -> list[int]:
    """What each node signed for a slot."""
    answers = [fleet.get(number, f"/observation?slot={slot}") for number in numbers]
    assert [status for status, _ in answers] == [200] * len(answers)
    return [int(body["observation"]["values"][0]) for _, body in answers]


def leader_after(fleet: Nodes) -> int:
    """Which node's turn comes next."""
    last = fleet.last_slot
    return next(number for number in range(5) if places_before(last, number, 5) == 0)


def test_five_processes__a_day_of_slots__every_slot_gets_the_median_of_all(fleet):
    fleet.start()
    assert len({fleet.pid(number) for number in range(5)}) == 5
    for hour in range(24):
        slot = GENESIS + HOUR * hour
        recorded = fleet.round(slot)
        observed = values_of(fleet, slot, range(5))
        assert recorded.signers.bit_count() >= 4
        signed = sorted(value for n, value in enumerate(observed) if recorded.signers >> n & 1)
        assert recorded.value == signed[(len(signed) - 1) // 2]
    assert fleet.index.status(0, block=Tag.LATEST).state.name == "LIVE"
    assert len(set(values_of(fleet, slot, range(5)))) > 1, "panels differ, so nodes do"


def test_five_processes__two_frozen__the_other_three_are_a_quorum(fleet):
    fleet.start()
    fleet.round(GENESIS)
    frozen = [fleet.pid(number) for number in (1, 3)]
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        for hour in range(1, 7):
            assert fleet.round(GENESIS + HOUR * hour).signers == 0b10101
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    # Back again, they are asked again.
    until(lambda: fleet.answers(1) and fleet.answers(3), "answer of the thawed")
    fleet.round(GENESIS + HOUR * 7)
    assert fleet.round(GENESIS + HOUR * 8).signers == 0b11111


def test_five_processes__one_reads_corrupted_quotes__rounds_stay_within_the_honest(fleet):
    fleet.corrupt(4)
    fleet.start()
    for hour in range(6):
        slot = GENESIS + HOUR * hour
        recorded = fleet.round(slot)
        *honest, corrupted = values_of(fleet, slot, range(5))
        assert corrupted > 1.3 * max(honest)
        assert min(honest) <= recorded.value <= max(honest)
    # That its value is not the others' is no move of it, so it asks for no round in between.
    fleet.chain.advance(slot + 600)
    assert fleet.round(slot + HOUR).slot == slot + HOUR
    assert "the others see no such move" not in fleet.log


def test_five_processes__one_alone_sees_a_move__asks_the_others_in_vain(tmp_path, fleet):
    quotes = MovingQuotes(tmp_path / "quotes.csv")
    fleet.edit(1, 'sample = "shipped"', f'sample = "{quotes.path}"')
    fleet.start()
    fleet.round(GENESIS)
    fleet.chain.advance(GENESIS + 600)
    quotes.move(GENESIS + 600)
    until(lambda: "the others see no such move" in fleet.log, "vain attempt")
    assert fleet.last_slot == GENESIS
    assert fleet.round(GENESIS + HOUR).slot == GENESIS + HOUR


def test_first_round__with_a_plain_quorum__waits_for_the_wide_one(fleet):
    fleet.start(0, 1, 2)
    until(lambda: "TooFast(index=0, last=0" in fleet.log, "refusal", 30)
    assert fleet.last_slot == 0
    fleet.start(4)
    assert fleet.landed(GENESIS).signers == 0b10111


def test_five_processes__the_leader_killed__the_next_one_takes_over(fleet):
    fleet.start()
    fleet.round(GENESIS)
    dead = leader_after(fleet)
    os.kill(fleet.pid(dead), signal.SIGKILL)
    assert not fleet.round(GENESIS + HOUR).signers >> dead & 1
    # Started again, it continues with the same journal.
    fleet.start(dead)
    fleet.round(GENESIS + 2 * HOUR)
    assert fleet.round(GENESIS + 3 * HOUR).signers == 0b11111


def test_fleet__the_recording_grows__its_nodes_read_it_again(tmp_path, fleet):
    quotes = MovingQuotes(tmp_path / "quotes.csv")
    for number in range(5):
        fleet.edit(number, 'sample = "shipped"', f'sample = "{quotes.path}"')
    fleet.start()
    before = fleet.round(GENESIS).value
    quotes.move(GENESIS + HOUR)
    assert 1 < fleet.round(GENESIS + HOUR).value / before < 1.02


def test_fleet__told_to_end__ends_within_two_seconds_and_leaves_nobody_behind(fleet):
    child = fleet.start()
    fleet.round(GENESIS)
    processes = [psutil.Process(fleet.pid(number)) for number in range(5)]
    began = time.monotonic()
    child.stop()
    assert time.monotonic() - began < 2
    assert not any(process.is_running() for process in processes)
    assert "ERROR" not in fleet.log
    assert "Traceback" not in fleet.log


def test_fleet__its_parent_alone_interrupted__ends_its_nodes_too(fleet, tmp_path):
    # As from a shell: a forked command has imported libraries before it has handlers of signals.
    command = [sys.executable, "-m", "pargrade.cli", "oracle", "run", *map(str, fleet.paths)]
    with (tmp_path / "interrupted.log").open("w") as log:
        parent = subprocess.Popen(
            command,
            stderr=log,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
    try:
        until(lambda: all(map(fleet.answers, range(5))), "five answers", 60)
        processes = [psutil.Process(fleet.pid(number)) for number in range(5)]
        parent.send_signal(signal.SIGINT)
        assert parent.wait(timeout=15) == 130
        assert not any(process.is_running() for process in processes)
    finally:
        parent.kill()
        parent.wait()


def test_fleet__its_parent_killed__nobody_is_left_behind(fleet):
    fleet.start()
    processes = [psutil.Process(fleet.pid(number)) for number in range(5)]
    parent = processes[0].parent()
    assert parent.pid != os.getpid()
    parent.kill()
    _, alive = psutil.wait_procs(processes, timeout=5)
    assert not alive


def test_fleet__one_node_cannot_start__it_says_why_and_the_others_go_on(fleet):
    fleet.edit(2, 'sample = "shipped"', 'sample = "nowhere.csv.gz"')
    fleet.start(broken=(2,))
    assert fleet.round(GENESIS).signers & 0b100 == 0
    assert fleet.log.count("nowhere.csv.gz is down: No such file or directory") == 1
    assert "node-3 ended (1)" in fleet.log
    assert "Traceback" not in fleet.log


def test_node__standing_still_for_two_seconds__says_that_it_missed_polls(fleet):
    fleet.start(0)
    pid = fleet.pid(0)
    until(lambda: fleet.get(0, "/index")[0] == 200, "first tick")
    for _ in range(5):
        os.kill(pid, signal.SIGSTOP)
        time.sleep(2)
        os.kill(pid, signal.SIGCONT)
        time.sleep(1)
        # A tick under way is late, not missed.
        if fleet.get(0, "/health")[1]["missed_polls"]:
            break
    assert "no poll was made for" in fleet.log
