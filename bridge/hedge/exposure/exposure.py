"""A team's need in SCU, day by day and month by month, with every step of how it came about."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from bridge.hedge.exposure.months import UsageKey, daily_totals, day_text, sum_months
from bridge.hedge.exposure.rates import Rate
from bridge.hedge.readers.opencost import IDLE
from bridge.hedge.readers.usage import Exact, Measure, Subject, Workload
from pargrade.errors import PargradeError
from pargrade.units import Rounding, Scu, divide

_DOLLARS: Final = "USD"


class NothingToConvert(PargradeError):
    """A reading without what was asked for."""

    def __init__(self, wanted: Iterable[Measure], found: Iterable[Measure]) -> None:
        names = sorted({measure.value for measure in found})
        self.hint = (
            f"The files have: {', '.join(names) or 'no usage'}. Choose by that, or widen --where."
        )
        super().__init__(f"no {' or '.join(m.value for m in wanted)} in what was chosen")


class NotDollars(PargradeError):
    """Spend in a currency that no price of ours is in."""

    hint = "Choose the rows in USD with --where, or convert them before."

    def __init__(self, unit: str) -> None:
        self.unit = unit
        super().__init__(f"spend in {unit or 'an unstated currency'}; prices are in USD")


class NegativeNeed(PargradeError):
    """A month in which more was taken back than used."""

    hint = "Choose usage without its corrections, or a measure that has none."

    def __init__(self, month: str, amount: Exact) -> None:
        super().__init__(f"the need of {month} is {float(amount):g} SCU")


@dataclass(frozen=True, slots=True)
class ConversionStep:
    """One conversion: an amount of a measure, times a rate, is an amount of SCU."""

    key: UsageKey
    amount: Exact
    rate: Rate
    scu: Fraction

    def describe(self) -> str:
        """The step in one line."""
        who = " ".join(part for part in self.key.subject if part) or "all"
        what = f"{float(self.amount):,.2f} {self.key.measure.value}"
        return (
            f"{who}: {what} x {float(self.rate.scu):.6g} SCU = {float(self.scu):,.4f} SCU "
            f"({self.rate.why})"
        )


@dataclass(frozen=True, slots=True)
class Exposure:
    """SCU by day, counted from 1970, at the rates and at both ends of their bands. Exact."""

    days: Mapping[int, Fraction]
    low: Mapping[int, Fraction]
    high: Mapping[int, Fraction]
    steps: tuple[ConversionStep, ...]
    notes: tuple[str, ...] = ()

    def months(self) -> dict[str, Scu]:
        """SCU by calendar month, half-even at 18 decimals."""
        return {month: scu_of(Fraction(total)) for month, total in sum_months(self.days).items()}

    def band(self, month: str) -> tuple[Scu, Scu]:
        """A month at both ends of the rates' bands, half-even."""
        low, high = (sum_months(days)[month] for days in (self.low, self.high))
        return scu_of(Fraction(low)), scu_of(Fraction(high))

    @property
    def missing(self) -> tuple[str, ...]:
        """Days between the first and the last without any usage."""
        if not self.days:
            return ()
        every = range(min(self.days), max(self.days) + 1)
        return tuple(day_text(day) for day in every if day not in self.days)


@dataclass(frozen=True, slots=True)
class UsageChoice:
    """Which usage counts, and what converts it."""

    measures: tuple[Measure, ...]
    rate_of: Callable[[UsageKey], Rate]
    where: Mapping[str, str] = field(default_factory=dict)
    with_idle: bool = False

    def takes(self, subject: Subject) -> bool:
        """Whether a subject's usage counts."""
        if not self.with_idle and subject.service in IDLE:
            return False
        return all(getattr(subject, part) == value for part, value in self.where.items())


def expose(reading: Workload, choice: UsageChoice) -> Exposure:
    """The need in SCU of what was chosen. Raises NothingToConvert, NotDollars, NegativeNeed.

    Prompt tokens that a cache served are left out where the source counts them.
    """
    every = daily_totals(reading.usages)
    chosen = {key: days for key, days in every.items() if choice.takes(key.subject)}
    used = _without_cached(chosen, choice.measures)
    if not used:
        raise NothingToConvert(choice.measures, (key.measure for key in chosen))
    totals: tuple[defaultdict[int, Fraction], ...] = tuple(defaultdict(Fraction) for _ in range(3))
    steps = []
    for key, days in used.items():
        if key.measure is Measure.SPEND and key.unit != _DOLLARS:
            raise NotDollars(key.unit)
        rate = choice.rate_of(key)
        for into, scu in zip(totals, (rate.scu, rate.low, rate.high), strict=True):
            for day, amount in days.items():
                into[day] += amount * scu
        amount = sum(days.values())
        steps.append(ConversionStep(key, amount, rate, amount * rate.scu))
    for month, total in sum_months(totals[0]).items():
        if total < 0:
            raise NegativeNeed(month, total)
    return Exposure(dict(totals[0]), dict(totals[1]), dict(totals[2]), tuple(steps), reading.notes)


def scu_of(value: Fraction) -> Scu:
    """SCU with 18 decimals, half-even."""
    return Scu(divide(value.numerator * Scu(10**18), value.denominator, Rounding.HALF_EVEN))


def _without_cached(
    chosen: Mapping[UsageKey, Mapping[int, Exact]], measures: tuple[Measure, ...]
) -> dict[UsageKey, dict[int, Exact]]:
    """The chosen measures, with cached prompts taken out of the prompts of the same subject."""
    used = {key: dict(days) for key, days in chosen.items() if key.measure in measures}
    for key, days in used.items():
        cached = chosen.get(key._replace(measure=Measure.CACHED_TOKENS), {})
        if key.measure is Measure.PROMPT_TOKENS:
            for day in days.keys() & cached.keys():
                days[day] = max(days[day] - cached[day], 0)
    return used
