"""`pargrade hedge drift`: whether hedges, and a plan, still fit today's need. For CI."""

from pathlib import Path
from typing import Annotated, Final

import typer

from bridge.cli.hedge.desk_options import DEFAULT_PLANS, PlanFolder
from bridge.cli.hedge.exposure_options import ConversionOptions
from bridge.cli.hedge.forecast import OutlookFile
from bridge.cli.hedge.options import Files, PolicyFile, ReadingOptions
from bridge.cli.hedge.plan import MarketFile, plan_of
from bridge.hedge.exposure.exposure import expose
from bridge.hedge.intake.plan_files import read_plan
from bridge.hedge.intake.settings_files import read_settings
from bridge.hedge.log.file import LOG_NAME, HedgeLog
from bridge.hedge.log.record import filled_lots
from bridge.hedge.plan.drift import moved_since, standings
from bridge.hedge.plan.policy import Policy
from bridge.hedge.readers.times import SECOND_NS, parse_time
from bridge.hedge.results.figures import figures_text
from pargrade.cli.toolkit.option_group import with_groups
from pargrade.cli.toolkit.options import AsJson
from pargrade.cli.toolkit.output import Table, report

DRIFTED: Final = 3
"""Exit code when something moved beyond the policy's tolerance."""


@with_groups
def drift(
    files: Files,
    policy: PolicyFile,
    market: MarketFile,
    conversion: ConversionOptions,
    reading: ReadingOptions,
    plan: Annotated[
        Path | None,
        typer.Option(
            "--plan", metavar="FILE", exists=True, dir_okay=False, help="A plan to compare, too."
        ),
    ] = None,
    outlook: OutlookFile = None,
    plans: PlanFolder = DEFAULT_PLANS,
    metrics: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", dir_okay=False, help="Also write figures for Prometheus, as text."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare held lots, and a plan, with today's forecast, prices and policy.

    --metrics writes them, with what the log in --plans says, for a node exporter's textfile
    collector. Exit code 0: within the policy's tolerances. 3: something moved. 1: could not be
    judged.
    """
    then = None if plan is None else read_plan(plan)
    exposure = expose(reading.read(files), conversion.choice())
    today = plan_of(exposure, policy, market, outlook).plan
    rules = read_settings(Policy, policy)
    stands = standings(today, rules)
    entries = HedgeLog.read(plans / LOG_NAME).entries
    own = {} if plan is None else filled_lots(entries, plan.stem)
    moved = [] if then is None else moved_since(then, today, rules, own)
    is_off = bool(moved) or any(each.is_off for each in stands)
    if metrics is not None:
        instant = parse_time(today.observed_at) // SECOND_NS
        is_stopped = not rules.orders.enabled or (plans / rules.orders.stop_file).exists()
        text = figures_text(stands, entries, is_stopped=is_stopped, instant=instant)
        _write_figures(metrics, text)
    rows = [
        (s.month, f"{s.held_lots:,}", f"{s.wanted_lots:,}", "off" if s.is_off else "fits")
        for s in stands
    ]
    report(
        {
            "drifted": is_off,
            "hedges": [
                {"month": s.month, "held_lots": s.held_lots, "wanted_lots": s.wanted_lots,
                 "off": s.is_off}
                for s in stands
            ],
            "plan": [{"what": m.what, "was": m.was, "now": m.now} for m in moved],
        },
        Table(("month", "held", "wanted", ""), rows, numbers=frozenset({"held", "wanted"})),
        *(f"Moved since the plan: {each.describe()}" for each in moved),
        "Drifted." if is_off else "Within tolerance.",
        as_json=as_json,
    )  # fmt: skip
    if is_off:
        raise typer.Exit(DRIFTED)


def _write_figures(path: Path, text: str) -> None:
    """A scrape sees the old figures or the new ones, never half."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
