"""Nodes of an index on a chain of their own, each an operating system process."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final

from oracle.index.method import load_method
from oracle.index.panel import load_panels
from oracle.node.config import NodeConfig
from oracle.node.provision import DEVNET_PACE, Provision, provision
from oracle.node.settings import Pace
from pargrade.bindings.spot_index import RoundRecorded, SpotIndex
from pargrade.bindings.structs import Timing
from pargrade.chain.block import Tag
from pargrade.chain.wallet import Wallet
from pargrade.data.files import SAMPLE
from pargrade.demo.corruption import corrupt
from pargrade.deployment.deployer import deploy
from pargrade.deployment.plan import DEFAULT_TIMING, Plan, Reporters
from pargrade.devnet.anvil import DEVNET_KEYS, DevChain, Devnet, devnet_keys
from pargrade.process.ports import free_ports
from tests.support.forked import Forked, nothing

GENESIS: Final = 1_772_582_400
"""2026-03-04T00:00:00Z: the recording has two days behind it."""
HOUR: Final = 3_600
KEYS: Final = devnet_keys()
REPORTERS: Final = KEYS[5:10]


@dataclass
class Nodes:
    """A chain, an index on it, and the configurations of its reporters' nodes."""

    devnet: Devnet
    index: SpotIndex
    folder: Path
    paths: list[Path]
    _running: ExitStack = field(default_factory=ExitStack)
    _runs: int = 0

    @property
    def chain(self) -> DevChain:
        return self.devnet.chain

    @property
    def configs(self) -> list[NodeConfig]:
        return [NodeConfig.read(path) for path in self.paths]

    @property
    def log(self) -> str:
        """What all of them have said so far."""
        return "".join(path.read_text() for path in sorted(self.folder.glob("run-*.log")))

    def edit(self, number: int, old: str, new: str) -> None:
        """Changes a configuration as an operator would."""
        edit_file(self.paths[number], old, new)

    def corrupt(self, number: int) -> Path:
        """Gives a node a recording whose prices are wrong."""
        copy = self.folder / "corrupted.csv.gz"
        corrupt(SAMPLE, copy)
        self.edit(number, 'sample = "shipped"', f'sample = "{copy}"')
        return copy

    def start(
        self,
        *numbers: int,
        options: tuple[str, ...] = (),
        broken: tuple[int, ...] = (),
        prepare: Callable[[], None] = nothing,
    ) -> Forked:
        """Runs nodes with one command, by default all of them, and waits until they answer, other
        than those that are known to be broken.
        """
        chosen = numbers or tuple(range(len(self.paths)))
        self._runs += 1
        log = self.folder / f"run-{self._runs:02}.log"
        paths = (self.paths[number] for number in chosen)
        running = Forked("oracle", "run", *options, *paths, log=log, prepare=prepare)
        self._running.enter_context(running)
        for number in set(chosen) - set(broken):
            until(lambda number=number: self.answers(number) or not running.alive, "an answer", 60)
            assert running.alive, self.log
        return running

    def answers(self, number: int) -> bool:
        try:
            return self.get(number, "/health")[0] == 200
        except (OSError, HTTPException):
            return False

    def get(self, number: int, path: str, timeout: float = 10) -> tuple[int, Any]:
        """Status and JSON of an answer."""
        status, body = self.raw(number, path, timeout)
        return status, json.loads(body)

    def raw(self, number: int, path: str, timeout: float = 10) -> tuple[int, bytes]:
        config = NodeConfig.read(self.paths[number])
        connection = HTTPConnection(config.host, config.port, timeout=timeout)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def pid(self, number: int) -> int:
        return int(self.get(number, "/health")[1]["pid"])

    def round(self, slot: int, seconds: float = 30) -> RoundRecorded:
        """Lets the slot come and waits for its round."""
        if self.chain.head().timestamp < slot:
            self.chain.advance(slot)
        return self.landed(slot, seconds)

    def landed(self, slot: int, seconds: float = 30) -> RoundRecorded:
        """Waits for the round of a slot."""
        until(lambda: self._recorded(slot), f"round at {slot}; the log:\n{self.log}", seconds)
        return self._recorded(slot)[0]

    def _recorded(self, slot: int) -> list[RoundRecorded]:
        last = self.chain.head().number
        history = self.index.history(RoundRecorded, first=0, last=last)
        return [event for _, event in history if event.slot == slot]

    @property
    def last_slot(self) -> int:
        return self.index.latest(0, block=Tag.LATEST).slot

    def close(self) -> None:
        self._running.close()


@contextmanager
def nodes(
    folder: Path,
    reporters: int = 5,
    quorum: int = 3,
    genesis: int = GENESIS,
    timing: Timing = DEFAULT_TIMING,
    port: int = 0,
    pace: Pace = DEVNET_PACE,
) -> Iterator[Nodes]:
    """A chain with an index, and configurations; ends everything that was started on it."""
    with Devnet(genesis=genesis, port=port or free_ports(1)[0]) as devnet:
        admin = Wallet(devnet.chain, KEYS[0])
        keys = KEYS[5 : 5 + reporters]
        plan = Plan(
            reporters=Reporters(
                tuple(key.address for key in keys), quorum, load_method().method_hash
            ),
            curators=(),
            guardians=(),
            timing=timing,
        )
        deployment = deploy(admin, plan)
        deployment.write(folder / "deployment.json")
        spot_index = deployment.address("SpotIndex")
        provisioned = Provision(
            rpc=(devnet.url,),
            spot_index=spot_index,
            panels=tuple(load_panels().values()),
            known_keys={key.address: text for key, text in zip(KEYS, DEVNET_KEYS, strict=True)},
            pace=pace,
            first_port=0,
            floor=0,
        )
        paths = provision(folder / "nodes", devnet.chain, provisioned)
        found = Nodes(devnet, SpotIndex(devnet.chain, spot_index), folder, paths)
        try:
            yield found
        finally:
            found.close()


def edit_file(path: Path, old: str, new: str) -> None:
    """Puts one text in the place of another that has to be there."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def until(done: Callable[[], object], awaited: str, seconds: float = 20) -> None:
    """Waits in wall time, and fails when it takes too long."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise AssertionError(f"no {awaited} after {seconds:.0f} s")
        time.sleep(0.01)
