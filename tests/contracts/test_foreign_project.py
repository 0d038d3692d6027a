"""A Hardhat and viem project of others, with the packed npm package: its README works."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from contracts.package.build import TEMPLATE, package_files
from pargrade.bindings.spot_index import SpotIndex
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.hashing import keccak
from pargrade.chain.wallet import Wallet
from pargrade.devnet.anvil import devnet_keys

pytestmark = pytest.mark.full

HERE: Final = Path(__file__).with_name("foreign_project")
README: Final = (TEMPLATE / "README.md").read_text()
COST: Final = keccak(b"cost(uint256)")[:4].hex()


def example(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return str(found)


class Project:
    """A folder with everything installed from the lock file, and the package from its archive."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        shutil.copytree(HERE, self.folder)
        package = folder / "package"
        for name, text in package_files().items():
            path = package / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.run("npm", "ci", "--ignore-scripts", "--loglevel=error")
        self.run("npm", "pack", str(package), "--loglevel=error")
        (archive,) = self.folder.glob("*.tgz")
        self.run("npm", "install", "--no-save", "--loglevel=error", f"./{archive.name}")

    def run(self, *command: str) -> str:
        done = self.attempt(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def attempt(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, timeout=300, check=False
        )

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("foreign"))


def test_hardhat__with_the_oldest_compiler__reads_the_index_in_ten_lines(
    project: Project, world: Any
) -> None:
    source = example("solidity")
    interfaces = sorted((project.folder / "node_modules/@pargrade/contracts/interfaces").iterdir())
    everything = [f'import "@pargrade/contracts/interfaces/{path.name}";' for path in interfaces]
    project.write("contracts/Reader.sol", source)
    project.write("contracts/Every.sol", "\n".join(["pragma solidity ^0.8.20;", *everything]))
    project.run("npx", "hardhat", "compile")
    assert len(source[source.index("contract Reader") :].splitlines()) <= 10

    built = json.loads((project.folder / "artifacts/contracts/Reader.sol/Reader.json").read_text())
    spot = world.deployment.address("SpotIndex")
    code = bytes.fromhex(built["bytecode"][2:] + spot[2:].rjust(64, "0"))
    wallet = Wallet(world.chain, devnet_keys()[0])
    reader = wallet.send(Call(None, code, "Reader", None, {})).contract
    data = "0x" + COST + f"{7 * 10**18:064x}"
    given = world.chain.request("eth_call", {"to": reader, "data": data}, "latest")
    latest = SpotIndex(world.chain, spot).latest(0, block=Tag.LATEST)
    assert int(given, 16) == 7 * latest.value


def test_typescript__the_readme_example__is_typed_and_prints_the_round(
    project: Project, world: Any
) -> None:
    project.write("read.ts", example("ts"))
    project.run("npx", "tsc")
    spot = world.deployment.address("SpotIndex")
    printed = json.loads(project.run("node", "read.ts", world.url, spot))
    latest = SpotIndex(world.chain, spot).latest(0, block=Tag.LATEST)
    assert printed == {"slot": latest.slot, "value": str(latest.value)}


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('functionName: "latest"', 'functionName: "latets"'),
        ("args: [0n]", 'args: ["first"]'),
        ("round.value.toString()", "round.valeu.toString()"),
    ],
)
def test_typescript__a_slip__does_not_compile(project: Project, right: str, wrong: str) -> None:
    slipped = example("ts").replace(right, wrong)
    assert slipped != example("ts")
    project.write("slip.ts", slipped)
    refused = project.attempt("npx", "tsc")
    (project.folder / "slip.ts").unlink()
    assert refused.returncode != 0
    assert "slip.ts" in refused.stdout
