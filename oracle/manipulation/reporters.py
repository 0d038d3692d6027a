"""How far a party that chooses the quorum or the slots can move the settlement of a window."""

import random
from collections.abc import Sequence
from typing import Final, NamedTuple

from oracle.backtest.month import HOLD_S
from oracle.index.chain import Chain, chain_of
from oracle.index.level import IndexValue
from oracle.index.panel import Panel
from oracle.manipulation.providers import Scenario
from oracle.manipulation.quorum import find_reach
from oracle.manipulation.slots import (
    Timing,
    bound_withheld_mean,
    choose_slots,
    honest_medians,
)
from oracle.quotes.history import History
from pargrade.clock import DAY_S, HOUR_S
from pargrade.spot_index.accumulator import accumulate, window
from pargrade.spot_index.quorum import liars_survived
from pargrade.units import Price, Rounding, divide

STEP_S: Final = 300
TIMING: Final = Timing(STEP_S, HOLD_S)
"""The defaults of SpotIndex: at least 300 s apart, held for 3,900 s."""

SETS: Final = ((5, 7), (9, 13))
"""Pairs of quorum and number of reporters."""
FULL_BPS: Final = 9_000
"""Coverage that the first rung requires, in ten-thousandths; the rest may stay uncovered."""

_YEAR_STEPS: Final = 365 * DAY_S // STEP_S


class QuorumChoice(NamedTuple):
    """The settlements that the choice of the quorum can reach, with a number of liars.

    Amounts are USD with 8 decimals, half-even to 0.0001 USD.
    """

    quorum: int
    reporters: int
    liars: int
    low8: int | None
    """None is without bound, also in `high8`."""
    high8: int | None
    honest_low8: int
    """S of the lowest honest value of every hour."""
    honest_high8: int
    """S of the highest honest value of every hour."""
    middle8: int
    """S with all reporters in every round, all honest."""


class SlotChoice(NamedTuple):
    """The settlements that the choice of the slots can reach on a path of values.

    Amounts are USD with 8 decimals.
    """

    path: str
    middle8: int
    """S with a round every hour."""
    low8: int
    high8: int
    withheld_low8: int
    """Lower bound if a tenth of the window may stay uncovered."""
    withheld_high8: int
    """Upper bound if a tenth of the window may stay uncovered."""
    lowest8: int
    """Lowest value of the path."""
    highest8: int
    """Highest value of the path."""


def rotate_panels(panel: Panel, reporters: int) -> tuple[Panel, ...]:
    """Make a panel per reporter: each leaves out other providers and lags a minute more."""
    return tuple(
        Panel(
            f"reporter-{number + 1}",
            tuple(p for rank, p in enumerate(panel.providers) if rank % reporters != number),
            60 * (number + 1),
        )
        for number in range(reporters)
    )


def observe_window(scenario: Scenario, reporters: int) -> list[list[int]]:
    """Values of each of `reporters` honest reporters: a row per step, a column per reporter.

    Values have 8 decimals, steps are STEP_S apart. Raises ValueError where one has no value.
    """
    history = History.of(scenario.quotes)
    chains = [
        chain_of(history, scenario.method, panel)
        for panel in rotate_panels(scenario.panel, reporters)
    ]
    steps = range(scenario.start, scenario.end + 1, STEP_S)
    return [[_value8(chain, instant) for chain in chains] for instant in steps]


def study_quorums(rows: Sequence[Sequence[int]], quorum: int) -> tuple[QuorumChoice, ...]:
    """Find the settlements within reach of the choice of the quorum, by the number of liars.

    `rows` are the honest values of all reporters, a row per step. The liars are chosen for the
    worst case: those whose honest values are farthest on the other side.
    """
    hourly = rows[:: HOUR_S // STEP_S]
    count = len(rows[0])
    found = []
    for liars in range(liars_survived(quorum) + 2):
        low = [find_reach(sorted(row)[: count - liars], quorum, liars).low for row in hourly]
        high = [find_reach(sorted(row)[liars:], quorum, liars).high for row in hourly]
        found.append(
            QuorumChoice(
                quorum,
                count,
                liars,
                _bounded_average(low),
                _bounded_average(high),
                _time_average(list(map(min, hourly))),
                _time_average(list(map(max, hourly))),
                _time_average(honest_medians(hourly)),
            )
        )
    return tuple(found)


def study_slots(path: str, values: Sequence[int]) -> SlotChoice:
    """Find the settlements within reach of a party that sends every round of a path.

    `values` has one value with 8 decimals per step of STEP_S. Averages are rounded half-even.
    """
    hourly = values[:: HOUR_S // STEP_S]
    steps = len(values) - 1
    low = choose_slots(values, TIMING, highest=False)
    high = choose_slots(values, TIMING, highest=True)
    least, count = bound_withheld_mean(values[:-1], TIMING, FULL_BPS, highest=False)
    most, _ = bound_withheld_mean(values[:-1], TIMING, FULL_BPS, highest=True)
    return SlotChoice(
        path,
        _time_average(hourly),
        divide(low.value_steps, steps, Rounding.HALF_EVEN),
        divide(high.value_steps, steps, Rounding.HALF_EVEN),
        divide(least, count, Rounding.HALF_EVEN),
        divide(most, count, Rounding.HALF_EVEN),
        min(values),
        max(values),
    )


def generate_path(start8: int, steps: int, annual_volatility: float, seed: int) -> list[int]:
    """Generate a geometric random walk of `steps` steps from `start8`, the same for a seed.

    `annual_volatility` is a share: 0.3 is 30 % a year. Values are rounded to 8 decimals.
    """
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


def _bounded_average(values: Sequence[int | None]) -> int | None:
    found = [value for value in values if value is not None]
    return _time_average(found) if len(found) == len(values) else None


def _time_average(hourly: Sequence[int]) -> int:
    """The time average of a value per hour, as the contract accumulates it."""
    first = DAY_S
    rounds = accumulate(
        ((first - HOUR_S + hour * HOUR_S, Price(v)) for hour, v in enumerate((hourly[0], *hourly))),
        HOLD_S,
    )
    return int(window(rounds, first, first + (len(hourly) - 1) * HOUR_S, HOLD_S).price())
