"""Sources of contracts of others, compiled: by our compiler, or by the release they name."""

import json
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

import solcx

ROOT: Final = Path(__file__).parents[2]
SOLC: Final = ROOT / "contracts" / "solc"
MODULES: Final = ROOT / "node_modules"
INSTALLED: Final = {
    name: MODULES / name for name in ("@openzeppelin/contracts", "@chainlink/contracts")
}
OPTIMIZER: Final = {"enabled": True, "runs": 200}
"""What Hardhat uses unless told otherwise: the packages bring sources and no settings."""

Compiler = Callable[[dict[str, Any]], Any]
"""Compiles a standard JSON input."""

_IMPORT: Final = re.compile(r"""^\s*import\b[^;"']*["']([^"']+)["']""", re.MULTILINE)
_RUN: Final = """
const [wrapper, compiler] = process.argv.slice(1);
const input = require("node:fs").readFileSync(0, "utf8");
process.stdout.write(require(wrapper)(require(compiler)).compile(input));
"""


def by_ours(request: dict[str, Any]) -> Any:
    """Compiles for Prague with the compiler of this repository."""
    settings = {"evmVersion": "prague", **request["settings"]}
    return solcx.compile_standard({**request, "settings": settings}, solc_binary=SOLC)


def by_release(compiler: Path) -> Compiler:
    """Compiles with another release, of which this is the file `soljson.js`."""

    def run(request: dict[str, Any]) -> Any:
        done = subprocess.run(  # noqa: S603 - a compiler whose hash was checked
            ["node", "-e", _RUN, str(MODULES / "solc" / "wrapper.js"), compiler],  # noqa: S607
            input=json.dumps(request),
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)

    return run


def compiled(
    source: Path, packs: Mapping[str, Path], name: str = "", compiler: Compiler = by_ours
) -> dict[str, str]:
    """Bytecode of the contracts in a file, which may import packs and what is installed here.

    `name` is what others would import the file as, if it imports its neighbours.
    """
    packages = {**INSTALLED, **packs}
    root = name or source.name
    sources = {root: {"content": source.read_text()}}
    waiting = [root]
    while waiting:
        importer = waiting.pop()
        for imported in _IMPORT.findall(sources[importer]["content"]):
            found = _resolved(importer, imported)
            if found not in sources:
                sources[found] = {"content": _file(found, packages).read_text()}
                waiting.append(found)
    output = compiler(
        {
            "language": "Solidity",
            "sources": sources,
            "settings": {
                "optimizer": OPTIMIZER,
                "outputSelection": {root: {"*": ["evm.bytecode.object"]}},
            },
        }
    )
    contracts = output["contracts"][root]
    return {name: found["evm"]["bytecode"]["object"] for name, found in contracts.items()}


def _resolved(importer: str, imported: str) -> str:
    if not imported.startswith("."):
        return imported
    parts: list[str] = []
    for part in (PurePosixPath(importer).parent / imported).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def _file(name: str, packages: Mapping[str, Path]) -> Path:
    package = "/".join(name.split("/")[:2])
    return packages[package] / name.removeprefix(f"{package}/")
