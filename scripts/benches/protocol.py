"""scripts/bench protocol [--runs N | --deep] [--json]: the common report, simulated.

broken         properties that did not hold in any of N runs drawn from seeds: loss, skew,
               partitions, crashes, restores, and up to f nodes with strategies of the library
               (--deep: 10,000 runs)
p50_blocks     from the opening of a slot to its round: seven nodes, a chain of one block a second
p99_blocks     the same of the slowest; p99_blocks_loss with 2 % of messages lost
p99_one_dead   the same with a dead node
messages_N     between N nodes in a round without a call, and how many bytes
"""

import argparse
import sys
from pathlib import Path
from statistics import median, quantiles
from typing import Final

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
ROUNDS: Final = 40
SEEDS: Final = 5


def drawn_row(runs: int) -> Row:
    """What was broken in so many runs, each named by its seed."""
    found: list[str] = []
    steps = rounds = 0
    for seed in range(runs):
        outcome = run_scenario(draw_scenario(seed))
        steps, rounds = steps + outcome.steps, rounds + outcome.rounds
        found += [f"seed {seed}: {text}" for text in outcome.broken]
    for text in found:
        print(text, file=sys.stderr)
    seen = {"runs": runs, "events": steps, "rounds": rounds}
    return Row("broken", len(found), 0, "properties", peers=seen)


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
