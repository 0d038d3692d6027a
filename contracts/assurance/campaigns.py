"""Runs the stateful campaigns at length, in a copy of the tree, and counts what they did.

python -m contracts.assurance.campaigns             every slice these contracts have not had yet
python -m contracts.assurance.campaigns units gate  only these campaigns of assurance/campaigns.toml

A campaign is cut into slices, each with a seed of its own, so a run that stops goes on where it
was; a slice per core runs at a time. Every slice is kept in assurance/campaigns.json. Exit code 1
when an invariant broke.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor, as_completed
from operator import itemgetter
from pathlib import Path
from time import monotonic
from typing import Any, Final

from contracts.assurance import document as assurance
from contracts.assurance.sandbox import copy_contracts
from contracts.codegen.sources import CONTRACTS

ROOT: Final = CONTRACTS.parent
PLAN: Final = assurance.ASSURANCE / "campaigns.toml"
SETTINGS: Final = {"FOUNDRY_PROFILE": "campaigns", "FOUNDRY_LINT_LINT_ON_BUILD": "false"}

# What a campaign says of its runs of every day would override the plan.
_INLINE: Final = re.compile(r"^ */// forge-config: .*\n", re.MULTILINE)


class Broken(Exception):
    """A campaign that could not be run at all."""


def prepare(names: list[str]) -> Path:
    """A copy of the tree with these campaigns alone."""
    folder = ROOT / "build" / "campaigns"
    tests = [f"test/invariants/{name.capitalize()}.t.sol" for name in names]
    contracts = copy_contracts(ROOT, folder, tests)
    for test in tests:
        suite = contracts / test
        suite.write_text(_INLINE.sub("", suite.read_text()))
    shutil.rmtree(contracts / "ledgers", ignore_errors=True)
    (contracts / "ledgers").mkdir()
    return contracts


def run(contracts: Path, name: str, seed: int, runs: int, depth: int) -> dict[str, Any]:
    """One slice: the record of it."""
    ledger = Path("ledgers") / f"{name}-{seed}"
    started = monotonic()
    results = _forge(
        contracts,
        ["test", "--match-path", f"test/invariants/{name.capitalize()}.t.sol"],
        {
            "CAMPAIGN_LEDGER": str(ledger),
            # Slices of two campaigns run side by side: in one folder each would undo what the other
            # has compiled.
            "FOUNDRY_OUT": f"out/{name}",
            "FOUNDRY_CACHE_PATH": f"cache/{name}",
            "FOUNDRY_FUZZ_SEED": hex(seed),
            # A slice that breaks is not what the next one starts with.
            "FOUNDRY_INVARIANT_FAILURE_PERSIST_DIR": f"{ledger}.failures",
            "FOUNDRY_INVARIANT_RUNS": str(runs),
            "FOUNDRY_INVARIANT_DEPTH": str(depth),
        },
    )
    seconds = monotonic() - started
    written = contracts / ledger
    if not written.exists():
        raise Broken(results.stdout[-2000:] + results.stderr[-2000:])
    lines = [tuple(map(int, line.split())) for line in written.read_text().splitlines()]
    if results.returncode:
        print(results.stdout[-4000:], file=sys.stderr)
    return {
        "name": name,
        "contracts": assurance.contracts_hash(),
        "commit": assurance.commit(),
        "seed": seed,
        "runs": runs,
        "depth": depth,
        "calls": sum(calls for calls, _ in lines),
        "effective": sum(effective for _, effective in lines),
        "seconds": round(seconds, 1),
        "result": "broken" if results.returncode else "held",
    }


def _forge(
    contracts: Path, arguments: list[str], environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own forge
        [ROOT / "node_modules" / ".bin" / "forge", *arguments],
        cwd=contracts,
        env={**os.environ, **SETTINGS, **environment},
        capture_output=True,
        text=True,
    )


def main() -> int:
    """See the module."""
    plan = tomllib.loads(PLAN.read_text())
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(plan))
    wanted = parser.parse_args().names or list(plan)
    unknown = set(wanted) - set(plan)
    if unknown:
        parser.error(f"no such campaign: {', '.join(sorted(unknown))}; choose of {', '.join(plan)}")
    kept = assurance.present("campaigns")
    done = {(each["name"], each["seed"]) for each in kept}
    try:
        contracts = prepare(wanted)
        # In turn, so that a run that stops has done some of each.
        slices = sorted(
            (seed, name) for name in wanted for seed in range(1, plan[name]["slices"] + 1)
        )
        missing = [(seed, name) for seed, name in slices if (name, seed) not in done]

        def slice_of(seed: int, name: str) -> dict[str, Any]:
            return run(contracts, name, seed, plan[name]["runs"], plan[name]["depth"])

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            running = [pool.submit(slice_of, seed, name) for seed, name in missing]
            for ended in as_completed(running):
                kept.append(ended.result())
                print(json.dumps(kept[-1]), flush=True)
                assurance.keep("campaigns", sorted(kept, key=itemgetter("name", "seed")))
    except Broken as failed:
        print(failed, file=sys.stderr)
        return 1
    return int(any(each["result"] != "held" for each in kept))


if __name__ == "__main__":
    sys.exit(main())
