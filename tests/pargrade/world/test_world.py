"""A world as a person has it: started, looked at, killed, gone on with, ended."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil
import pytest

from pargrade.bindings.spot_index_v2 import EquivocationProven, RoundRecorded, SpotIndexV2
from pargrade.chain.block import Tag
from pargrade.chain.rpc import Chain
from pargrade.deployment.file import Deployment
from pargrade.devnet.accounts import REPORTERS
from pargrade.world.place import owner_of

pytestmark = pytest.mark.full

PARGRADE = (sys.executable, "-m", "pargrade.cli")
HEARTBEAT = 3_600
MINUTE = 60


@dataclass(frozen=True)
class Folder:
    """Where a world of these tests is kept."""

    path: Path

    @property
    def world(self) -> Path:
        return self.path / "world"

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*PARGRADE, *words],
            capture_output=True,
            text=True,
            timeout=120,
            cwd=self.path,
            env={key: text for key, text in os.environ.items() if key != "PARGRADE_KEY"},
            check=False,
        )

    def status(self) -> Any:
        found = self.run("status", "--json")
        assert found.returncode == 0, found.stderr
        return json.loads(found.stdout)

    @contextmanager
    def up(self, speed: int) -> Iterator[tuple[subprocess.Popen[str], Any]]:
        """`pargrade up`, and its document when it was up; killed at the end if it still runs."""
        free = ("--port", "0", "--first-port", "0", "--relay-port", "0")
        words = ("up", "--speed", str(speed), *free, "--json")
        with (self.path / "up.err").open("a") as errors:
            process = subprocess.Popen(
                [*PARGRADE, *words],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=self.path,
                # A shell's background jobs ignore SIGINT; a person's terminal does not.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
            )
        assert process.stdout is not None
        try:
            yield process, self._read_document(process.stdout)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    def _read_document(self, stream: IO[str]) -> Any:
        text = ""
        for line in iter(stream.readline, ""):
            text += line
            if line == "}\n":
                return json.loads(text)
        raise AssertionError((self.path / "up.err").read_text())


def family_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def rounds_of(document: Any) -> tuple[SpotIndexV2, list[RoundRecorded]]:
    """The index of a world, and every round it has recorded."""
    chain = Chain.connect(document["rpc_url"])
    deployment = Deployment.read(Path(document["deployment"]))
    index = SpotIndexV2(chain, deployment.address("SpotIndex"))
    head = chain.head().number
    found = index.history(RoundRecorded, first=deployment.block, last=head)
    return index, [event for _, event in found]


@dataclass(frozen=True)
class Lives:
    """What was seen of one world in its two lives: ended by Ctrl-C, then by `down`."""

    first: Any
    tried: list[subprocess.CompletedProcess[str]]
    refused: subprocess.CompletedProcess[str]
    left: list[psutil.Process]
    code: int
    between: subprocess.CompletedProcess[str]
    again: Any
    rounds: list[RoundRecorded]
    accusations: int
    jailed: list[bool]
    down: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Lives:
    folder = Folder(tmp_path_factory.mktemp("world"))
    with folder.up(speed=MINUTE) as (process, first):
        tried = [folder.run(*shlex.split(command)[1:]) for command in first["try"]]
        refused = folder.run("up", "--port", "0")
        family = family_of(process)
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=90)
        _, left = psutil.wait_procs(family, timeout=10)
    between = folder.run("status")
    with folder.up(speed=2 * MINUTE) as (process, again):
        chain = Chain.connect(again["rpc_url"])
        last = again["indices"][0]["slot"]
        index = SpotIndexV2(chain, again["addresses"]["SpotIndex"])
        deadline = time.monotonic() + 300
        while index.latest(0, block=Tag.LATEST).slot < last + HEARTBEAT:
            assert time.monotonic() < deadline
            time.sleep(0.5)
        index, rounds = rounds_of(again)
        head = chain.head().number
        accusations = len(list(index.history(EquivocationProven, first=0, last=head)))
        jailed = [index.is_jailed(each.address, block=Tag.LATEST) for each in REPORTERS]
        down = folder.run("down", "--json")
        process.wait(timeout=90)
    return Lives(
        *(first, tried, refused, left, code, between, again, rounds, accusations, jailed, down)
    )


def test_up__new_world__has_a_value_reporters_and_series_of_three_months(lives):
    document = lives.first
    assert document["indices"][0]["state"] == "live"
    assert [node["ok"] for node in document["nodes"]] == 5 * [True]
    assert len(document["series"]) == 6
    assert document["speed"] == MINUTE


def test_up__recorded_quotes__are_called_replayed_by_chain_and_nodes(lives):
    assert lives.first["indices"][0]["replayed"]
    assert all(node["replayed"] for node in lives.first["nodes"])


def test_up__commands_it_suggests__all_work_as_they_are_printed(lives):
    assert len(lives.tried) == 4
    assert [done.returncode for done in lives.tried] == 4 * [0], [
        done.stderr for done in lives.tried
    ]
    assert "became" in lives.tried[0].stdout
    assert "Opened 7,300 lots" in lives.tried[1].stdout
    assert "REPLAYED" in lives.tried[2].stdout
    assert "lots bid" in lives.tried[3].stdout
    assert lives.tried[3].stdout.count("7,300") >= 6


def test_up__second_one_on_the_folder__is_refused(lives):
    assert lives.refused.returncode == 1
    assert "is up already" in lives.refused.stderr


def test_up__interrupted__ends_with_all_its_processes(lives):
    assert lives.code == 130
    assert lives.left == []


def test_status__world_that_is_down__is_one_error(lives):
    assert lives.between.returncode == 1
    assert lives.between.stderr.startswith("error: no world is up in world")


def test_up__again__goes_on_with_the_same_contracts_series_and_rounds(lives):
    first, again = lives.first, lives.again
    for same in ("rpc_url", "addresses", "deployment"):
        assert again[same] == first[same]
    assert set(first["series"]) <= set(again["series"])
    assert again["block"] > first["block"]
    assert again["time"] > first["time"]
    assert first["indices"][0]["slot"] in {event.slot for event in lives.rounds}


def test_up__over_both_lives__slots_ascend_and_nobody_signed_two_contents(lives):
    slots = [event.slot for event in lives.rounds if event.index == 0]
    assert slots == sorted(set(slots))
    assert lives.accusations == 0
    assert lives.jailed == 5 * [False]


def test_down__world_that_is_up__waits_until_it_has_ended(lives):
    assert lives.down.returncode == 0
    assert json.loads(lives.down.stdout)["process"] > 0


def test_down__nothing_there__is_one_error(tmp_path):
    ended = Folder(tmp_path).run("down")
    assert ended.returncode == 1
    assert "hint: Start it with `pargrade up world`." in ended.stderr


def test_up__killed__ends_every_process_and_the_next_one_goes_on(tmp_path):
    folder = Folder(tmp_path)
    with folder.up(speed=MINUTE) as (process, first):
        family = family_of(process)
        process.send_signal(signal.SIGKILL)
        _, left = psutil.wait_procs(family, timeout=30)
    assert left == []
    assert owner_of(folder.world) is None
    with folder.up(speed=MINUTE) as (_, again):
        assert again["block"] >= first["block"]
        assert set(first["series"]) <= set(again["series"])


def test_record__not_json__is_one_error_and_nothing_is_started(tmp_path):
    folder = Folder(tmp_path)
    folder.world.mkdir()
    (folder.world / "world.json").write_text("{")
    refused = folder.run("up", "--port", "0")
    assert refused.returncode == 1
    assert "is no record of a world" in refused.stderr
    assert not list(folder.world.glob("*.log"))
