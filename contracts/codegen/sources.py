"""The compiler's input of each contract: its file, all imports, and settings."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

CONTRACTS: Final = Path(__file__).parents[1]
ROOT: Final = CONTRACTS.parent
"""The repository."""
PACKAGES: Final = ROOT / "node_modules"
ARTIFACTS: Final = ROOT / "pargrade" / "artifacts"

COMPILER: Final = "0.8.37"
BUILD: Final = "0.8.37+commit.f401782d"
"""The same with its commit, as explorers ask for it."""
RUNS: Final = 1000
"""A settlement contract is called far more often than it is deployed. More runs make the code
larger and save nothing measurable."""
_SETTINGS: Final = {
    "viaIR": True,
    "optimizer": {"enabled": True, "runs": RUNS},
    "evmVersion": "prague",
    # Without a hash of the sources, a changed comment does not change the bytecode.
    "metadata": {"bytecodeHash": "none", "appendCBOR": False},
}

FEWER_RUNS: Final = {"BridgeGate": 450, "FuturesMarket": 800}
"""With more runs it would leave less than a kilobyte of what a chain takes (EIP-170)."""

# Interfaces of contracts that others deploy.
FROM_PACKAGES: Final = {
    "IERC20Metadata": "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol",
}


def settings_of(contract: str) -> dict[str, Any]:
    """The compiler's settings for one contract, as its artifact has them."""
    runs = FEWER_RUNS.get(contract, RUNS)
    return {**_SETTINGS, "optimizer": {"enabled": True, "runs": runs}}


_IMPORT = re.compile(r"""^\s*import\b[^;"']*["']([^"']+)["']""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Unit:
    """A contract to compile on its own, so that its bytecode depends on its imports only."""

    contract: str
    source: str
    """Source unit name of its file."""
    input: dict[str, Any]
    """Standard JSON input."""

    @property
    def input_hash(self) -> str:
        """sha256 of compiler version and canonical input, hex. Equal hashes: equal artifacts."""
        text = json.dumps([COMPILER, self.input], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def find_units(root: Path = CONTRACTS, packages: Mapping[str, str] = FROM_PACKAGES) -> list[Unit]:
    """Every contract that ships, sorted by name.

    These are `contract X` in src/**/X.sol and the contracts of `packages`, source by name.
    """
    own = {
        path.stem: path.relative_to(root).as_posix()
        for path in sorted((root / "src").rglob("*.sol"))
        if re.search(rf"^contract {path.stem}\b", path.read_text(), re.MULTILINE)
    }
    return [
        _unit(contract, source, root) for contract, source in sorted({**own, **packages}.items())
    ]


def _unit(contract: str, source: str, root: Path) -> Unit:
    outputs = ["abi", "evm.bytecode", "evm.deployedBytecode.object", "storageLayout", "userdoc"]
    return Unit(
        contract=contract,
        source=source,
        input={
            "language": "Solidity",
            "sources": {
                name: {"content": text} for name, text in read_closure(source, root).items()
            },
            "settings": {
                **settings_of(contract),
                "outputSelection": {"*": {"": ["ast"]}, source: {contract: outputs}},
            },
        },
    )


def read_closure(source: str, root: Path) -> dict[str, str]:
    """The text of a file and of all its imports, by source unit name."""
    found: dict[str, str] = {}
    waiting = [source]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        folder = root if name.startswith("src/") else PACKAGES
        found[name] = (folder / name).read_text()
        waiting += [_resolve(name, imported) for imported in _IMPORT.findall(found[name])]
    return found


def _resolve(importer: str, imported: str) -> str:
    if not imported.startswith("."):
        return imported
    parts: list[str] = []
    for part in (PurePosixPath(importer).parent / imported).parts:
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
