"""Compiles the contracts into pargrade/artifacts, and writes their bindings and storage layouts.

python -m contracts.codegen.compile            compile what changed
python -m contracts.codegen.compile --check    compile everything again and compare; write nothing
"""

import argparse
import json
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import solcx
from solcx.exceptions import SolcError

from contracts.codegen import bindgen, layouts
from contracts.codegen.sources import COMPILER, CONTRACTS, SETTINGS, Unit, units

ARTIFACTS: Final = CONTRACTS.parent / "pargrade" / "artifacts"
# The compiler is single-threaded and wants about 1 GB.
PROCESSES: Final = 2


def main() -> int:
    """Exit code 0 when every artifact and binding is fresh, or has been made so."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 on a difference")
    check = parser.parse_args().check

    known = {path.stem: path.read_text() for path in ARTIFACTS.glob("*.json")}
    fresh = build(units(), known, trust=not check)
    names = sorted(known.keys() | fresh.keys())
    differing = [name for name in names if known.get(name) != fresh.get(name)]
    if check:
        for name in differing:
            print(f"artifact differs from the sources: {name}", file=sys.stderr)
    else:
        _write(differing, fresh)
    artifacts = [json.loads(fresh[name]) for name in sorted(fresh)]
    return max(
        int(check and bool(differing)),
        bindgen.generate(artifacts, check=check),
        layouts.generate(artifacts, check=check),
    )


def build(wanted: list[Unit], known: dict[str, str], *, trust: bool) -> dict[str, str]:
    """Text of every wanted artifact, by contract.

    With `trust`, a known artifact whose input hash is the wanted one is taken as it is.
    """
    stale = [unit for unit in wanted if not (trust and _is_fresh(unit, known.get(unit.contract)))]
    with ThreadPoolExecutor(PROCESSES) as pool:
        made = dict(zip((unit.contract for unit in stale), pool.map(_compile, stale), strict=True))
    return {unit.contract: made.get(unit.contract) or known[unit.contract] for unit in wanted}


def _is_fresh(unit: Unit, artifact: str | None) -> bool:
    return artifact is not None and json.loads(artifact)["inputHash"] == unit.input_hash


def _compile(unit: Unit) -> str:
    """The text of the artifact."""
    started = time.monotonic()
    print(f"compiling {unit.contract} …", file=sys.stderr, flush=True)
    try:
        output = solcx.compile_standard(unit.input, solc_binary=CONTRACTS / "solc")
    except SolcError as refused:
        raise SystemExit(f"{unit.contract} does not compile:\n{refused}") from None
    for found in output.get("errors", []):
        if unit.source in found.get("formattedMessage", ""):
            print(found["formattedMessage"], file=sys.stderr)
    built = output["contracts"][unit.source][unit.contract]
    code = built["evm"]["bytecode"]
    if code["linkReferences"]:
        raise SystemExit(f"{unit.contract} needs linked libraries; make their functions internal")
    print(
        f"compiled {unit.contract} in {time.monotonic() - started:.0f} s",
        file=sys.stderr,
        flush=True,
    )
    artifact = {
        "contractName": unit.contract,
        "sourceName": unit.source,
        "abi": built["abi"],
        "bytecode": "0x" + code["object"],
        "deployedBytecode": "0x" + built["evm"]["deployedBytecode"]["object"],
        "enums": _enums(output["sources"], built["abi"]),
        "storageLayout": layouts.simplified(built.get("storageLayout", {})),
        "userdoc": built["userdoc"],
        "compiler": {"version": COMPILER, "settings": SETTINGS},
        "inputHash": unit.input_hash,
    }
    return json.dumps(artifact, indent=1, ensure_ascii=False) + "\n"


def _enums(sources: dict[str, Any], abi: list[Any]) -> dict[str, list[str]]:
    """Members of every enum the ABI speaks of, by qualified name: it only says uint8."""
    found: dict[str, list[str]] = {}
    spoken = set(re.findall(r'"enum ([\w.]+)', json.dumps(abi)))

    def visit(node: dict[str, Any]) -> None:
        if node["nodeType"] == "EnumDefinition" and node["canonicalName"] in spoken:
            found[node["canonicalName"]] = [member["name"] for member in node["members"]]
        for child in node.get("nodes", []):
            visit(child)

    for source in sources.values():
        visit(source["ast"])
    return dict(sorted(found.items()))


def _write(differing: list[str], fresh: dict[str, str]) -> None:
    for name in differing:
        path = Path(ARTIFACTS / f"{name}.json")
        if name in fresh:
            path.write_text(fresh[name])
        else:
            path.unlink()
        print(f"{'wrote' if name in fresh else 'removed'} {path.name}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
