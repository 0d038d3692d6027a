"""Proves what test/proofs says with halmos, and reads the contracts with slither.

scripts/prove                       everything
scripts/prove conversion median     only these proofs
scripts/prove slither               only the static analysis

Makes .venv-proofs from requirements-proofs.lock first: these tools want other versions of what the
project uses. solve.py is what halmos asks. Results go to assurance/proofs.json and
assurance/slither.json. Exit code 1 when a property is not proved and not recorded as beyond the
solver, or a finding has no written reason.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from contracts.assurance import document as assurance
from contracts.codegen.sources import CONTRACTS

ROOT: Final = CONTRACTS.parent
LOCK: Final = CONTRACTS / "requirements-proofs.lock"
TOOLS: Final = ROOT / ".venv-proofs"
PROOFS: Final = CONTRACTS / "test" / "proofs"
SOLVER: Final = CONTRACTS / "assurance" / "integer_solver.py"
LIMITS: Final = assurance.ASSURANCE / "proofs.toml"
PROFILE: Final = {"FOUNDRY_PROFILE": "proofs", "FOUNDRY_LINT_LINT_ON_BUILD": "false"}
IMPACTS: Final = ("High", "Medium")
# halmos's exit codes of one property.
RESULTS: Final = {0: "proved", 1: "refuted", 2: "undecided"}


class ToolFailed(Exception):
    """A tool said nothing that could be read."""


def set_up() -> None:
    """Makes .venv-proofs what the lock says; does nothing while the lock is the same."""
    stamp = TOOLS / "lock-stamp"
    wanted = LOCK.read_text()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    uv = ROOT / ".venv" / "bin" / "uv"
    _run([uv, "venv", "--quiet", "--allow-existing", TOOLS])
    _run(
        [uv, "pip", "sync", "--quiet", "--require-hashes", LOCK],
        environment={"VIRTUAL_ENV": str(TOOLS)},
    )
    stamp.write_text(wanted)


def names() -> dict[str, str]:
    """Contract by the name of its proof: `conversion` is ConversionProofs."""
    suites = [path.name.split(".")[0] for path in _suites()]
    return {suite.lower(): f"{suite}Proofs" for suite in suites}


def prove(contract: str) -> list[dict[str, Any]]:
    """Runs every property of the contract. Raises ToolFailed."""
    limits = tomllib.loads(LIMITS.read_text())
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "answer.json"
        done = _run(
            [
                TOOLS / "bin" / "halmos",
                *("--root", CONTRACTS, "--forge-build-out", "build/proofs"),
                *("--contract", contract, "--json-output", output, "--no-status"),
                *("--loop", str(limits["loop"]), "--solver-threads", "1"),
                *("--solver-command", f"{TOOLS / 'bin' / 'python'} {SOLVER} {limits['seconds']}"),
                # Two solvers in turn, and their starting up.
                *("--solver-timeout-assertion", f"{2 * limits['seconds'] + 10}s"),
            ],
            environment=PROFILE,
            strict=False,
        )
        print(done.stdout, end="", flush=True)
        if not output.exists():
            raise ToolFailed(f"{contract}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        report = json.loads(output.read_text())["test_results"]
    return [_row(contract, each, limits) for results in report.values() for each in results]


def _row(contract: str, report: dict[str, Any], limits: dict[str, Any]) -> dict[str, Any]:
    name = f"{contract.removesuffix('Proofs')}: {report['name'].partition('(')[0]}"
    arguments = report["name"].partition("(")[2].removesuffix(")")
    result = RESULTS.get(report["exitcode"], "error")
    # A loop that was cut short was not read to its end.
    if result == "proved" and report["num_bounded_loops"]:
        result = "undecided"
    return {
        "name": name,
        "contracts": assurance.contracts_hash(),
        "commit": assurance.commit(),
        "result": result,
        "paths": report["num_paths"][0],
        "seconds": round(report["time"][0], 1),
        "limits": f"{arguments}; {limits['seconds']} s a query",
    }


def analyse() -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """What slither finds, as new and as accepted findings; and reasons nobody needs any more."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "answer.json"
        done = _run(
            [
                *(TOOLS / "bin" / "slither", ".", "--config-file", "slither.config.json"),
                *("--json", output),
            ],
            environment={
                "FOUNDRY_OUT": "build/slither",
                "FOUNDRY_CACHE_PATH": "build/slither-cache",
                "FOUNDRY_LINT_LINT_ON_BUILD": "false",
            },
            strict=False,
        )
        if not output.exists():
            raise ToolFailed(done.stdout[-2000:] + done.stderr[-2000:])
        report = json.loads(output.read_text())
    if not report["success"]:
        raise ToolFailed(str(report["error"]))
    found = list(_findings(report["results"].get("detectors", [])))
    reasons = json.loads((assurance.ASSURANCE / "slither-reasons.json").read_text())
    accepted = {(each["check"], each["where"]) for each in reasons}
    new = [each for each in found if (each["check"], each["where"]) not in accepted]
    keys = {(each["check"], each["where"]) for each in found}
    return new, [each for each in reasons if (each["check"], each["where"]) not in keys]


