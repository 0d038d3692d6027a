"""A fan plot: what was used by month, and what may come."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridge.hedge.forecast.forecast import MonthForecast
from bridge.hedge.forecast.intervals import COVERAGES
from pargrade.cli.toolkit.plot import (
    DEEP,
    INKS,
    OTHER,
    OURS,
    draw_line,
    new_figure,
    place_legend,
    save_figure,
    state_absence,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LOCKED = INKS[4]


def draw_fan(
    path: Path,
    history: Mapping[str, float],
    forecasts: Sequence[MonthForecast],
    locked: Mapping[str, float] | None = None,
) -> None:
    """Writes a PNG; `locked` are SCU by month that a plan locks."""
    save_figure(plot_fan(history, forecasts, locked or {}), path)


def plot_fan(
    history: Mapping[str, float], forecasts: Sequence[MonthForecast], locked: Mapping[str, float]
) -> "Figure":
    """Months from the first that was used to the last that is forecast."""
    figure = new_figure(10, 5)
    axes: Any = figure.subplots()
    axes.set_title("What was used, and what may come", fontsize=10, loc="left")
    names = [*history, *(f.month for f in forecasts if f.month not in history)]
    if not names:
        state_absence(axes, "no month was used and none is forecast")
        return figure
    places = {name: number for number, name in enumerate(names)}
    if history:
        used = [places[month] for month in history]
        axes.bar(used, list(history.values()), color=DEEP.colour, label="used")
    if forecasts:
        _draw_forecasts(axes, [places[f.month] for f in forecasts], forecasts)
    if locked:
        axes.bar([places[month] for month in locked], list(locked.values()), width=0.4,
                 color=_LOCKED.colour, hatch=_LOCKED.hatch, edgecolor="white",
                 label="locked")  # fmt: skip
    axes.set_xticks(range(len(names)), names, rotation=60, ha="right", fontsize=8)
    axes.set_ylabel("SCU per month")
    place_legend(axes)
    return figure


def _draw_forecasts(axes: Any, ahead: list[int], forecasts: Sequence[MonthForecast]) -> None:
    for position, coverage in reversed(list(enumerate(COVERAGES))):
        bounds = [f.intervals[position] for f in forecasts]
        low, high = [bound.low for bound in bounds], [bound.high for bound in bounds]
        # The narrow one lies over the wide one, so it is darker in any colours.
        axes.fill_between(
            ahead, low, high, color=OURS.colour, alpha=0.3, lw=0, label=f"{coverage} % interval"
        )
    draw_line(axes, ahead, [f.scu for f in forecasts], OTHER, "forecast", markevery=1)
