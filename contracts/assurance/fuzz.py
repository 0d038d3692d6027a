"""Runs every test of the contracts but the campaigns, fuzz tests at length, and keeps a record.

python -m contracts.assurance.fuzz           with the next seed that these contracts have not had
python -m contracts.assurance.fuzz --seed 7  with this one, to see a failure again

How many cases a fuzz test takes is `profile.deep` of foundry.toml. Runs are kept in
assurance/fuzz.json. Exit code 1 when a test fails.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from itertools import count
from time import monotonic
from typing import Final

from contracts.assurance import document as assurance
from contracts.codegen.sources import CONTRACTS

FORGE: Final = CONTRACTS.parent / "node_modules" / ".bin" / "forge"
SETTINGS: Final = {"FOUNDRY_PROFILE": "deep", "FOUNDRY_LINT_LINT_ON_BUILD": "false"}

_SUITE: Final = re.compile(r"^Suite result: .* (\d+) passed; (\d+) failed;")
_FAILED: Final = re.compile(r"^\[FAIL.*\] (\w+)\(")
_TOLD: Final = ("Compiling", "Solc", "Ran ", "Suite result", "[FAIL")
_CASES: Final = re.compile(r"^\[(?:PASS|FAIL).* \(runs: (\d+),")


@dataclass(slots=True)
class Tally:
    """What forge has said so far."""

    tests: int = 0
    failed: list[str] = field(default_factory=list)
    """Names of tests."""
    cases: list[int] = field(default_factory=list)
    """Of each fuzz test."""

    def read(self, line: str) -> None:
        """Counts what one line of forge's report says."""
        if found := _SUITE.match(line):
            self.tests += sum(map(int, found.groups()))
        if found := _FAILED.match(line):
            self.failed.append(found[1])
        if found := _CASES.match(line):
            self.cases.append(int(found[1]))


def run(seed: int) -> Tally:
    """Runs all tests, telling of each suite as it ends; a run that breaks off counts nothing."""
    forge = subprocess.Popen(  # noqa: S603 - our own forge
        [FORGE, "test", "--no-match-path", "test/invariants/*"],
        cwd=CONTRACTS,
        env={**os.environ, **SETTINGS, "FOUNDRY_FUZZ_SEED": hex(seed)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert forge.stdout is not None
    tally = Tally()
    for line in forge.stdout:
        # After the suites it says once more what failed.
        if line.startswith("Failing tests:"):
            break
        tally.read(line)
        if line.startswith(_TOLD):
            print(line, end="", file=sys.stderr, flush=True)
    forge.stdout.close()
    return Tally() if forge.wait() and not tally.failed else tally


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seed", type=int, help="default: the next one")
    kept = assurance.present("fuzz")
    had = {each["seed"] for each in kept}
    seed = parser.parse_args().seed or next(seed for seed in count(1) if seed not in had)
    contracts, commit, started = assurance.contracts_hash(), assurance.commit(), monotonic()
    tally = run(seed)
    if not tally.tests:
        print(f"Seed {seed} broke off; nothing is kept. Forge says why above.", file=sys.stderr)
        return 1
    row = {
        "name": "fuzz",
        "contracts": contracts,
        "commit": commit,
        "seed": seed,
        "tests": tally.tests,
        "fuzzed": len(tally.cases),
        "cases": sum(tally.cases),
        "failed": tally.failed,
        "seconds": round(monotonic() - started, 1),
    }
    print(json.dumps(row))
    others = [each for each in kept if each["seed"] != seed]
    assurance.keep("fuzz", sorted([*others, row], key=lambda each: each["seed"]))
    return int(bool(tally.failed))


if __name__ == "__main__":
    sys.exit(main())
