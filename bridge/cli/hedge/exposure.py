"""`pargrade hedge exposure`: what a team used, in SCU a month."""

from typing import Annotated

import typer

from bridge.cli.hedge.exposure_options import ConversionOptions
from bridge.cli.hedge.options import Files, ReadingOptions
from bridge.cli.hedge.read import exact_text
from bridge.hedge.exposure.exposure import expose
from bridge.hedge.exposure.months import month_days
from pargrade.cli.toolkit.option_group import with_groups
from pargrade.cli.toolkit.options import AsJson
from pargrade.cli.toolkit.output import Table, report


@with_groups
def exposure(
    files: Files,
    conversion: ConversionOptions,
    reading: ReadingOptions,
    explain: Annotated[bool, typer.Option("--explain", help="Show every conversion.")] = False,
    as_json: AsJson = False,
) -> None:
    """Turn history into SCU a month, with the band of the conversion.

    Tokens by the published benchmark or your own measured rates, GPU-hours by the published
    factors, spend by a price.
    """
    usage = reading.read(files)
    found = expose(usage, conversion.choice())
    seen = set(found.days)
    rows = []
    for month, scu in found.months().items():
        low, high = found.band(month)
        covered = len(seen.intersection(month_days(month)))
        rows.append((month, f"{covered} of {len(month_days(month))}", scu, low, high))
    report(
        {
            "months": [
                {"month": m, "days": days, "scu": str(scu), "low": str(low), "high": str(high)}
                for m, days, scu, low, high in rows
            ],
            "steps": [
                {
                    "measure": step.key.measure.value,
                    **step.key.subject._asdict(),
                    "amount": exact_text(step.amount),
                    "scu_per_unit": f"{step.rate.scu.numerator}/{step.rate.scu.denominator}",
                    "why": step.rate.why,
                }
                for step in found.steps
            ],
            "missing_days": list(found.missing),
            "refused": len(usage.refused),
            "notes": list(found.notes),
        },
        Table(
            ("month", "days", "SCU", "low", "high"),
            [(m, days, *(f"{s / 10**18:,.4f}" for s in sums)) for m, days, *sums in rows],
            numbers=frozenset({"SCU", "low", "high"}),
        ),
        *(step.describe() for step in found.steps if explain),
        *([f"Days without usage: {', '.join(found.missing[:10])}"] if found.missing else []),
        *([f"Refused rows: {len(usage.refused):,}"] if usage.refused else []),
        *(f"Note: {note}" for note in found.notes),
        as_json=as_json,
    )
