"""`pargrade hedge read`: what files of workloads say, by month, and what was refused."""

from collections import Counter, defaultdict
from fractions import Fraction
from typing import Annotated, Any, Final

import typer

from bridge.cli.hedge.options import Files, ReadingOptions
from bridge.hedge.exposure.months import UsageKey, monthly_totals
from bridge.hedge.readers.usage import Exact, Workload
from pargrade.cli.toolkit.option_group import with_groups
from pargrade.cli.toolkit.options import AsJson
from pargrade.cli.toolkit.output import Table, report
from pargrade.errors import PargradeError

_SHOWN: Final = 20


class RowsRefused(PargradeError):
    """Rows that were refused, where none may be."""

    hint = "Mend the rows, or leave --strict out and take the others."

    def __init__(self, reading: Workload) -> None:
        self.refused = reading.refused
        first = reading.refused[0].describe()
        super().__init__(f"{len(reading.refused):,} rows were refused, the first at {first}")


@with_groups
def read(
    files: Files,
    reading: ReadingOptions,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse all when one row is refused.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read files of workloads exactly, and name every row that was refused.

    Amounts are summed by UTC month, team, model and hardware; a period that crosses midnight is
    spread evenly over its time.
    """
    found = reading.read(files)
    if strict and found.refused:
        raise RowsRefused(found)
    report(_document(found), *tables_of(found), as_json=as_json)


def _document(reading: Workload) -> dict[str, Any]:
    return {
        "form": reading.form,
        "usage": [
            {"month": month, "measure": key.measure.value, "unit": key.unit,
             **key.subject._asdict(), "amount": exact_text(amount)}
            for month, key, amount in _rows(reading)
        ],
        "levels": [
            {"measure": level.measure.value, **level.subject._asdict(),
             "amount": exact_text(level.amount)}
            for level in reading.levels
        ],
        "refused": [
            {"place": r.place, "reason": r.reason.value, "evidence": r.evidence}
            for r in reading.refused
        ],
        "notes": list(reading.notes),
    }  # fmt: skip


def tables_of(reading: Workload) -> list[Table | str]:
    """A reading for people."""
    columns = ("month", "measure", "team", "model", "hardware", "service", "amount")
    rows = [
        (month, key.measure.value, *key.subject, f"{shown(amount)} {key.unit}".strip())
        for month, key, amount in _rows(reading)
    ]
    parts: list[Table | str] = [f"{reading.form}: {len(reading.usages):,} amounts"]
    if rows:
        parts.append(Table(columns, rows, numbers=frozenset({"amount"})))
    if reading.levels:
        levels = [(v.measure.value, *v.subject[:3], shown(v.amount)) for v in reading.levels]
        heads = ("measure", "team", "model", "hardware", "stands at")
        parts.append(Table(heads, levels, numbers=frozenset({"stands at"})))
    reasons = Counter(refusal.reason.value for refusal in reading.refused)
    if reasons:
        counted = ", ".join(f"{count:,} {reason}" for reason, count in reasons.most_common())
        parts.append(f"Refused: {counted}")
    parts += [f"  {refusal.describe()}" for refusal in reading.refused[:_SHOWN]]
    if len(reading.refused) > _SHOWN:
        parts.append(f"  and {len(reading.refused) - _SHOWN:,} more; --json lists all")
    return [*parts, *(f"Note: {note}" for note in reading.notes)]


def _rows(reading: Workload) -> list[tuple[str, UsageKey, Exact]]:
    totals = monthly_totals(reading.usages)
    by_month: defaultdict[str, list[tuple[UsageKey, Exact]]] = defaultdict(list)
    for key, months in totals.items():
        for month, amount in months.items():
            by_month[month].append((key, amount))
    ordered = sorted(by_month)
    return [
        (month, key, amount)
        for month in ordered
        for key, amount in sorted(by_month[month], key=lambda e: (e[0].measure.value, e[0].subject))
    ]


def exact_text(amount: Exact) -> str:
    """The amount as decimal text where it ends, else as a fraction."""
    value = Fraction(amount)
    for places in range(40):
        if 10**places % value.denominator == 0:
            digits = abs(value.numerator) * (10**places // value.denominator)
            sign = "-" if value < 0 else ""
            whole, part = divmod(digits, 10**places)
            return f"{sign}{whole}" + (f".{part:0{places}d}" if places else "")
    return f"{value.numerator}/{value.denominator}"


def shown(amount: Exact) -> str:
    """An amount for people, to four places where it is not whole."""
    return f"{amount:,}" if isinstance(amount, int) else f"{float(amount):,.4f}"
