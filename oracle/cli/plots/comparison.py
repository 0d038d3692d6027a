"""A back-test's comparisons as pictures: with another's benchmark, and as a hedge."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pargrade.cli.toolkit.plot import (
    INKS,
    LINE,
    OTHER,
    OURS,
    PALE,
    draw_line,
    new_figure,
    place_legend,
    state_absence,
    usd,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_benchmark(agreements: Sequence[Mapping[str, Any]]) -> "Figure":
    """Our settlements beside somebody else's monthly benchmark, a panel for each model."""
    shown = [each for each in agreements if each["months"]]
    figure = new_figure(2.7 * max(2, len(shown)) + 0.4, 3.4)
    plots = figure.subplots(1, max(1, len(shown)), squeeze=False)[0]
    if not shown:
        plots[0].set_title("Benchmark", fontsize=9, loc="left")
        state_absence(plots[0], "no month that both have")
        return figure
    for plot, each in zip(plots, shown, strict=True):
        months = [month[2:] for month in each["months"]]
        theirs, ours = ([usd(int(v)) for v in each[f"{who}8"]] for who in ("theirs", "ours"))
        draw_line(plot, months, theirs, OTHER, "benchmark")
        draw_line(plot, months, ours, OURS, "our settlement")
        plot.set_ylim(0)
        plot.set_title(each["model"], fontsize=9, loc="left")
        plot.tick_params(labelsize=8)
        plot.grid(alpha=0.25)
    plots[0].set_ylabel("USD per GPU-hour", fontsize=8)
    lines, labels = plots[0].get_legend_handles_labels()
    place_legend(figure, handles=lines, labels=labels)
    return figure


def plot_hedges(hedges: Sequence[Mapping[str, Any]]) -> "Figure":
    """How well the index would have hedged each provider's price, by horizon."""
    names = sorted({each["provider"] for each in hedges})
    horizons = sorted({each["horizon"] for each in hedges})
    figure = new_figure(11, 4)
    rho, offset = figure.subplots(1, 2)
    rho.set_title("Effectiveness by horizon of changes", fontsize=9, loc="left")
    offset.set_title("Offset with h*; shaded: 80–125 %", fontsize=9, loc="left")
    if not hedges:
        for plot in (rho, offset):
            state_absence(plot, "no provider whose price moved often enough")
        return figure
    thick = 0.8 / len(horizons)
    for place, (horizon, ink) in enumerate(zip(horizons, INKS, strict=False)):
        seen = {each["provider"]: each for each in hedges if each["horizon"] == horizon}
        rows = [row for row, name in enumerate(names) if name in seen]
        measured = [seen[names[row]] for row in rows]
        look = {"height": thick, "color": ink.colour, "hatch": ink.hatch, "edgecolor": "white"}
        middle = [row + (place - (len(horizons) - 1) / 2) * thick for row in rows]
        rho.barh(middle, [m["effectiveness"] for m in measured], label=f"{horizon} d", **look)
        offset.barh(middle, [100 * (m["offset"] or 0) for m in measured], **look)
    offset.axvspan(80, 125, color=PALE, zorder=0)
    offset.axvline(0, color=LINE, lw=0.7)
    rho.set_xlim(0, 1)
    rho.set_xlabel("rho², a share of the variance", fontsize=9)
    offset.set_xlabel("% of the provider's move", fontsize=9)
    for plot in (rho, offset):
        plot.set_yticks(range(len(names)), names, fontsize=8)
        plot.invert_yaxis()
        plot.tick_params("x", labelsize=8)
    place_legend(figure)
    return figure
