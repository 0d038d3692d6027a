"""Monthly sums ahead: the model that was best on past sums, and intervals from its past errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np

from bridge.hedge.exposure.months import month_days, month_name, next_month
from bridge.hedge.forecast.history import WEEK, NeedHistory
from bridge.hedge.forecast.intervals import COVERAGES, Interval, interval_of
from bridge.hedge.forecast.models import MODELS

_LEAST_TRAINING: Final = 8 * WEEK
_MOST_ORIGINS: Final = 60
_LEAST_SUM: Final = 1e-12
_TIE: Final = 0.01
"""A model has to be better than the naive one by more than this to be taken."""


@dataclass(frozen=True, slots=True)
class Skill:
    """How a model did on past sums."""

    model: str
    mean_error: float
    """Mean of |actual / forecast - 1|."""
    errors: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class MonthForecast:
    """The sum of one calendar month."""

    month: str
    scu: float
    intervals: tuple[Interval, ...]
    model: str
    skills: tuple[Skill, ...]
    known_scu: float = 0.0
    """What of it has happened already."""

    @property
    def origins(self) -> int:
        """Past sums that the intervals rest on."""
        return len(self.skills[0].errors) if self.skills else 0


class PastForecasts:
    """What every model would have forecast at origins a week apart, and what it forecasts now."""

    def __init__(self, values: np.ndarray, horizon: int) -> None:
        now = len(values)
        self._values = values
        self._origins = np.array([*past_origins(now), now])
        self._paths = {
            name: model(values, list(self._origins), horizon) for name, model in MODELS.items()
        }

    def skills(self, begin: int, end: int) -> tuple[Skill, ...]:
        """Errors of every model in sums of the days [begin, end) after an origin."""
        known = np.flatnonzero(self._origins + end <= len(self._values))[-_MOST_ORIGINS:]
        spans = ((o + begin, o + end) for o in self._origins[known])
        actual = np.array([self._values[first:last].sum() for first, last in spans])
        return tuple(
            _skill(name, actual, paths[known, begin:end].sum(axis=1))
            for name, paths in self._paths.items()
        )

    def total(self, model: str, begin: int, end: int) -> float:
        """The model's sum of the days [begin, end) from now."""
        return float(self._paths[model][-1, begin:end].sum())


def forecast_months(history: NeedHistory, months: int) -> tuple[MonthForecast, ...]:
    """The sums of the month that is not over and of those after it, `months` in all.

    The days of a month that are known are added as they are.
    """
    current = month_name(history.after)
    names = [next_month(current, number) for number in range(months)]
    past = PastForecasts(history.values, month_days(names[-1]).stop - history.after)
    return tuple(_forecast_month(history, past, month) for month in names)


def _forecast_month(history: NeedHistory, past: PastForecasts, month: str) -> MonthForecast:
    days = month_days(month)
    begin, end = max(days.start - history.after, 0), days.stop - history.after
    known_from = max(days.start - history.first, 0)
    known = float(history.values[known_from:].sum()) if days.start < history.after else 0.0
    skills = past.skills(begin, end)
    chosen = choose(skills)
    total = past.total(chosen.model, begin, end)
    apart = WEEK * max(len(chosen.errors) - 1, 0) / end + 1
    intervals = [interval_of(total, chosen.errors, apart, coverage) for coverage in COVERAGES]
    shifted = tuple(
        Interval(i.coverage, i.low + known, i.high + known, i.is_narrow) for i in intervals
    )
    return MonthForecast(month, known + total, shifted, chosen.model, skills, known)


def past_origins(days: int) -> list[int]:
    """Days a week apart, counted back from now, to where there was enough to learn."""
    return sorted(range(days - WEEK, _LEAST_TRAINING - 1, -WEEK))


def _skill(name: str, actual: np.ndarray, sums: np.ndarray) -> Skill:
    errors = actual / np.maximum(sums, _LEAST_SUM) - 1
    mean = float(np.abs(errors).mean()) if len(errors) else float("inf")
    return Skill(name, mean, tuple(map(float, errors)))


def choose(skills: Sequence[Skill]) -> Skill:
    """The model with the least mean error; the naive one unless it is clearly worse."""
    by_name = {skill.model: skill for skill in skills}
    simplest = by_name["naive"]
    best = min(skills, key=lambda skill: skill.mean_error)
    return best if best.mean_error < simplest.mean_error * (1 - _TIE) else simplest


def scu_fraction(amount: float) -> Fraction:
    """A forecast as an exact number of millionths of an SCU, half-even."""
    return Fraction(round(amount * 10**6), 10**6)


def skill_table(forecast: MonthForecast) -> Mapping[str, float]:
    """Mean error by model."""
    return {skill.model: skill.mean_error for skill in forecast.skills}
