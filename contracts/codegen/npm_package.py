"""The npm package @pargrade/contracts: interfaces, typed ABIs and the types that wallets sign.

python -m contracts.codegen.npm_package FOLDER    writes it there; `npm pack` makes the file

Interfaces and what they import take any compiler from 0.8.20 on, so that a project with its own
can use them. ABIs are JavaScript with literal types, from which viem infers arguments and results.
"""

import argparse
import json
import re
import shutil
import sys
import tomllib
from pathlib import Path, PurePosixPath
from typing import Any, Final

from contracts.codegen.sources import ARTIFACTS, CONTRACTS, PACKAGES, ROOT, read_closure

NAME: Final = "@pargrade/contracts"
COMPILERS: Final = "^0.8.20"
HELPERS: Final = frozenset({"TestToken", "ListingRules", "RouteRules", "IERC20Metadata"})
"""Of development chains, inside other contracts, or somebody else's."""

_OPENZEPPELIN: Final = "@openzeppelin/contracts"
_TYPES_FILE: Final = ROOT / "pargrade" / "data" / "eip712.json"
_README: Final = """\
# @pargrade/contracts

Interfaces, ABIs and signed types of [Pargrade](https://pypi.org/project/pargrade/): a spot index of
AI compute, its futures and the gates between chains.

```solidity
import { AggregatorV3Interface } from "@pargrade/contracts/interfaces/AggregatorV3Interface.sol";

contract Consumer {
    AggregatorV3Interface private immutable feed;

    constructor(AggregatorV3Interface feed_) { feed = feed_; }

    function price() external view returns (int256 answer) {
        (, answer,,,) = feed.latestRoundData();
    }
}
```

```js
import { spotIndexAbi } from "@pargrade/contracts";

await client.readContract({ address, abi: spotIndexAbi, functionName: "fresh", args: [0n] });
```

`@pargrade/contracts/eip712.json` has the domains and types of orders, rolls, cancellations and
operators. Solidity needs `@openzeppelin/contracts` 5.2 or later beside it.
"""


def write_package(folder: Path) -> list[str]:
    """Write the package into a folder, which is emptied before. Returns its files, sorted."""
    shutil.rmtree(folder, ignore_errors=True)
    files = {
        "package.json": json.dumps(_manifest(), indent=2) + "\n",
        "README.md": _README,
        "LICENSE": (ROOT / "LICENSE").read_text(),
        "eip712.json": _TYPES_FILE.read_text(),
        **_interfaces(),
        **_abis(),
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return sorted(files)


def _manifest() -> dict[str, Any]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    openzeppelin = json.loads((PACKAGES / _OPENZEPPELIN / "package.json").read_text())["version"]
    return {
        "name": NAME,
        "version": project["version"],
        "description": "Interfaces, ABIs and signed types of Pargrade",
        "license": "Apache-2.0",
        "type": "module",
        "exports": {
            ".": {"types": "./abi/index.d.ts", "default": "./abi/index.js"},
            "./eip712.json": "./eip712.json",
            "./package.json": "./package.json",
            "./interfaces/*.sol": "./interfaces/*.sol",
            "./libraries/*.sol": "./libraries/*.sol",
        },
        "files": ["abi", "interfaces", "libraries", "eip712.json"],
        "peerDependencies": {_OPENZEPPELIN: f">=5.2.0 <={openzeppelin}"},
        "sideEffects": False,
    }


def _interfaces() -> dict[str, str]:
    """Text of every interface and of what it imports of ours, by path in the package."""
    found: dict[str, str] = {}
    for path in sorted((CONTRACTS / "src" / "interfaces").glob("*.sol")):
        closure = read_closure(path.relative_to(CONTRACTS).as_posix(), CONTRACTS)
        for name, text in closure.items():
            if name.startswith("src/"):
                place = PurePosixPath(name).relative_to("src").as_posix()
                found[place] = re.sub(
                    r"^pragma solidity .*;", f"pragma solidity {COMPILERS};", text, flags=re.M
                )
    return found


def _abis() -> dict[str, str]:
    """A module per contract and one of all, each with its declarations."""
    files: dict[str, str] = {}
    names = []
    for path in sorted(ARTIFACTS.glob("*.json")):
        artifact = json.loads(path.read_text())
        if artifact["contractName"] in HELPERS:
            continue
        name = artifact["contractName"]
        constant = name[0].lower() + name[1:] + "Abi"
        names.append(name)
        abi = json.dumps(artifact["abi"], indent=2)
        files[f"abi/{name}.js"] = f"export const {constant} = {abi};\n"
        declared = f"export declare const {constant}: {_literal(artifact['abi'])};\n"
        files[f"abi/{name}.d.ts"] = declared
    index = "".join(f'export * from "./{name}.js";\n' for name in names)
    return files | {"abi/index.js": index, "abi/index.d.ts": index}


def _literal(value: Any) -> str:
    """The TypeScript type that holds this one JSON value."""
    if isinstance(value, list):
        return "readonly [" + ", ".join(map(_literal, value)) + "]"
    if isinstance(value, dict):
        fields = (f"readonly {json.dumps(key)}: {_literal(each)}" for key, each in value.items())
        return "{ " + "; ".join(fields) + " }"
    return json.dumps(value)


def main() -> int:
    """Write the package and print its files."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="emptied, and written anew")
    print("\n".join(write_package(parser.parse_args().folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
