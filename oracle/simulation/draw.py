"""Draws a scenario from a seed: everything that can go wrong, up to f nodes that lie."""

import random

from oracle.protocol.committee.bounds import Bounds, most_liars
from oracle.simulation.chain import Reorg
from oracle.simulation.scenario import (
    BEGIN,
    GRID_S,
    HEARTBEAT_S,
    Crash,
    Partition,
    Scenario,
)
from oracle.simulation.strategies import STRATEGIES

_SIZES = (5, 7, 7, 13)


def draw_scenario(seed: int) -> Scenario:
    """The scenario of a seed: always the same."""
    draw = random.Random(f"scenario {seed}")  # noqa: S311 - a simulated world
    nodes = draw.choice(_SIZES)
    liars = most_liars(nodes)
    bounds = Bounds(nodes, liars, draw.randint(liars + 1, nodes - liars))
    healed_at = BEGIN + draw.choice((0, 0, 2, 4)) * GRID_S + draw.uniform(0, GRID_S)
    positions = draw.sample(range(nodes), liars)
    common = draw.choice(sorted(STRATEGIES))
    alike = draw.random() < 0.5
    return Scenario(
        seed=seed,
        bounds=bounds,
        liars=tuple(
            (position, common if alike else draw.choice(sorted(STRATEGIES)))
            for position in sorted(positions)
        ),
        loss=draw.choice((0.0, 0.05, 0.2)),
        loss_after=draw.choice((0.0, 0.0, 0.02)),
        skew_s=draw.choice((0.0, 0.5, 1.0)),
        partitions=_draw_partitions(draw, nodes, healed_at),
        crashes=_draw_crashes(draw, nodes, set(positions), healed_at),
        hunts_leader=draw.random() < 0.15,
        two_faced=draw.random() < 0.3,
        slow_fetchers=frozenset(position for position in range(nodes) if draw.random() < 0.15),
        reorgs=_draw_reorgs(draw, healed_at),
        healed_at=healed_at,
        end=healed_at + 2 * HEARTBEAT_S + (liars + 1) * GRID_S,
    )


def _draw_partitions(draw: random.Random, nodes: int, healed_at: float) -> tuple[Partition, ...]:
    found = []
    for _ in range(draw.randrange(3)):
        begin = draw.uniform(BEGIN, healed_at)
        side = frozenset(each for each in range(nodes) if draw.random() < 0.5)
        found.append(Partition(begin, draw.uniform(begin, healed_at), side))
    return tuple(found)


def _draw_crashes(
    draw: random.Random, nodes: int, liars: set[int], healed_at: float
) -> tuple[Crash, ...]:
    found = []
    for position in range(nodes):
        if position not in liars and draw.random() < 0.3:
            crashed_at = draw.uniform(BEGIN, healed_at)
            down_s = draw.uniform(0.0, healed_at - crashed_at)
            found.append(Crash(position, crashed_at, down_s, draw.random() < 0.4))
    return tuple(found)


def _draw_reorgs(draw: random.Random, healed_at: float) -> tuple[Reorg, ...]:
    """Up to two, some of them deep enough to take a round back."""
    found = []
    for _ in range(draw.choice((0, 0, 1, 2))):
        instant = draw.uniform(BEGIN, healed_at + HEARTBEAT_S + GRID_S)
        found.append(Reorg(instant, draw.choice((1, 6, 64, 64)), draw.random() < 0.5))
    return tuple(sorted(found, key=lambda each: each.instant))
