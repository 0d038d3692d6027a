"""`pargrade hedge forecast`: what a team will need, by month, and how sure that is."""

from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.cli.hedge.exposure_options import ConversionOptions
from bridge.cli.hedge.options import Files, ReadingOptions
from bridge.hedge.exposure.exposure import Exposure, expose
from bridge.hedge.exposure.months import sum_months
from bridge.hedge.forecast.forecast import MonthForecast, forecast_months, skill_table
from bridge.hedge.forecast.history import Limits, NeedHistory, whole_history
from bridge.hedge.forecast.intervals import COVERAGES
from bridge.hedge.forecast.outlook import Outlook, with_outlook
from bridge.hedge.intake.settings_files import read_settings
from pargrade.cli.toolkit.option_group import with_groups
from pargrade.cli.toolkit.options import AsJson, PlotFile
from pargrade.cli.toolkit.output import Table, report

Months = Annotated[int, typer.Option(min=1, max=24, help="Months, the one not yet over included.")]
OutlookFile = Annotated[
    Path | None,
    typer.Option("--outlook", metavar="FILE", help="Growth and launches, YAML or TOML."),
]


@with_groups
def forecast(
    files: Files,
    conversion: ConversionOptions,
    reading: ReadingOptions,
    months: Months = 6,
    outlook: OutlookFile = None,
    plot: PlotFile = None,
    as_json: AsJson = False,
) -> None:
    """Forecast the SCU of each month, with intervals from past errors of the same sums.

    The model is the best of naive, Theta and exponential smoothing on past sums; the naive one
    wins ties. The first and the last day of the history may be in part and are left out.
    """
    exposure = expose(reading.read(files), conversion.choice())
    history = whole_history(exposure.days, Limits())
    found = forecasts_of(history, months, outlook)
    if plot is not None:
        draw(plot, exposure, found)
    report(
        {"filled_days": list(history.filled), "months": [document(each) for each in found]},
        table_of(found),
        *([f"Days filled from a week before: {', '.join(history.filled)}"]
          if history.filled else []),
        *narrow_notes(found),
        *([f"Written: {plot}"] if plot else []),
        as_json=as_json,
    )  # fmt: skip


def forecasts_of(history: NeedHistory, months: int, outlook: Path | None) -> list[MonthForecast]:
    """Forecasts with what is planned on them. Raises BadSetting."""
    planned = read_outlook(outlook)
    return [with_outlook(each, planned) for each in forecast_months(history, months)]


def read_outlook(path: Path | None) -> Outlook:
    """What is planned; nothing where no file is named. Raises BadSetting."""
    return Outlook() if path is None else read_settings(Outlook, path)


def draw(path: Path, exposure: Exposure, found: list[MonthForecast]) -> None:
    """The fan plot of a history and its forecast."""
    from bridge.cli.hedge.fan import draw_fan

    ahead = {each.month for each in found}
    used = {m: float(total) for m, total in sum_months(exposure.days).items() if m not in ahead}
    draw_fan(path, used, found)


def document(found: MonthForecast) -> dict[str, Any]:
    """A month for machines; SCU to six places."""
    return {
        "month": found.month,
        "scu": f"{found.scu:.6f}",
        "known_scu": f"{found.known_scu:.6f}",
        "intervals": [
            {
                "coverage": each.coverage,
                "low": f"{each.low:.6f}",
                "high": f"{each.high:.6f}",
                "may_be_wider": each.is_narrow,
            }
            for each in found.intervals
        ],
        "model": found.model,
        "past_sums": found.origins,
        "mean_error": {
            name: None if error == float("inf") else f"{error:.4f}"
            for name, error in skill_table(found).items()
        },
    }


def table_of(found: list[MonthForecast]) -> Table:
    """Months for people."""
    rows = []
    for each in found:
        errors = skill_table(each)
        bounds = [f"{i.low:,.1f} – {i.high:,.1f}" for i in each.intervals]
        shown = ", ".join(f"{name} {error:.1%}" for name, error in errors.items())
        rows.append((each.month, f"{each.scu:,.1f}", *bounds, each.model, each.origins, shown))
    columns = ("month", "SCU", "80 %", "95 %", "model", "past sums", "mean errors")
    return Table(columns, rows, numbers=frozenset({"SCU", "past sums"}))


def narrow_notes(found: list[MonthForecast]) -> list[str]:
    """What has to be known of intervals that rest on too little."""
    notes = []
    for position, coverage in enumerate(COVERAGES):
        months = [each.month for each in found if each.intervals[position].is_narrow]
        if months:
            shown = ", ".join(months)
            notes.append(f"Few past sums side by side: {coverage} % may be wider in {shown}")
    return notes
