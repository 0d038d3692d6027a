"""Writes the npm package @pargrade/contracts into a folder, ready for `npm pack`.

python -m contracts.package.build build/npm
"""

import argparse
import json
import tomllib
from pathlib import Path
from typing import Any, Final

from contracts.codegen.sources import ARTIFACTS, ROOT
from contracts.package.interfaces import interface_sources
from contracts.package.signed_types import signed_types
from contracts.package.typescript import constant, declaration

TEMPLATE: Final = Path(__file__).with_name("template")
LICENSE: Final = ROOT / "LICENSE"


def main() -> int:
    """Writes every file, and says where."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="made when missing; files in it are overwritten")
    folder = parser.parse_args().folder
    files = package_files()
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    print(f"wrote {len(files)} files to {folder}; next: npm pack {folder}")
    return 0


def package_files() -> dict[str, str]:
    """Every file of the package, text by path."""
    artifacts = [json.loads(path.read_text()) for path in sorted(ARTIFACTS.glob("*.json"))]
    own = [each for each in artifacts if _is_for_others(each)]
    exports = {abi_name(each["contractName"]): each["abi"] for each in own}
    exports["eip712"] = signed_types()
    exports["enums"] = {name: each for made in own for name, each in made["enums"].items()}
    files = {f"abi/{each['contractName']}.json": _json(each["abi"]) for each in own}
    files |= interface_sources()
    files["index.js"] = "".join(constant(name, value) for name, value in exports.items())
    files["index.d.ts"] = "".join(declaration(name, value) for name, value in exports.items())
    files["eip712.json"] = _json(exports["eip712"])
    files["package.json"] = _json(_manifest())
    files["README.md"] = (TEMPLATE / "README.md").read_text()
    files["LICENSE"] = LICENSE.read_text()
    return files


def abi_name(contract: str) -> str:
    """What the ABI of a contract is exported as: spotIndexAbi of SpotIndex."""
    return f"{contract[0].lower()}{contract[1:]}Abi"


def _is_for_others(artifact: dict[str, Any]) -> bool:
    return artifact["sourceName"].startswith("src/") and "/devnet/" not in artifact["sourceName"]


def _manifest() -> dict[str, Any]:
    """package.json, with the version of the Python distribution and the library that is pinned."""
    manifest: dict[str, Any] = json.loads((TEMPLATE / "package.json").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = json.loads((ROOT / "package.json").read_text())["dependencies"]
    library = "@openzeppelin/contracts"
    return manifest | {
        "version": project["version"],
        "dependencies": {library: f"^{pinned[library]}"},
    }


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
