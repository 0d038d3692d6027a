"""Runs every test of the contracts except campaigns, with many fuzz cases, and keeps a record.

python -m contracts.assurance.fuzz           with the next seed that these contracts have not run
python -m contracts.assurance.fuzz --seed 7  with this seed, to repeat a failure
python -m contracts.assurance.fuzz --failed  only what failed in the last whole run, with its seed

`profile.deep` of foundry.toml sets the number of cases. Runs are kept in assurance/fuzz.json.
Exit code 1 when a test fails.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from operator import itemgetter
from time import monotonic
from typing import Final

from contracts.assurance import records
from contracts.assurance.forge import FORGE, NO_LINT
from contracts.codegen.sources import CONTRACTS

SETTINGS: Final = {"FOUNDRY_PROFILE": "deep", **NO_LINT}

_SUITE: Final = re.compile(r"^Suite result: .* (\d+) passed; (\d+) failed;")
_FAILED: Final = re.compile(r"^\[FAIL.*\] (\w+)\(")
_SHOWN: Final = ("Compiling", "Solc", "Ran ", "Suite result", "[FAIL")
_CASES: Final = re.compile(r"^\[(?:PASS|FAIL).* \(runs: (\d+),")


@dataclass(slots=True)
class Tally:
    """Counts from the report of forge so far."""

    tests: int = 0
    failed: list[str] = field(default_factory=list)
    """Names of failed tests."""
    cases: list[int] = field(default_factory=list)
    """Number of cases of each fuzz test."""

    def count_line(self, line: str) -> None:
        """Add the counts of a line of forge's report."""
        if found := _SUITE.match(line):
            self.tests += sum(map(int, found.groups()))
        if found := _FAILED.match(line):
            self.failed.append(found[1])
        if found := _CASES.match(line):
            self.cases.append(int(found[1]))


def run_tests(seed: int, only: Sequence[str] = ()) -> Tally:
    """Run all tests, or these, printing suites as they end; empty counts if forge breaks off."""
    chosen = ("--match-test", rf"^({'|'.join(only)})\(") if only else ()
    forge = subprocess.Popen(  # noqa: S603 - our own forge
        [FORGE, "test", "--no-match-path", "test/invariants/*", *chosen],
        cwd=CONTRACTS,
        env={**os.environ, **SETTINGS, "FOUNDRY_FUZZ_SEED": hex(seed)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert forge.stdout is not None
    tally = Tally()
    for line in forge.stdout:
        # After the suites the report repeats the failed tests.
        if line.startswith("Failing tests:"):
            break
        tally.count_line(line)
        if line.startswith(_SHOWN):
            print(line, end="", file=sys.stderr, flush=True)
    forge.stdout.close()
    return Tally() if forge.wait() and not tally.failed else tally


def main() -> int:
    """Run the tests with a seed. Exit code 1 when a test fails or forge breaks off."""
    parser = records.command_parser(__doc__)
    parser.add_argument("--seed", type=int, help="default: the next one")
    parser.add_argument("--failed", action="store_true", help="what failed in the last whole run")
    kept = records.current_rows("fuzz")
    wanted = parser.parse_args()
    only: list[str] = []
    seed = wanted.seed or next(seed for seed in count(1) if seed not in {r["seed"] for r in kept})
    if wanted.failed:
        seed, only = next(
            ((row["seed"], row["failed"]) for row in reversed(kept) if not row["only"]), (0, [])
        )
        if not only:
            print("Nothing failed in the last whole run on these contracts.", file=sys.stderr)
            return 0
    row, started = records.start_row("fuzz"), monotonic()
    tally = run_tests(seed, only)
    if not tally.tests:
        print(
            f"Seed {seed} broke off; nothing is kept. Forge printed the reason above.",
            file=sys.stderr,
        )
        return 1
    row |= {
        "seed": seed,
        "only": only,
        "tests": tally.tests,
        "fuzzed": len(tally.cases),
        "cases": sum(tally.cases),
        "failed": tally.failed,
        "seconds": round(monotonic() - started, 1),
    }
    print(json.dumps(row))
    key = itemgetter("seed", "only")
    others = [other for other in kept if key(other) != key(row)]
    records.write_record("fuzz", sorted([*others, row], key=key))
    return int(bool(tally.failed))


if __name__ == "__main__":
    sys.exit(main())
