"""Runs every test of the contracts but the campaigns, fuzz tests at length, and keeps a record.

python contracts/fuzz.py             with the next seed that these contracts have not had
python contracts/fuzz.py --seed 7    with this one, to see a failure again

How many cases a fuzz test takes is `profile.deep` of foundry.toml. Runs are kept in
assurance/fuzz.json. Exit code 1 when a test fails.
"""

import argparse
import json
import os
import subprocess
import sys
from itertools import count
from time import monotonic
from typing import Any, Final

import assurance
from sources import CONTRACTS

FORGE: Final = CONTRACTS.parent / "node_modules" / ".bin" / "forge"
SETTINGS: Final = {"FOUNDRY_PROFILE": "deep", "FOUNDRY_LINT_LINT_ON_BUILD": "false"}


class Broken(Exception):
    """Tests that could not be run at all."""


def run(seed: int) -> tuple[dict[str, Any], list[str]]:
    """The record of one run, and the tests that failed."""
    started = monotonic()
    done = subprocess.run(  # noqa: S603 - our own forge
        [FORGE, "test", "--json", "--no-match-path", "test/invariants/*"],
        cwd=CONTRACTS,
        env={**os.environ, **SETTINGS, "FOUNDRY_FUZZ_SEED": hex(seed)},
        capture_output=True,
        text=True,
    )
    try:
        suites = json.loads(done.stdout)
    except json.JSONDecodeError:
        raise Broken(done.stdout[-3000:] + done.stderr[-3000:]) from None
    tests = {
        f"{suite}::{name}": told
        for suite, results in suites.items()
        for name, told in results["test_results"].items()
    }
    cases = [told["kind"]["Fuzz"]["runs"] for told in tests.values() if "Fuzz" in told["kind"]]
    failed = [name for name, told in tests.items() if told["status"] == "Failure"]
    return {
        "name": "fuzz",
        "contracts": assurance.contracts_hash(),
        "commit": assurance.commit(),
        "seed": seed,
        "tests": len(tests),
        "fuzzed": len(cases),
        "cases": sum(cases),
        "failed": len(failed),
        "seconds": round(monotonic() - started, 1),
    }, failed


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seed", type=int, help="default: the next one")
    kept = assurance.present("fuzz")
    had = {each["seed"] for each in kept}
    seed = parser.parse_args().seed or next(seed for seed in count(1) if seed not in had)
    try:
        told, failed = run(seed)
    except Broken as broken:
        print(broken, file=sys.stderr)
        return 1
    print(json.dumps(told))
    for name in failed:
        print(f"failed: {name}", file=sys.stderr)
    others = [each for each in kept if each["seed"] != seed]
    assurance.keep("fuzz", sorted([*others, told], key=lambda each: each["seed"]))
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
