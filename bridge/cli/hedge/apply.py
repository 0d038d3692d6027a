"""`pargrade hedge apply`: a plan carried out over a relay, once."""

from pathlib import Path
from typing import Annotated, Final

import typer

from bridge.cli.hedge.desk_options import (
    DeskPlace,
    PastPrices,
    PlanHash,
    paid_prices,
    plan_named,
)
from bridge.cli.hedge.exposure_options import ConversionOptions
from bridge.cli.hedge.forecast import OutlookFile, read_outlook
from bridge.cli.hedge.options import ReadingOptions
from bridge.hedge.desk.outcome import Outcome
from bridge.hedge.exposure.exposure import expose
from bridge.hedge.trade.objection import Objection
from pargrade.cli.toolkit.option_group import with_groups
from pargrade.cli.toolkit.options import AsJson
from pargrade.cli.toolkit.output import Table, report
from pargrade.units import Price as PriceOf

OPEN: Final = 3
"""Exit code when something stands against the plan, or is not filled."""

History = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[FILE...]",
        help="What the plan was made from, as it is today. An exit needs none.",
        exists=True,
        dir_okay=False,
    ),
]
OnlyCheck = Annotated[
    bool, typer.Option("--check", help="Say what stands against it, and send nothing.")
]


@with_groups
def apply(
    plan: PlanHash,
    conversion: ConversionOptions,
    reading: ReadingOptions,
    place: DeskPlace,
    files: History = None,
    past: PastPrices = None,
    check: OnlyCheck = False,
    outlook: OutlookFile = None,
    as_json: AsJson = False,
) -> None:
    """Carry out a plan over a relay: its orders are written down, placed, and seen on the chain.

    Refused when policy, data, price or position moved beyond the policy's tolerance, and by every
    bound of the policy. Again, or killed and again, it buys nothing twice. Exit code 3: not all was
    filled, or with --check something stands against it.
    """
    exposure = expose(reading.read(files), conversion.choice()) if files else None
    planned = read_outlook(outlook)
    prices = paid_prices(past)
    name = plan_named(plan)
    with place.signing() as desk:
        if check:
            _report_objections(desk.judge(name, exposure, prices, planned), as_json)
            return
        outcome = desk.apply(name, exposure, prices, planned)
    report(outcome.to_json(), *describe(outcome), as_json=as_json)
    if not outcome.is_whole:
        raise typer.Exit(OPEN)


def describe(outcome: Outcome) -> list[Table | str]:
    """What became of a plan, for people."""
    columns = ("order", "series", "lots", "limit", "filled", "why")
    rows = [
        (
            each.action.lower(),
            each.series,
            f"{each.lots:,}",
            PriceOf(each.limit8).text(),
            f"{each.filled:,}",
            each.why,
        )
        for each in outcome.orders
    ]
    table = Table(columns, rows, numbers=frozenset({"lots", "limit", "filled"}))
    return [table if rows else "The plan buys nothing.", f"Log head {outcome.head}"]


def _report_objections(found: list[Objection], as_json: bool) -> None:
    report(
        {"objections": [{"ground": each.ground.value, "why": each.why} for each in found]},
        *(each.describe() for each in found),
        *([] if found else ["Nothing stands against it."]),
        as_json=as_json,
    )
    if found:
        raise typer.Exit(OPEN)
