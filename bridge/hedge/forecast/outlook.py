"""What a team knows of its future: growth by month, launches and ends, put on a forecast."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Final

from pydantic import BeforeValidator

from bridge.hedge.exposure.months import day_number, month_days
from bridge.hedge.forecast.forecast import MonthForecast
from bridge.hedge.forecast.intervals import Interval
from bridge.hedge.strict import Exactly, Month, NotNegative, Strict

_WHOLE: Final = 100
_LEAST_PERCENT: Final = -99
_MOST_PERCENT: Final = 900


def _day(value: Any) -> str:
    try:
        date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError(f"{value!r} is no day such as 2026-07-15") from None
    return str(value)


def _percent(value: Decimal) -> Decimal:
    if not _LEAST_PERCENT <= value <= _MOST_PERCENT:
        raise ValueError(f"{value} % a month is outside {_LEAST_PERCENT} to {_MOST_PERCENT}")
    return value


Day = Annotated[str, BeforeValidator(_day)]


class Growth(Strict):
    """From a month on, so many percent more each month than the forecast says."""

    since: Month
    percent_a_month: Exactly

    def factor(self, month: str) -> Fraction:
        """What a month is multiplied by."""
        months = _months_between(self.since, month) + 1
        rate = 1 + Fraction(_percent(self.percent_a_month)) / _WHOLE
        return rate ** max(months, 0)


class Launch(Strict):
    """Something that begins on a day and takes so much every day, until it ends."""

    name: str
    since: Day
    until: Day | None = None
    """The first day without it."""
    scu_a_day: NotNegative
    low_a_day: NotNegative | None = None
    high_a_day: NotNegative | None = None

    def days_in(self, month: str) -> int:
        """Days of the month on which it runs."""
        days = month_days(month)
        last = days.stop if self.until is None else min(day_number(self.until), days.stop)
        return max(last - max(day_number(self.since), days.start), 0)


class Outlook(Strict):
    """Everything that is planned."""

    growth: tuple[Growth, ...] = ()
    launches: tuple[Launch, ...] = ()

    model_config = Strict.model_config | {"strict": False}


def with_outlook(forecast: MonthForecast, outlook: Outlook) -> MonthForecast:
    """The forecast with growth on what is not known yet, and with the launches added.

    A launch's own bounds widen the interval; without them it adds the same to both ends.
    """
    month = forecast.month
    factor = 1.0
    for growth in outlook.growth:
        factor *= float(growth.factor(month))
    middle = _grown(forecast.scu, forecast.known_scu, factor)
    added = _added(outlook, month)
    intervals = tuple(
        Interval(
            each.coverage,
            _grown(each.low, forecast.known_scu, factor) + added[0],
            _grown(each.high, forecast.known_scu, factor) + added[2],
            each.is_narrow,
        )
        for each in forecast.intervals
    )
    return replace(forecast, scu=middle + added[1], intervals=intervals)


def _grown(total: float, known: float, factor: float) -> float:
    return known + (total - known) * factor


def _added(outlook: Outlook, month: str) -> tuple[float, float, float]:
    low = middle = high = 0.0
    for launch in outlook.launches:
        days = launch.days_in(month)
        a_day = launch.scu_a_day
        low += days * float(a_day if launch.low_a_day is None else launch.low_a_day)
        middle += days * float(a_day)
        high += days * float(a_day if launch.high_a_day is None else launch.high_a_day)
    return low, middle, high


def _months_between(first: str, last: str) -> int:
    return (int(last[:4]) - int(first[:4])) * 12 + int(last[5:]) - int(first[5:])
