"""A team's daily history as a forecast takes it: whole days, no gaps, and nothing impossible in it.

Days of the last month that are missing at its end are not invented; a few missing inside are filled
with the same weekday of the week before, and counted. What looks like a fault of the measurement is
refused by name: a forecast of it would be a forecast of the fault.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import Final

import numpy as np

from bridge.hedge.exposure.months import day_text
from pargrade.errors import PargradeError

WEEK: Final = 7
_WINDOW: Final = 28


class UnfitHistory(PargradeError):
    """A history that nothing can be planned on, and why."""

    hint = "Mend the source, or leave out the files and rows in which it is wrong."

    def __init__(self, why: str, day: str) -> None:
        self.why = why
        self.day = day
        super().__init__(f"the history is unfit: {why}, at {day}")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a history may look like."""

    min_days: int = 84
    max_missing: int = 7
    max_still_days: int = 3
    """Days at zero at the end, after days that were not: a counter that is stuck."""
    max_jump: int = 20
    """Times the median of the four weeks before: thousands taken for single ones, or a runaway."""


@dataclass(frozen=True, slots=True)
class NeedHistory:
    """SCU of each day from `first`, without a gap."""

    first: int
    values: np.ndarray
    filled: tuple[str, ...] = ()
    """Days that were missing and have the value of a week before."""

    @property
    def after(self) -> int:
        """The first day that is not known."""
        return self.first + len(self.values)


def whole_history(days: Mapping[int, Fraction], limits: Limits) -> NeedHistory:
    """The history without its first and last day, which may be in part. Raises UnfitHistory."""
    if len(days) < limits.min_days + 2:
        shown = day_text(min(days)) if days else "no day"
        raise UnfitHistory(f"{len(days)} days, fewer than {limits.min_days} whole ones", shown)
    first, last = min(days) + 1, max(days) - 1
    inside = range(first, last + 1)
    missing = [day for day in inside if day not in days]
    if len(missing) > limits.max_missing:
        raise UnfitHistory(f"{len(missing)} days are missing", day_text(missing[0]))
    values = _filled(days, inside)
    _require_plausible(values, first, limits)
    return NeedHistory(first, values, tuple(day_text(day) for day in missing))


def require_current(history: NeedHistory, day: int, limits: Limits) -> None:
    """Raises UnfitHistory for one that ended long before a day, or goes on after it.

    What has stopped counting looks whole up to where it stopped.
    """
    late = day - history.after
    if late > limits.max_still_days + 1:
        why = f"it ends {late} days before {day_text(day)}: a stuck counter, or an old file"
        raise UnfitHistory(why, day_text(history.after))
    if late < -1:
        raise UnfitHistory(f"it goes on after {day_text(day)}", day_text(history.after))


def _filled(days: Mapping[int, Fraction], inside: range) -> np.ndarray:
    values: list[float] = []
    for position, day in enumerate(inside):
        if day in days:
            values.append(float(days[day]))
        else:
            back = min(WEEK, position)
            values.append(values[position - back] if position else 0.0)
    return np.array(values)


def _require_plausible(values: np.ndarray, first: int, limits: Limits) -> None:
    for position, value in enumerate(values):
        if not isfinite(value) or value < 0:
            raise UnfitHistory(f"{value:g} SCU on a day", day_text(first + position))
    still = len(values) - int(np.flatnonzero(values)[-1]) - 1 if values.any() else len(values)
    if still > limits.max_still_days:
        raise UnfitHistory(
            f"nothing for {still} days: a stuck counter, or a team that has stopped",
            day_text(first + len(values) - still),
        )
    for position in range(_WINDOW, len(values)):
        usual = float(np.median(values[position - _WINDOW : position]))
        if usual > 0 and values[position] > limits.max_jump * usual:
            raise UnfitHistory(
                f"{values[position] / usual:,.0f} times the four weeks before: another unit, or "
                "a runaway",
                day_text(first + position),
            )
