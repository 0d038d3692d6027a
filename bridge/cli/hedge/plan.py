"""`pargrade hedge plan`: lots to hold for each month, why, and what they cost."""

from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.cli.hedge.exposure_options import ConversionOptions
from bridge.cli.hedge.forecast import OutlookFile, read_outlook
from bridge.cli.hedge.options import Files, PolicyFile, ReadingOptions
from bridge.hedge.exposure.exposure import Exposure, expose
from bridge.hedge.exposure.months import sum_months
from bridge.hedge.intake.plan_files import write_plan
from bridge.hedge.intake.settings_files import read_settings
from bridge.hedge.plan.budget import LOTS_A_SCU
from bridge.hedge.plan.from_exposure import Planned, plan_exposure
from bridge.hedge.plan.plan import PlannedMonth
from bridge.hedge.plan.policy import MarketSnapshot, Policy
from bridge.hedge.plan.ratio import Ratio
from pargrade.cli.toolkit.option_group import with_groups
from pargrade.cli.toolkit.options import AsJson, DryRun, PlotFile
from pargrade.cli.toolkit.output import Table, report

MarketFile = Annotated[
    Path,
    typer.Option(
        "--market", metavar="FILE", exists=True, dir_okay=False, help="Prices and positions."
    ),
]


@with_groups
def plan(
    files: Files,
    policy: PolicyFile,
    market: MarketFile,
    conversion: ConversionOptions,
    reading: ReadingOptions,
    out: Annotated[
        Path,
        typer.Option("--out", metavar="DIR", file_okay=False, help="Folder to write all of it to."),
    ] = Path("plans"),
    outlook: OutlookFile = None,
    plot: PlotFile = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Plan the lots of each month within a policy, and write the plan under its hash.

    Nothing is bought. Amounts are rounded down to whole lots, cash is rounded up.
    """
    exposure = expose(reading.read(files), conversion.choice())
    found = plan_of(exposure, policy, market, outlook)
    path = None if dry_run else write_plan(found.plan, out)
    if plot is not None:
        _draw(plot, exposure, found)
    report(
        {"hash": found.plan.hash, "file": str(path) if path else None, **found.plan.to_json()},
        *describe(found),
        f"Plan {found.plan.hash}",
        *([f"Written: {path}"] if path else ["Not written."]),
        as_json=as_json,
    )


def plan_of(exposure: Exposure, policy: Path, market: Path, outlook: Path | None) -> Planned:
    """The plan that files ask for. Raises BadSetting, UnfitHistory, RunawayForecast."""
    return plan_exposure(
        exposure,
        read_settings(Policy, policy),
        read_settings(MarketSnapshot, market),
        read_outlook(outlook),
    )


def describe(found: Planned) -> list[Table | str]:
    """A plan for people."""
    names = ("month", "need", "80 %", "series", "wanted", "held", "buy", "price", "cash",
             "open", "drift", "deviation", "why not more")  # fmt: skip
    rows = [_row(line) for line in found.plan.months]
    ratio = found.plan.ratio
    return [
        Table(names, rows, numbers=frozenset(names) - {"month", "series", "why not more"}),
        f"Ratio {ratio.value:.2f}: {ratio.reason}",
        *_effectiveness(ratio),
        f"Cash tied up: {found.plan.cash_usd6 / 10**6:,.2f} USD until the months settle.",
        "Drift is what locking is expected to cost against the price then, if the index goes on as "
        "in its history; deviation is one standard deviation of cost that the lots take away.",
        "A lot follows the index. What one provider charges may move otherwise.",
    ]


def _effectiveness(ratio: Ratio) -> list[str]:
    if ratio.r_squared is None:
        return []
    offset = "none" if ratio.dollar_offset is None else f"{ratio.dollar_offset:.0%}"
    verdict = "within" if ratio.is_effective else "outside"
    return [
        f"Out of sample it removed {ratio.gain or 0:.0%} of the variance of what was paid; "
        f"R² {ratio.r_squared:.2f}; dollar offset {offset}, {verdict} 80 to 125 %."
    ]


def _row(line: PlannedMonth) -> tuple[Any, ...]:
    return (
        line.month,
        f"{float(line.forecast_scu):,.1f}",
        f"{float(line.low_scu):,.0f} – {float(line.high_scu):,.0f}",
        line.series or "-",
        f"{line.wanted_lots:,}",
        f"{line.held_lots:,}",
        f"{line.buy_lots:,}",
        f"{line.price8 / 10**8:.2f}" if line.price8 else "-",
        f"{line.cash_usd6 / 10**6:,.2f}",
        f"{float(line.open_scu):,.1f}",
        f"{line.drift_usd6 / 10**6:,.2f}",
        f"{line.deviation_usd6 / 10**6:,.2f}",
        "; ".join(line.bounds),
    )


def _draw(path: Path, exposure: Exposure, found: Planned) -> None:
    from bridge.cli.hedge.fan import draw_fan

    ahead = {each.month for each in found.forecasts}
    used = {m: float(total) for m, total in sum_months(exposure.days).items() if m not in ahead}
    locked = {
        line.month: (line.held_lots + line.buy_lots) / LOTS_A_SCU for line in found.plan.months
    }
    draw_fan(path, used, found.forecasts, locked)
