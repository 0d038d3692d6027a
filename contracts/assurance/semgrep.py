"""Reads the contracts with semgrep and the rules of semgrep.yml: a second opinion beside slither.

python -m contracts.assurance.semgrep

Makes .venv-semgrep from requirements-semgrep.lock first, as it needs other versions of the
project's packages. The result goes to assurance/semgrep.json. Exit code 1 when a finding has no
reason in semgrep-reasons.json, a reason has no finding, or a rule misses its specimen.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from contracts.assurance import records
from contracts.assurance.prove import ToolFailed, install_tools
from contracts.codegen.sources import CONTRACTS, ROOT

LOCK: Final = CONTRACTS / "requirements-semgrep.lock"
TOOLS: Final = ROOT / ".venv-semgrep"
RULES: Final = records.ASSURANCE / "semgrep.yml"
SPECIMEN: Final = records.ASSURANCE / "specimen"
"""Breaks each rule in the function named after it: a rule that finds nothing there is dead."""
_SECONDS: Final = 300
_FUNCTION: Final = re.compile(r"\b(?:function (\w+)|(constructor))\s*\(")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What a rule found, by the function it is in: lines change with every edit."""

    check: str
    where: str
    """`File.function`, or the file where it is in none."""


def find_all(folder: Path) -> frozenset[Finding]:
    """Findings in all Solidity below a folder. Raises ToolFailed for a rule or file not read."""
    done = subprocess.run(  # noqa: S603 - our own tool
        [
            *(TOOLS / "bin" / "semgrep", "scan", "--metrics=off", "--disable-version-check"),
            *("--no-git-ignore", "--config", RULES, "--json", folder),
        ],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    try:
        report = json.loads(done.stdout)
    except ValueError:
        raise ToolFailed(done.stderr[-2_000:]) from None
    if report["errors"]:
        raise ToolFailed(str(report["errors"][0].get("message", report["errors"][0])))
    return frozenset(_finding(each) for each in report["results"])


def judge(
    found: Iterable[Finding], reasons: Iterable[dict[str, str]]
) -> tuple[list[Finding], list[Finding]]:
    """Findings without a reason, and reasons without a finding, in order."""
    explained = {Finding(each["check"], each["where"]) for each in reasons}
    known = set(found)
    return sorted(known - explained), sorted(explained - known)


def find_dead(found: Iterable[Finding], rules: Iterable[str]) -> list[str]:
    """Rules that did not find what was written for them to find."""
    known = set(found)
    return [
        rule for rule in rules if Finding(rule, f"Specimen.{rule.replace('-', '_')}") not in known
    ]


def rule_names() -> list[str]:
    """The ids of all rules."""
    return re.findall(r"^  - id: ([\w-]+)$", RULES.read_text(), re.MULTILINE)


def read_reasons() -> list[dict[str, str]]:
    """Check, place and reason of each finding that stands."""
    rows: list[dict[str, str]] = json.loads(
        (records.ASSURANCE / "semgrep-reasons.json").read_text()
    )
    return rows


def _finding(result: dict[str, Any]) -> Finding:
    path = Path(result["path"])
    lines = path.read_text().splitlines()[: result["start"]["line"]]
    # The rule about functions begins at one; what is in a function comes after its name.
    for line in reversed(lines):
        if named := _FUNCTION.search(line):
            return Finding(_rule(result), f"{path.stem}.{named[1] or named[2]}")
    return Finding(_rule(result), path.stem)


def _rule(result: dict[str, Any]) -> str:
    return str(result["check_id"]).rpartition(".")[2]


def main() -> int:
    """Look at all sources. Exit code as in the module's docstring."""
    records.command_parser(__doc__).parse_args()
    install_tools(LOCK, TOOLS)
    reasons = read_reasons()
    try:
        dead = find_dead(find_all(SPECIMEN), rule_names())
        new, needless = judge(find_all(CONTRACTS / "src"), reasons)
    except ToolFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    for rule in dead:
        print(f"a rule that does not find its specimen: {rule}")
    for each in new:
        print(f"no reason written: {each.check} in {each.where}")
    for each in needless:
        print(f"a reason for nothing: {each.check} in {each.where}")
    counts = {"accepted": len(reasons) - len(needless), "new": len(new)}
    records.write_record("semgrep", [records.start_row("semgrep") | counts])
    return int(bool(dead or new or needless))


if __name__ == "__main__":
    sys.exit(main())
