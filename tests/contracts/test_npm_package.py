"""The packed npm package, as a project that has nothing else of ours meets it."""

import json
import re
import subprocess
import tarfile
from pathlib import Path

import pytest

from contracts.codegen.npm_package import COMPILERS, NAME, write_package
from contracts.codegen.sources import ARTIFACTS, CONTRACTS, PACKAGES
from pargrade.chain.abi import Uint
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.devnet.accounts import DESK
from tests.support.world import SPOT

pytestmark = pytest.mark.full

READER = """\
import { createPublicClient, http } from "viem";
import { indexFeedAbi, spotIndexAbi } from "@pargrade/contracts";
import types from "@pargrade/contracts/eip712.json" with { type: "json" };

const [url, index, feed] = process.argv.slice(2);
const client = createPublicClient({ transport: http(url) });
const read = (address, abi, functionName, args = []) =>
  client.readContract({ address, abi, functionName, args });
const [value] = await read(index, spotIndexAbi, "fresh", [0n]);
const [, answer] = await read(feed, indexFeedAbi, "latestRoundData");
console.log(JSON.stringify([String(value), String(answer), Object.keys(types.types)]));
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project with the packed file among its modules, and what that asks for beside it."""
    folder = tmp_path_factory.mktemp("foreign")
    write_package(folder / "written")
    subprocess.run(
        ["npm", "pack", "--silent", "--offline", "--pack-destination", folder],
        cwd=folder / "written",
        check=True,
        capture_output=True,
    )
    [packed] = folder.glob("*.tgz")
    modules = folder / "node_modules"
    (modules / "@pargrade").mkdir(parents=True)
    with tarfile.open(packed) as archive:
        archive.extractall(modules / "@pargrade", filter="data")
    (modules / "@pargrade" / "package").rename(modules / NAME)
    (modules / "@openzeppelin").symlink_to(PACKAGES / "@openzeppelin")
    (modules / "viem").symlink_to(PACKAGES / "viem")
    return folder


def compiled(project, consumer):
    """Output of the compiler for a contract and every packed source, by file."""
    modules = project / "node_modules"
    ours = {path.relative_to(modules).as_posix() for path in packed_interfaces(project)}
    theirs = {
        path.relative_to(modules).as_posix()
        for path in (modules / "@openzeppelin" / "contracts").rglob("*.sol")
    }
    sources = {name: {"content": (modules / name).read_text()} for name in ours | theirs}
    wanted = {name: {"*": ["abi"]} for name in ours}
    asked = {
        "language": "Solidity",
        "sources": {**sources, "Consumer.sol": {"content": consumer}},
        "settings": {"outputSelection": {**wanted, "Consumer.sol": {"*": ["evm.bytecode.object"]}}},
    }
    done = subprocess.run(
        [CONTRACTS / "solc", "--standard-json"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    output = json.loads(done.stdout)
    faults = [each for each in output.get("errors", []) if each["severity"] == "error"]
    assert not faults, faults[0]["formattedMessage"]
    return output["contracts"]


def packed_interfaces(project):
    return sorted((project / "node_modules" / NAME).rglob("*.sol"))


def test_interfaces__packed__take_any_compiler_from_0_8_20(project):
    pragmas = {
        pragma
        for path in packed_interfaces(project)
        for pragma in re.findall(r"^pragma solidity (.*);", path.read_text(), re.MULTILINE)
    }
    assert pragmas == {COMPILERS}
    assert len(packed_interfaces(project)) > len(list((CONTRACTS / "src/interfaces").iterdir()))


def test_consumer__of_the_readme__reads_the_feed_in_ten_lines(project, world):
    readme = (project / "node_modules" / NAME / "README.md").read_text()
    consumer = re.search(r"```solidity\n(.*?)```", readme, re.DOTALL)[1]
    assert len([line for line in consumer.splitlines() if line]) <= 10
    names = {path.stem for path in (CONTRACTS / "src/interfaces").iterdir()}
    built = compiled(project, f"pragma solidity {COMPILERS};\n{consumer}")
    assert names <= {contract for file in built.values() for contract in file}
    code = bytes.fromhex(built["Consumer.sol"]["Consumer"]["evm"]["bytecode"]["object"])
    feed = bytes.fromhex(world.deployment.address("IndexFeed")[2:]).rjust(32, b"\0")
    made = world.send(DESK, Call(None, code + feed, "Consumer", None, {}))
    price = Call(made.created, bytes.fromhex("a035b1fe"), "price", Uint(256), {})
    assert world.chain.call(price, block=Tag.LATEST) == SPOT


def test_abis__with_viem__read_index_and_feed(project, world):
    (project / "reader.mjs").write_text(READER)
    places = [world.deployment.address(name) for name in ("SpotIndex", "IndexFeed")]
    done = subprocess.run(
        ["node", "reader.mjs", world.url, *places],
        cwd=project,
        check=True,
        capture_output=True,
        text=True,
    )
    fresh, latest, types = json.loads(done.stdout)
    assert (fresh, latest) == (str(SPOT), str(SPOT))
    assert {"Order", "Roll", "Cancellation", "OperatorPermit"} <= set(types)


def test_declarations__of_every_abi__hold_its_very_values(project):
    abis = project / "node_modules" / NAME / "abi"
    for path in sorted(abis.glob("*.d.ts")):
        if path.stem == "index.d":
            continue
        declared = path.read_text().split(": ", 1)[1].rstrip(";\n")
        # A literal type is the value in other words: without them it is JSON again.
        text = re.sub(r'readonly (?=[\["])', "", declared).replace(";", ",")
        artifact = json.loads((ARTIFACTS / f"{Path(path.stem).stem}.json").read_text())
        assert json.loads(text) == artifact["abi"]
