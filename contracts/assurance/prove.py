"""Proves the properties of test/proofs with halmos and analyses the contracts with slither.

scripts/prove                       everything
scripts/prove conversion median     only these proofs
scripts/prove slither               only the static analysis

Makes .venv-proofs from requirements-proofs.lock first, because these tools need other versions of
the project's packages. halmos uses integer_solver.py as its solver. Results go to
assurance/proofs.json and assurance/slither.json. Exit code 1 when a property is not proved and not
listed as undecided in assurance/proofs.toml, or when a finding has no written reason.
"""

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

from contracts.assurance import records
from contracts.assurance.forge import NO_LINT
from contracts.codegen.sources import CONTRACTS, ROOT

LOCK: Final = CONTRACTS / "requirements-proofs.lock"
TOOLS: Final = ROOT / ".venv-proofs"
PROOFS: Final = CONTRACTS / "test" / "proofs"
SOLVER: Final = records.ASSURANCE / "integer_solver.py"
LIMITS: Final = records.ASSURANCE / "proofs.toml"
PROFILE: Final = {"FOUNDRY_PROFILE": "proofs", **NO_LINT}
IMPACTS: Final = ("High", "Medium")
# Exit codes of halmos for a property.
RESULTS: Final = {0: "proved", 1: "refuted", 2: "undecided"}


class ToolFailed(Exception):
    """A tool that wrote no report, or reported an error of its own."""


def install_tools(lock: Path = LOCK, tools: Path = TOOLS) -> None:
    """Install what a lock names into a folder of its own, unless it was made from the same lock."""
    stamp = tools / "lock-stamp"
    wanted = lock.read_text()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    uv = ROOT / ".venv" / "bin" / "uv"
    _run([uv, "venv", "--quiet", "--allow-existing", tools])
    _run(
        [uv, "pip", "sync", "--quiet", "--require-hashes", lock],
        environment={"VIRTUAL_ENV": str(tools)},
    )
    stamp.write_text(wanted)


def find_proofs() -> dict[str, str]:
    """The contract of each proof, by name: `conversion` is ConversionProofs."""
    suites = [path.name.split(".")[0] for path in _suites()]
    return {suite.lower(): f"{suite}Proofs" for suite in suites}


def prove_contract(contract: str) -> list[dict[str, Any]]:
    """Run every property of a contract and return its rows of the record. Raises ToolFailed."""
    limits = tomllib.loads(LIMITS.read_text())
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "report.json"
        done = _run(
            [
                TOOLS / "bin" / "halmos",
                *("--root", CONTRACTS, "--forge-build-out", "build/proofs"),
                *("--contract", contract, "--json-output", output, "--no-status"),
                *("--loop", str(limits["loop"]), "--solver-threads", "1"),
                *("--solver-command", f"{TOOLS / 'bin' / 'python'} {SOLVER} {limits['seconds']}"),
                # Two solvers one after the other, and 10 s to start them.
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
    # A loop that was cut short leaves paths that were not checked.
    if result == "proved" and report["num_bounded_loops"]:
        result = "undecided"
    return records.start_row(name) | {
        "result": result,
        "paths": report["num_paths"][0],
        "seconds": round(report["time"][0], 1),
        "limits": f"{arguments}; {limits['seconds']} s a query",
    }


def analyse_contracts() -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Run slither: the findings without a reason, and the reasons without a finding.

    Raises ToolFailed.
    """
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "report.json"
        done = _run(
            [
                *(TOOLS / "bin" / "slither", ".", "--config-file", "slither.config.json"),
                *("--json", output),
            ],
            environment={
                "FOUNDRY_OUT": "build/slither",
                "FOUNDRY_CACHE_PATH": "build/slither-cache",
                **NO_LINT,
            },
            strict=False,
        )
        if not output.exists():
            raise ToolFailed(done.stdout[-2000:] + done.stderr[-2000:])
        report = json.loads(output.read_text())
    if not report["success"]:
        raise ToolFailed(str(report["error"]))
    found = select_findings(report["results"].get("detectors", []))
    reasons = json.loads((records.ASSURANCE / "slither-reasons.json").read_text())
    accepted = {(each["check"], each["where"]) for each in reasons}
    new = [each for each in found if (each["check"], each["where"]) not in accepted]
    keys = {(each["check"], each["where"]) for each in found}
    return new, [each for each in reasons if (each["check"], each["where"]) not in keys]


def select_findings(detectors: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Check, function and description of each finding of high or medium impact, once.

    A finding is known by its function, because line numbers change with every edit.
    """
    found: dict[tuple[str, str], dict[str, str]] = {}
    for detector in detectors:
        if detector["impact"] not in IMPACTS:
            continue
        check, where = detector["check"], _where(detector["elements"][0])
        description = " ".join(detector["description"].split())
        found.setdefault(
            (check, where), {"check": check, "where": where, "description": description}
        )
    return list(found.values())


def describe_finding(finding: dict[str, str]) -> str:
    """The check, the place and slither's description of a finding, on two lines."""
    return f"{finding['check']} in {finding['where']}\n  {finding['description']}"


def _where(element: dict[str, Any]) -> str:
    """`Contract.function` of an element, or of the function that contains it."""
    parts = []
    current: dict[str, Any] | None = element
    while current:
        if current["type"] in ("contract", "function"):
            parts.append(current["name"])
        current = current.get("type_specific_fields", {}).get("parent")
    return ".".join(reversed(parts)) or str(element["name"])


def _analyse() -> bool:
    new, needless = analyse_contracts()
    for each in new:
        print(f"no reason written: {describe_finding(each)}")
    for each in needless:
        print(f"a reason for nothing: {each['check']} in {each['where']}")
    reasons = json.loads((records.ASSURANCE / "slither-reasons.json").read_text())
    counts = {"accepted": len(reasons) - len(needless), "new": len(new)}
    records.write_record("slither", [records.start_row("slither") | counts])
    return not new and not needless


def _prove(contracts: list[str]) -> bool:
    beyond = set(tomllib.loads(LIMITS.read_text())["undecided"])
    rows = {row["name"]: row for row in records.read_record("proofs")}
    defined = set(_properties())
    sound = True
    for contract in contracts:
        for row in prove_contract(contract):
            rows[row["name"]] = row
            sound &= row["result"] == "proved" or (
                row["result"] == "undecided" and row["name"] in beyond
            )
    records.write_record("proofs", [rows[name] for name in sorted(rows.keys() & defined)])
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
    """Run the wanted proofs and the static analysis. Exit code as in the module's docstring."""
    known = find_proofs()
    choices = [*known, "slither"]
    parser = records.command_parser(__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(choices))
    wanted = parser.parse_args().names or choices
    unknown = set(wanted) - set(choices)
    if unknown:
        parser.error(f"no such proof: {', '.join(sorted(unknown))}; choose of {', '.join(choices)}")
    install_tools()
    try:
        sound = _prove([known[name] for name in wanted if name in known])
        if "slither" in wanted:
            sound &= _analyse()
    except ToolFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    return int(not sound)


if __name__ == "__main__":
    sys.exit(main())
