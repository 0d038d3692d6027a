"""Runs the stateful campaigns at length in a copy of the tree and counts their calls.

python -m contracts.assurance.campaigns             every slice these contracts have not run yet
python -m contracts.assurance.campaigns units gate  only these campaigns of assurance/campaigns.toml

A campaign is cut into slices, each with its own seed, so a run that stops can continue later. One
slice per core runs at a time. Every slice is kept in assurance/campaigns.json. Exit code 1 when an
invariant is broken.
"""

import json
import os
import re
import shutil
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor, as_completed
from operator import itemgetter
from pathlib import Path
from time import monotonic
from typing import Any, Final

from contracts.assurance import records
from contracts.assurance.forge import NO_LINT, run_forge
from contracts.assurance.sandbox import copy_contracts
from contracts.codegen.sources import ARTIFACTS, ROOT

PLAN: Final = records.ASSURANCE / "campaigns.toml"
SETTINGS: Final = {"FOUNDRY_PROFILE": "campaigns", **NO_LINT}

# Inline settings are for the daily runs and would override the plan.
_INLINE: Final = re.compile(r"^ */// forge-config: .*\n", re.MULTILINE)


class CampaignNotRun(Exception):
    """A campaign that forge could not run; the message is forge's output."""


def copy_campaigns(names: list[str]) -> Path:
    """Copy the tree with these campaigns as its only tests, and return the copy's contracts/."""
    folder = ROOT / "build" / "campaigns"
    tests = [f"test/invariants/{name.capitalize()}.t.sol" for name in names]
    contracts = copy_contracts(ROOT, folder, tests)
    shipped = folder / ARTIFACTS.relative_to(ROOT)
    shutil.rmtree(shipped, ignore_errors=True)
    shutil.copytree(ARTIFACTS, shipped)
    for test in tests:
        suite = contracts / test
        suite.write_text(_INLINE.sub("", suite.read_text()))
    shutil.rmtree(contracts / "ledgers", ignore_errors=True)
    (contracts / "ledgers").mkdir()
    return contracts


def run_slice(contracts: Path, name: str, seed: int, runs: int, depth: int) -> dict[str, Any]:
    """Run a slice and return its row of the record. Raises CampaignNotRun."""
    ledger = Path("ledgers") / f"{name}-{seed}"
    row, started = records.start_row(name), monotonic()
    results = run_forge(
        ["test", "--match-path", f"test/invariants/{name.capitalize()}.t.sol"],
        contracts,
        SETTINGS
        | {
            "CAMPAIGN_LEDGER": str(ledger),
            # Slices of two campaigns run at the same time. In a common folder each would discard
            # the other's compiled files.
            "FOUNDRY_OUT": f"out/{name}",
            "FOUNDRY_CACHE_PATH": f"cache/{name}",
            "FOUNDRY_FUZZ_SEED": hex(seed),
            # A failure of a slice must not be replayed by the next slice.
            "FOUNDRY_INVARIANT_FAILURE_PERSIST_DIR": f"{ledger}.failures",
            "FOUNDRY_INVARIANT_RUNS": str(runs),
            "FOUNDRY_INVARIANT_DEPTH": str(depth),
        },
    )
    seconds = monotonic() - started
    written = contracts / ledger
    if not written.exists():
        raise CampaignNotRun(results.stdout[-2000:] + results.stderr[-2000:])
    lines = [tuple(map(int, line.split())) for line in written.read_text().splitlines()]
    if results.returncode:
        print(results.stdout[-4000:], file=sys.stderr)
    return row | {
        "seed": seed,
        "runs": runs,
        "depth": depth,
        "calls": sum(calls for calls, _ in lines),
        "effective": sum(effective for _, effective in lines),
        "seconds": round(seconds, 1),
        "result": "broken" if results.returncode else "held",
    }


def main() -> int:
    """Run the missing slices. Exit code 1 when an invariant is broken."""
    plan = tomllib.loads(PLAN.read_text())
    parser = records.command_parser(__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(plan))
    wanted = parser.parse_args().names or list(plan)
    unknown = set(wanted) - set(plan)
    if unknown:
        parser.error(f"no such campaign: {', '.join(sorted(unknown))}; choose of {', '.join(plan)}")
    kept = records.current_rows("campaigns")
    done = {(row["name"], row["seed"]) for row in kept}
    try:
        contracts = copy_campaigns(wanted)
        # Sorted by seed, so that a run that stops has slices of every campaign.
        slices = sorted(
            (seed, name) for name in wanted for seed in range(1, plan[name]["slices"] + 1)
        )
        missing = [(seed, name) for seed, name in slices if (name, seed) not in done]

        def run_planned(seed: int, name: str) -> dict[str, Any]:
            return run_slice(contracts, name, seed, plan[name]["runs"], plan[name]["depth"])

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            running = [pool.submit(run_planned, seed, name) for seed, name in missing]
            for ended in as_completed(running):
                kept.append(ended.result())
                print(json.dumps(kept[-1]), flush=True)
                records.write_record("campaigns", sorted(kept, key=itemgetter("name", "seed")))
    except CampaignNotRun as failed:
        print(failed, file=sys.stderr)
        return 1
    return int(any(row["result"] != "held" for row in kept))


if __name__ == "__main__":
    sys.exit(main())
