"""A fan plot: what was used by month, and what may come."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bridge.hedge.forecast.forecast import MonthForecast
from bridge.hedge.forecast.intervals import COVERAGES

_COLOURS: Final = {80: "#33658a", 95: "#86bbd8"}


def draw_fan(
    path: Path,
    history: Mapping[str, float],
    forecasts: Sequence[MonthForecast],
    locked: Mapping[str, float] | None = None,
) -> None:
    """Writes a PNG; `locked` are SCU by month that a plan locks. Floats are fine in a picture."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.use("Agg")
    figure = Figure(figsize=(10, 5), layout="constrained")
    axes: Any = figure.subplots()
    names = [*history, *(f.month for f in forecasts if f.month not in history)]
    places = {name: number for number, name in enumerate(names)}
    axes.bar([places[m] for m in history], list(history.values()), color="#2f4858", label="used")
    ahead = [places[f.month] for f in forecasts]
    for position, coverage in reversed(list(enumerate(COVERAGES))):
        bounds = [f.intervals[position] for f in forecasts]
        axes.fill_between(
            ahead,
            [bound.low for bound in bounds],
            [bound.high for bound in bounds],
            color=_COLOURS[coverage],
            alpha=0.5,
            label=f"{coverage} % interval",
        )
    axes.plot(ahead, [f.scu for f in forecasts], "o-", color="#d1495b", label="forecast")
    if locked:
        places_locked = [places[month] for month in locked]
        axes.bar(places_locked, list(locked.values()), width=0.4, color="#f6ae2d", label="locked")
    axes.set_xticks(range(len(names)), names, rotation=60, ha="right", fontsize=8)
    axes.set_ylabel("SCU a month")
    axes.legend(fontsize=8, loc="upper left")
    figure.savefig(path, dpi=110)
