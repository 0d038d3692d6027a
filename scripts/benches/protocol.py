"""scripts/bench protocol [--runs N | --deep] [--json]: the common report, simulated.

broken         properties that did not hold in any of N runs drawn from seeds: loss, skew,
               partitions, crashes, restores, re-orgs, and up to f nodes with strategies of the
               library (--deep: 10,000 runs; what was run with the same sources is not run again)
p50_blocks     from the opening of a slot to its round: seven nodes, a chain of one block a second
p99_blocks     the same of the slowest; p99_blocks_loss with 2 % of messages lost
p99_one_dead   the same with a dead node, of rounds that landed: of the slots that it leads there is
               none
messages_N     between N nodes in a round without a call, and how many bytes
"""

import argparse
import gc
import hashlib
import json
import sys
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

from rows import Row, report

sys.path.insert(0, str(Path(__file__).parents[2]))

from oracle.protocol.committee.bounds import Bounds
from oracle.simulation.draw import draw_scenario
from oracle.simulation.outcome import RunOutcome
from oracle.simulation.scenario import BEGIN, HEARTBEAT_S, Scenario
from oracle.simulation.world import run_scenario

SEVEN: Final = Bounds(7, 2, 5)
SIZES: Final = (Bounds(5, 1, 4), SEVEN, Bounds(13, 4, 9))
RUNS: Final = 100
DEEP: Final = 10_000
ROOT: Final = Path(__file__).parents[2]
BLOCK_RUNS: Final = 25
ROOMS: Final = ("oracle/protocol", "oracle/simulation")
ROUNDS: Final = 40
SEEDS: Final = 5


def drawn_row(runs: int) -> Row:
    """What was broken in so many runs, each named by its seed."""
    records = Records(ROOT / "build" / "simulated")
    blocks = [
        records.of(first, min(first + BLOCK_RUNS, runs)) for first in range(0, runs, BLOCK_RUNS)
    ]
    found = [text for block in blocks for text in block["broken"]]
    for text in found:
        print(text, file=sys.stderr)
    counted = ("events", "rounds", "taken back")
    seen = {name: sum(block[name] for block in blocks) for name in counted}
    return Row("broken", len(found), 0, "properties", peers={"runs": runs, **seen})


class Records:
    """Blocks of runs that were done with these sources: thousands of runs may take several goes."""

    def __init__(self, folder: Path) -> None:
        sources = hashlib.sha256()
        for room in ROOMS:
            for path in sorted((ROOT / room).rglob("*.py")):
                sources.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
        self._folder = folder / sources.hexdigest()[:16]
        self._folder.mkdir(parents=True, exist_ok=True)

    def of(self, first: int, end: int) -> dict[str, Any]:
        """What came of the runs of these seeds: from the record, or run now."""
        path = self._folder / f"{first}-{end}.json"
        if path.exists():
            known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return known
        found = run_block(first, end)
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(found), encoding="utf-8")
        fresh.rename(path)
        return found


def run_block(first: int, end: int) -> dict[str, Any]:
    """Runs a block of seeds. A world is all garbage once it has ended, so nothing is collected."""
    gc.disable()
    outcomes = [run_scenario(draw_scenario(seed)) for seed in range(first, end)]
    gc.enable()
    return {
        "broken": [
            f"seed {outcome.scenario.seed}: {text}"
            for outcome in outcomes
            for text in outcome.broken
        ],
        "events": sum(outcome.steps for outcome in outcomes),
        "rounds": sum(outcome.rounds for outcome in outcomes),
        "taken back": sum(outcome.reorged for outcome in outcomes),
    }


def pace_rows() -> list[Row]:
    """How long rounds take with seven nodes: most answers in time, 2 % lost, or one node dead."""
    calm, lossy, dead = (_seconds(**each) for each in ({}, {"loss_after": 0.02}, _one_dead()))
    return [
        Row("p50_blocks", median(calm), 3, "blocks"),
        Row("p99_blocks", _p99(calm), 5, "blocks"),
        Row("p99_blocks_loss", _p99(lossy), 5, "blocks", peers={"median": median(lossy)}),
        Row("p99_one_dead", _p99(dead), 8, "blocks"),
    ]


def message_rows() -> list[Row]:
    """Messages and bytes of rounds at heartbeats, by the number of nodes."""
    limits = {5: 100, 7: 200, 13: 700}
    rows = []
    for bounds in SIZES:
        outcome = _run(0, bounds)
        per_round = outcome.messages / outcome.rounds
        size = {"bytes": outcome.size / outcome.rounds}
        name = f"messages_{bounds.nodes}"
        rows.append(Row(name, per_round, limits[bounds.nodes], "a round", peers=size))
    return rows


def _one_dead() -> dict[str, frozenset[int]]:
    return {"dead": frozenset({3})}


def _run(seed: int, bounds: Bounds, **changes: object) -> RunOutcome:
    end = BEGIN + ROUNDS * HEARTBEAT_S // SEEDS
    return run_scenario(Scenario(seed=seed, bounds=bounds, end=end, **changes))  # type: ignore[arg-type]


def _seconds(**changes: object) -> list[float]:
    return [each for seed in range(SEEDS) for each in _run(seed, SEVEN, **changes).seconds]


def _p99(seconds: list[float]) -> float:
    return quantiles(seconds, n=100, method="inclusive")[-1]


def main() -> int:
    """Exit code 1 when a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--deep", action="store_true")
    asked = parser.parse_args()
    runs = DEEP if asked.deep else asked.runs
    return report([drawn_row(runs), *pace_rows(), *message_rows()], as_json=asked.json)


if __name__ == "__main__":
    sys.exit(main())