def _findings(detectors: list[dict[str, Any]]) -> Iterator[dict[str, str]]:
    """Check and function of each finding that matters, once: lines move, functions stay."""
    seen = set()
    for each in detectors:
        if each["impact"] not in IMPACTS:
            continue
        where = _where(each["elements"][0])
        if (each["check"], where) not in seen:
            seen.add((each["check"], where))
            description = " ".join(each["description"].split())
            yield {"check": each["check"], "where": where, "said": description}


def _where(element: dict[str, Any]) -> str:
    """Contract.function of an element, or of what it is in."""
    parts = []
    current: dict[str, Any] | None = element
    while current:
        if current["type"] in ("contract", "function"):
            parts.append(current["name"])
        current = current.get("type_specific_fields", {}).get("parent")
    return ".".join(reversed(parts)) or str(element["name"])


def _static() -> bool:
    new, needless = analyse()
    for each in new:
        print(f"no reason written: {each['check']} in {each['where']}\n  {each['description']}")
    for each in needless:
        print(f"a reason for nothing: {each['check']} in {each['where']}")
    reasons = json.loads((assurance.ASSURANCE / "slither-reasons.json").read_text())
    assurance.keep(
        "slither",
        [
            {
                "name": "slither",
                "contracts": assurance.contracts_hash(),
                "commit": assurance.commit(),
                "accepted": len(reasons) - len(needless),
                "new": len(new),
            }
        ],
    )
    return not new and not needless


def _symbolic(contracts: list[str]) -> bool:
    beyond = set(tomllib.loads(LIMITS.read_text())["undecided"])
    rows = {row["name"]: row for row in assurance.record("proofs")}
    defined = set(_properties())
    sound = True
    for contract in contracts:
        for row in prove(contract):
            rows[row["name"]] = row
            sound &= row["result"] == "proved" or (
                row["result"] == "undecided" and row["name"] in beyond
            )
    assurance.keep("proofs", [rows[name] for name in sorted(rows.keys() & defined)])
    return sound


def _properties() -> Iterator[str]:
    for path in _suites():
        for name in re.findall(r"function (check_\w+)", path.read_text()):
            yield f"{path.name.split('.')[0]}: {name}"


def _suites() -> list[Path]:
    return sorted(PROOFS.glob("*.t.sol"))


def _run(
    command: list[Any], *, environment: dict[str, str] | None = None, strict: bool = True
) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(
        [str(TOOLS / "bin"), str(ROOT / "node_modules" / ".bin"), os.environ["PATH"]]
    )
    return subprocess.run(  # noqa: S603 - our own tools
        [str(part) for part in command],
        cwd=CONTRACTS,
        env={**os.environ, "PATH": path, **(environment or {})},
        capture_output=True,
        text=True,
        check=strict,
    )


def main() -> int:
    """See the module."""
    known = names()
    choices = [*known, "slither"]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(choices))
    wanted = parser.parse_args().names or choices
    unknown = set(wanted) - set(choices)
    if unknown:
        parser.error(f"no such proof: {', '.join(sorted(unknown))}; choose of {', '.join(choices)}")
    set_up()
    try:
        sound = _symbolic([known[name] for name in wanted if name in known])
        if "slither" in wanted:
            sound &= _static()
    except ToolFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    return int(not sound)


if __name__ == "__main__":
    sys.exit(main())
