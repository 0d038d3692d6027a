"""One window under a chooser of quorum and slots: how far the settlement can be put."""

import random
from collections.abc import Sequence
from typing import Final, NamedTuple

from oracle.backtest.month import HOLD_S
from oracle.index.daily_chain import Chain
from oracle.index.level import IndexValue
from oracle.index.panel import Panel
from oracle.manipulation.attack import HOUR_S
from oracle.manipulation.providers import Scene
from oracle.manipulation.quorum import reach
from oracle.manipulation.slots import Timing, choose_slots, honest_middle, withheld_mean
from oracle.quotes.history import History
from pargrade.spot_index.accumulator import accumulate, window
from pargrade.spot_index.quorum import liars_survived
from pargrade.units import Price, Rounding, divide

STEP_S: Final = 300
TIMING: Final = Timing(STEP_S, HOLD_S)
"""The defaults of SpotIndex: at least 300 s apart, held for an hour and five minutes."""

SETS: Final = ((5, 7), (9, 13))
FULL_BPS: Final = 9_000
"""Coverage that the first rung asks for: a chooser may leave the rest uncovered."""

_YEAR_STEPS: Final = 365 * 86_400 // STEP_S


class Choice(NamedTuple):
    """What choosing the quorum can do to S, with a number of liars in the set."""

    quorum: int
    reporters: int
    liars: int
    low8: int | None
    """None is without bound."""
    high8: int | None
    honest_low8: int
    """S of whoever was lowest at every hour; nothing beyond is honest."""
    honest_high8: int
    middle8: int
    """S when everybody is included."""


class Timed(NamedTuple):
    """What choosing the slots can do to S on one path of values."""

    path: str
    middle8: int
    """S with a round every hour."""
    low8: int
    high8: int
    withheld_low8: int
    """Bounds when up to a tenth of the window may also be left uncovered."""
    withheld_high8: int
    lowest8: int
    highest8: int


def rotated_panels(panel: Panel, reporters: int) -> tuple[Panel, ...]:
    """One panel per reporter: each leaves out another part of the providers, and lags more."""
    return tuple(
        Panel(
            f"reporter-{instant + 1}",
            tuple(p for rank, p in enumerate(panel.providers) if rank % reporters != instant),
            60 * (instant + 1),
        )
        for instant in range(reporters)
    )


def observed(scene: Scene, reporters: int) -> list[list[int]]:
    """What each of `reporters` honest reporters says, step by step through the window."""
    history = History.of(scene.quotes)
    chains = [
        Chain(history, scene.method, panel) for panel in rotated_panels(scene.panel, reporters)
    ]
    steps = range(scene.start, scene.end + 1, STEP_S)
    return [[_value8(chain, instant) for chain in chains] for instant in steps]


def choices(rows: Sequence[Sequence[int]], quorum: int) -> tuple[Choice, ...]:
    """The reach of whoever chooses the quorum at every hour, by the number of liars.

    `rows` hold what all reporters would say if they were honest. Who lies is worst for S: of the
    reporters those are taken whose honest values were farthest on the other side.
    """
    hourly = rows[:: HOUR_S // STEP_S]
    count = len(rows[0])
    found = []
    for liars in range(liars_survived(quorum) + 2):
        low = [reach(sorted(row)[: count - liars], quorum, liars).low for row in hourly]
        high = [reach(sorted(row)[liars:], quorum, liars).high for row in hourly]
        found.append(
            Choice(
                quorum,
                count,
                liars,
                _bounded(low),
                _bounded(high),
                _held(list(map(min, hourly))),
                _held(list(map(max, hourly))),
                _held(honest_middle(hourly)),
            )
        )
    return tuple(found)


def timed(path: str, values: Sequence[int]) -> Timed:
    """The reach of whoever sends every round of a path, a value per step."""
    hourly = values[:: HOUR_S // STEP_S]
    steps = len(values) - 1
    low = choose_slots(values, TIMING, highest=False)
    high = choose_slots(values, TIMING, highest=True)
    least, count = withheld_mean(values[:-1], TIMING, FULL_BPS, highest=False)
    most, _ = withheld_mean(values[:-1], TIMING, FULL_BPS, highest=True)
    return Timed(
        path,
        _held(hourly),
        divide(low.value_steps, steps, Rounding.HALF_EVEN),
        divide(high.value_steps, steps, Rounding.HALF_EVEN),
        divide(least, count, Rounding.HALF_EVEN),
        divide(most, count, Rounding.HALF_EVEN),
        min(values),
        max(values),
    )


def random_path(start8: int, steps: int, annual_volatility: float, seed: int) -> list[int]:
    """An invented path for a stress: a geometric walk, the same on every run."""
    draw = random.Random(seed)  # noqa: S311 - a stress path, not a secret
    sigma = annual_volatility / _YEAR_STEPS**0.5
    level = float(start8)
    path = [start8]
    for _ in range(steps):
        level *= 1 + sigma * draw.gauss(0, 1)
        path.append(round(level))
    return path


def _value8(chain: Chain, instant: int) -> int:
    value = chain.value(instant)
    if not isinstance(value, IndexValue):
        raise ValueError(f"{chain.panel.name} has no value at {instant}")
    return value.value8


def _bounded(values: Sequence[int | None]) -> int | None:
    found = [value for value in values if value is not None]
    return _held(found) if len(found) == len(values) else None


def _held(hourly: Sequence[int]) -> int:
    """The time average of a value per hour, as the chain accumulates it."""
    first = 86_400
    rounds = accumulate(
        ((first - HOUR_S + hour * HOUR_S, Price(v)) for hour, v in enumerate((hourly[0], *hourly))),
        HOLD_S,
    )
    return int(window(rounds, first, first + (len(hourly) - 1) * HOUR_S, HOLD_S).price())
