"""Whether a factor still fits: rolling fits against the band of the table that is in force.

    in force      the published table, or for a back-test one derived from the quarter before
    window        so many days of prices that share no day with those of the table in force
    inside        the window's fit is within the band; outside, wrapping into the grade should pause
    work          what hardware delivered beside par on measured work, as a second opinion

A band says how far the choice of providers moves a fit (pargrade.factor.band). A fit outside it is
a market that has moved, or a table that is wrong: either way the frozen factor favours one side.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any, Final

from pargrade.factor.factor import PriceRow, fit_gpu_hour
from pargrade.factor.method import FactorMethod, GpuModel
from pargrade.factor.table import FactorTable, Facts, derive_table

WINDOW_DAYS: Final = 60
QUARTER_DAYS: Final = 90
"""Of prices behind the table of a quarter: those before its first day."""

_MONTHS: Final = (1, 4, 7, 10)
"""In which quarters begin."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FactorFit:
    """The fit of a window beside the factor in force. Factors are in ten-thousandths."""

    hardware: str
    first_day: int
    """Days are counted from 1970; both ends are in the window."""
    last_day: int
    factor4: int
    """Of the window."""
    providers: int
    in_force4: int
    band4: tuple[int, int]
    """Of the table in force."""

    @property
    def is_inside(self) -> bool:
        """Whether the band holds the window's fit."""
        low, high = self.band4
        return low <= self.factor4 <= high

    def to_json(self) -> dict[str, Any]:
        """The fit as JSON values."""
        return {
            "hardware": self.hardware,
            "first_day": day_text(self.first_day),
            "last_day": day_text(self.last_day),
            "factor4": self.factor4,
            "providers": self.providers,
            "in_force4": self.in_force4,
            "band4": list(self.band4),
            "inside": self.is_inside,
        }


@dataclass(frozen=True, slots=True)
class WorkCheck:
    """A factor beside the ratios of work that hardware and par did."""

    hardware: str
    low: Fraction
    """Least work beside par over the kinds of work that were measured."""
    high: Fraction
    kinds: int
    sources: tuple[str, ...]

    def per_scu(self, factor4: int) -> tuple[Fraction, Fraction]:
        """Least and most work that comes with one SCU of this hardware, beside one SCU of par.

        A holder who takes delivery in this grade gets 1 / factor of its hours for each SCU.
        """
        share = Fraction(10_000, factor4)
        return self.low * share, self.high * share

    def holds(self, factor4: int) -> bool:
        """Whether a factor is within the ratios."""
        return self.low <= Fraction(factor4, 10_000) <= self.high


def rolling_fits(
    rows: Sequence[PriceRow],
    tables: Mapping[int, FactorTable],
    facts: Facts,
    *,
    days: int = WINDOW_DAYS,
    every: int = 1,
) -> Iterator[FactorFit]:
    """Fits of windows that begin with the first day of a table or later, and end in the rows.

    `tables` are by the first day that they are in force; a window is held against the newest that
    was in force when it began, which saw none of its days. Windows of fewer providers than the
    method wants are left out: they are no evidence.
    """
    if not rows or not tables:
        return
    ordered = sorted(rows)
    of_day = [row.day for row in ordered]
    last = of_day[-1]
    for first in range(min(tables), last - days + 2, every):
        table = tables[max(day for day in tables if day <= first)]
        part = ordered[bisect_left(of_day, first) : bisect_left(of_day, first + days)]
        for hardware in rated_hardware(table, facts):
            fit = fit_gpu_hour(part, hardware, facts.method)
            if fit.providers < facts.method.least_providers:
                continue
            low, high = table.row(hardware.key)["band4"]
            yield FactorFit(
                hardware=hardware.key,
                first_day=first,
                last_day=first + days - 1,
                factor4=fit.factor4,
                providers=fit.providers,
                in_force4=table.gpu_hour(hardware.key),
                band4=(int(low), int(high)),
            )


def in_force(table: FactorTable) -> dict[int, FactorTable]:
    """A published table, in force from the day after its prices end."""
    return {_day(date.fromisoformat(table.document["period"][1])) + 1: table}


def quarterly_tables(rows: Sequence[PriceRow], facts: Facts) -> dict[int, FactorTable]:
    """The table of each quarter, by its first day, derived from the prices of the 90 days before.

    A quarter before which there are fewer days than half of that has none of its own: the table
    before stays in force.
    """
    if not rows:
        return {}
    first, last = min(row.day for row in rows), max(row.day for row in rows)
    tables: dict[int, FactorTable] = {}
    for year in range(_date(first).year, _date(last).year + 1):
        for month in _MONTHS:
            start = _day(date(year, month, 1))
            part = [row for row in rows if start - QUARTER_DAYS <= row.day < start]
            if len({row.day for row in part}) * 2 >= QUARTER_DAYS and start <= last:
                tables[start] = derive_table(part, facts)
    return tables


def coverage(fits: Sequence[FactorFit]) -> Fraction | None:
    """The part of the windows whose fit is inside its band; None without windows."""
    return Fraction(sum(fit.is_inside for fit in fits), len(fits)) if fits else None


def work_checks(document: Mapping[str, Any], method: FactorMethod) -> dict[str, WorkCheck]:
    """The work of hardware beside par, by hardware, from data/work.json.

    A row has a kind of work, its source, and what each hardware did of it per unit of time. Only
    rows that have par are used, so that software, precision and batch are the same on both sides.
    """
    found: dict[str, list[tuple[Fraction, str]]] = {}
    for row in document["rows"]:
        rates = {key: Fraction(rate) for key, rate in row["rates"].items()}
        par = rates.pop(method.par.key, None)
        if par is None:
            continue
        for key, rate in rates.items():
            found.setdefault(key, []).append((rate / par, row["source"]))
    return {
        key: WorkCheck(
            hardware=key,
            low=min(ratio for ratio, _ in ratios),
            high=max(ratio for ratio, _ in ratios),
            kinds=len(ratios),
            sources=tuple(sorted({source for _, source in ratios})),
        )
        for key, ratios in found.items()
    }


def day_text(day: int) -> str:
    """A day counted from 1970, as in 2026-04-01."""
    return _date(day).isoformat()


def rated_hardware(table: FactorTable, facts: Facts) -> Iterator[GpuModel]:
    """The hardware with an estimated factor in a table."""
    known = {hardware.key: hardware for hardware in facts.hardware}
    for row in table.document["rows"]:
        key = GpuModel.key_of(row)
        if key != facts.method.par.key and key in known:
            yield known[key]


def _day(day: date) -> int:
    return (datetime(day.year, day.month, day.day, tzinfo=UTC) - _EPOCH).days


def _date(day: int) -> date:
    return date.fromordinal(_EPOCH.toordinal() + day)
