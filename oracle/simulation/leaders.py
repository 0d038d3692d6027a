"""What leaders that omit, delay, split or keep reports cost the index: rounds in virtual time."""

from statistics import median
from typing import Any, Final

from oracle.protocol.committee.bounds import Bounds
from oracle.simulation.scenario import BEGIN, HEARTBEAT_S, Scenario
from oracle.simulation.world import run_scenario

BOUNDS: Final = Bounds(7, 2, 5)
LIARS: Final = (0, 1)
ROUNDS: Final = 14
"""At each heartbeat one: the leader moves on by one with every slot."""
NAMES: Final = (
    "honest",
    "omits as leader",
    "chosen quorum",
    "splits as leader",
    "proposes to a few",
    "delays everything",
    "known to one alone",
    "silent",
    "never transmits",
    "transmits last",
)


def study_leaders() -> list[dict[str, Any]]:
    """By strategy of both liars: rounds, milliseconds from their slot to their block, what broke.

    Time is counted from the slot that landed: of a slot that failed there is a round less.
    """
    return [study_leader(name) for name in NAMES]


def study_leader(name: str) -> dict[str, Any]:
    """What one strategy costs."""
    outcome = run_scenario(
        Scenario(
            seed=1,
            bounds=BOUNDS,
            liars=tuple((position, name) for position in LIARS),
            end=BEGIN + ROUNDS * HEARTBEAT_S,
        )
    )
    return {
        "strategy": name,
        "rounds": outcome.rounds,
        "median_ms": round(median(outcome.seconds) * 1_000),
        "longest_ms": round(max(outcome.seconds) * 1_000),
        "broken": len(outcome.broken),
    }
