"""A committee of processes on a chain of their own, with a block a second."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final

from oracle.index.method import load_method
from oracle.member.config import MemberConfig
from oracle.member.provision import MemberPlan, provision
from oracle.member.settings import ClockKind, MemberPace
from oracle.protocol.committee.bounds import most_liars
from pargrade.bindings.spot_index_v2 import ReportRecorded, RoundRecorded, SpotIndexV2
from pargrade.bindings.structs import Timing
from pargrade.chain.block import Tag
from pargrade.chain.wallet import Wallet
from pargrade.deployment.deployer import deploy
from pargrade.deployment.plan import Plan, Reporters
from pargrade.devnet.anvil import DEVNET_KEYS, DevChain, Devnet, devnet_keys
from pargrade.process.ports import free_ports
from pargrade.spot_index.quorum import IndexVersion
from tests.support.forked import Forked, nothing
from tests.support.members import BEGIN
from tests.support.nodes import edit_file, until

GRID_S: Final = 10
TIMING: Final = Timing(
    grid=GRID_S,
    heartbeat=GRID_S,
    grace=60,
    max_age=3 * GRID_S,
    min_interval=GRID_S,
    deviation_bps=300,
    band_bps=2_000,
)
PACE: Final = MemberPace(poll_ms=200, clock=ClockKind.CHAIN, rpc_timeout_ms=10_000)


@dataclass
class Committee:
    """A chain, the second index on it, and the configurations of its members."""

    devnet: Devnet
    index: SpotIndexV2
    folder: Path
    paths: list[Path]
    running: ExitStack = field(default_factory=ExitStack)
    runs: int = 0

    @property
    def chain(self) -> DevChain:
        return self.devnet.chain

    @property
    def log(self) -> str:
        """What all have said so far."""
        return "".join(path.read_text() for path in sorted(self.folder.glob("run-*.log")))

    def edit(self, number: int, old: str, new: str) -> None:
        """Changes a configuration as an operator would."""
        edit_file(self.paths[number], old, new)

    def start(self, *numbers: int, prepare: Callable[[], None] = nothing) -> Forked:
        """Runs nodes with one command, by default all of them, until they take part."""
        chosen = numbers or tuple(range(len(self.paths)))
        self.runs += 1
        log = self.folder / f"run-{self.runs:02}.log"
        paths = (self.paths[number] for number in chosen)
        running = Forked("oracle", "member", "run", *paths, log=log, prepare=prepare)
        self.running.enter_context(running)
        for number in chosen:
            seated = lambda number=number: self.is_seated(number) or not running.alive  # noqa: E731
            until(seated, f"a seat of {number}; the log:\n{self.log}", 90)
            assert running.alive, self.log
        return running

    def is_seated(self, number: int) -> bool:
        try:
            return self.get(number, "/health")[1].get("agreed_slot", 0) != 0
        except (OSError, HTTPException, ValueError):
            return False

    def get(self, number: int, path: str) -> tuple[int, Any]:
        """Status and JSON of an answer."""
        config = MemberConfig.read_file(self.paths[number])
        connection = HTTPConnection(config.host, config.port, timeout=20)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def pid(self, number: int) -> int:
        return int(self.get(number, "/health")[1]["pid"])

    def rounds(self) -> list[tuple[int, RoundRecorded]]:
        """Block and event of every round, in order."""
        last = self.chain.head().number
        found = self.index.history(RoundRecorded, first=0, last=last)
        return [(log.block_number, event) for log, event in found]

    def roots(self) -> dict[int, bytes]:
        """Input root by slot."""
        found, root = {}, b""
        last = self.chain.head().number
        for _, event in self.index.history(ReportRecorded, RoundRecorded, first=0, last=last):
            if isinstance(event, ReportRecorded):
                root = event.input_root
            elif isinstance(event, RoundRecorded):
                found[event.slot] = root
        return found

    def await_rounds(self, count: int, seconds: float = 120) -> list[tuple[int, RoundRecorded]]:
        """So many further rounds."""
        before = len(self.rounds())
        until(
            lambda: len(self.rounds()) >= before + count,
            f"{count} rounds; the log:\n{self.log[-6_000:]}",
            seconds,
        )
        return self.rounds()[before:]

    @property
    def last_slot(self) -> int:
        return self.index.last_slot(block=Tag.LATEST)

    def close(self) -> None:
        self.running.close()


@contextmanager
def committee(
    folder: Path,
    count: int = 7,
    timing: Timing = TIMING,
    method_hash: bytes | None = None,
    *,
    replayed: bool = True,
    by_the_second: bool = True,
) -> Iterator[Committee]:
    """A chain with an index of the second version; ends everything that was started on it.

    Without a method hash it has the method in use. Where it has no block a second, its time stands
    still until it is moved, and transactions are mined at once.
    """
    with Devnet(genesis=BEGIN - 120, port=free_ports(1)[0]) as devnet:
        keys = devnet_keys()[2 : 2 + count]
        signatures = count - most_liars(count)
        reporters = Reporters(
            tuple(key.address for key in keys),
            signatures,
            method_hash or load_method().method_hash,
            IndexVersion.COMMON_REPORT,
        )
        plan = Plan(
            reporters=reporters, curators=(), guardians=(), timing=timing, replayed=replayed
        )
        deployment = deploy(Wallet(devnet.chain, devnet_keys()[0]), plan)
        deployment.write(folder / "deployment.json")
        address = deployment.address("SpotIndex")
        known = {key.address: text for key, text in zip(devnet_keys(), DEVNET_KEYS, strict=True)}
        members = MemberPlan(
            rpc=(devnet.url,),
            spot_index=address,
            known_keys=known,
            pace=PACE,
            first_port=0,
            floor=0,
        )
        paths = provision(folder / "members", devnet.chain, members)
        found = Committee(devnet, SpotIndexV2(devnet.chain, address), folder, paths)
        with _seconds(devnet) if by_the_second else nullcontext():
            try:
                yield found
            finally:
                found.close()


@contextmanager
def _seconds(devnet: Devnet) -> Iterator[None]:
    """A block a second, each with the time that has passed."""
    chain = DevChain.connect(devnet.url)
    chain.release_time()
    chain.pause_mining()
    start, began = chain.head().timestamp, time.monotonic()
    ended = threading.Event()

    def mine() -> None:
        while not ended.wait(1.0 - (time.monotonic() - began) % 1.0):
            with suppress(Exception):
                chain.mine_at(start + 1 + int(time.monotonic() - began))

    thread = threading.Thread(target=mine, name="blocks", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        chain.close()
