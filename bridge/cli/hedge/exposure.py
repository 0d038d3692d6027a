"""`pargrade hedge exposure`: what a team used, in SCU a month."""

from typing import Annotated

import typer

from bridge.cli.hedge.exposure_options import (
    AsBenchmark,
    By,
    ByWhat,
    CompletionRate,
    ConversionOptions,
    Hardware,
    Price,
    PromptRate,
    RateBand,
    Where,
)
from bridge.cli.hedge.options import Files, FormName, Scraped, Starts, how_of
from bridge.cli.hedge.read import exact_text
from bridge.hedge.exposure.exposure import expose
from bridge.hedge.exposure.months import month_days
from bridge.hedge.intake.files import read_files
from pargrade.cli.toolkit.options import AsJson
from pargrade.cli.toolkit.output import Table, report


def exposure(
    files: Files,
    by: ByWhat = By.TOKENS,
    hardware: Hardware = "",
    price: Price = "",
    prompt_rate: PromptRate = "",
    completion_rate: CompletionRate = "",
    rate_band: RateBand = "0",
    as_benchmark: AsBenchmark = False,
    where: Where = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show every conversion.")] = False,
    form: FormName = None,
    starts: Starts = None,
    scraped: Scraped = None,
    as_json: AsJson = False,
) -> None:
    """Turn history into SCU a month, with the band of the conversion.

    Tokens by the published benchmark or your own measured rates, GPU-hours by the published
    factors, spend by a price.
    """
    reading = read_files(files, how_of(form, starts, scraped, files))
    conversion = ConversionOptions(
        by,
        hardware,
        price,
        prompt_rate,
        completion_rate,
        rate_band,
        as_benchmark,
        tuple(where or ()),
    )
    found = expose(reading, conversion.choice())
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
            "refused": len(reading.refused),
            "notes": list(found.notes),
        },
        Table(
            ("month", "days", "SCU", "low", "high"),
            [(m, days, *(f"{s / 10**18:,.4f}" for s in sums)) for m, days, *sums in rows],
            numbers=frozenset({"SCU", "low", "high"}),
        ),
        *(step.describe() for step in found.steps if explain),
        *([f"Days without usage: {', '.join(found.missing[:10])}"] if found.missing else []),
        *([f"Refused rows: {len(reading.refused):,}"] if reading.refused else []),
        *(f"Note: {note}" for note in found.notes),
        as_json=as_json,
    )
