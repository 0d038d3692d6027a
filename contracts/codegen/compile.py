"""Compiles the contracts into pargrade/artifacts and writes bindings and storage layouts.

python -m contracts.codegen.compile            compile what changed
python -m contracts.codegen.compile --check    compile everything again and compare; write nothing
"""

import argparse
import json
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import solcx
from solcx.exceptions import SolcError

from contracts.codegen import bindgen, layouts
from contracts.codegen.files import update_files
from contracts.codegen.sources import (
    ARTIFACTS,
    COMPILER,
    CONTRACTS,
    Unit,
    find_units,
    settings_of,
)

# The compiler is single-threaded and needs about 1 GB.
PROCESSES: Final = 2


def main() -> int:
    """Write or compare all generated files. Exit code 1 when a check finds a difference."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 on a difference")
    check = parser.parse_args().check

    known = {path.stem: path.read_text() for path in ARTIFACTS.glob("*.json")}
    fresh = build(find_units(), known, trust=not check)
    artifacts = [json.loads(fresh[name]) for name in sorted(fresh)]
    files = {f"{name}.json": text for name, text in fresh.items()}
    refusal = "artifact differs from the sources" if check else ""
    return max(
        update_files(ARTIFACTS, ".json", files, refusal=refusal),
        bindgen.generate(artifacts, check=check),
        layouts.generate(artifacts, check=check),
    )


def build(wanted: list[Unit], known: dict[str, str], *, trust: bool) -> dict[str, str]:
    """Compile the wanted units and return the text of each artifact, by contract.

    With `trust`, a known artifact with the same input hash is not compiled again. Raises SystemExit
    with the compiler's message for a contract that does not compile.
    """
    stale = [unit for unit in wanted if not (trust and _is_fresh(unit, known.get(unit.contract)))]
    with ThreadPoolExecutor(PROCESSES) as pool:
        made = dict(zip((unit.contract for unit in stale), pool.map(_compile, stale), strict=True))
    return {unit.contract: made.get(unit.contract) or known[unit.contract] for unit in wanted}


def _is_fresh(unit: Unit, artifact: str | None) -> bool:
    return artifact is not None and json.loads(artifact)["inputHash"] == unit.input_hash


def _compile(unit: Unit) -> str:
    """The text of a unit's artifact."""
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
        "storageLayout": layouts.simplify_layout(built.get("storageLayout", {})),
        "userdoc": built["userdoc"],
        "compiler": {"version": COMPILER, "settings": settings_of(unit.contract)},
        "inputHash": unit.input_hash,
    }
    return json.dumps(artifact, indent=1, ensure_ascii=False) + "\n"


def _enums(sources: dict[str, Any], abi: list[Any]) -> dict[str, list[str]]:
    """Members of every enum in the ABI, by qualified name; the ABI has their type as uint8 only."""
    found: dict[str, list[str]] = {}
    used = set(re.findall(r'"enum ([\w.]+)', json.dumps(abi)))

    def visit(node: dict[str, Any]) -> None:
        if node["nodeType"] == "EnumDefinition" and node["canonicalName"] in used:
            found[node["canonicalName"]] = [member["name"] for member in node["members"]]
        for child in node.get("nodes", []):
            visit(child)

    for source in sources.values():
        visit(source["ast"])
    return dict(sorted(found.items()))


if __name__ == "__main__":
    sys.exit(main())
