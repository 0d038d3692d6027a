"""Two methods side by side as a picture."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from oracle.cli.plots.keys import price_unit
from oracle.index.level import IndexValue
from oracle.index.shadow import Shadow
from pargrade.cli.toolkit.plot import (
    OTHER,
    OURS,
    days,
    draw_line,
    new_figure,
    place_legend,
    save_figure,
    state_absence,
    usd,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS = 2


def draw_shadow(path: Path, ran: Shadow) -> None:
    """Writes a PNG."""
    save_figure(plot_shadow(ran), path)


def plot_shadow(ran: Shadow) -> "Figure":
    """Both versions of every index; a gap is time without a value."""
    rows = -(-len(ran.points) // _COLUMNS)
    figure = new_figure(12, 2.4 * rows + 0.8)
    axes = figure.subplots(rows, _COLUMNS, squeeze=False, sharex=True).flatten()
    largest = {each.index: each.largest_ppm / 10**4 for each in ran.record.indices}
    versions = ran.record.old.version, ran.record.new.version
    keys: dict[str, Any] = {}
    for plot, (index, points) in zip(axes, ran.points.items(), strict=False):
        if not any(point.old or point.new for point in points):
            plot.set_title(index, fontsize=9)
            state_absence(plot, "neither version has a value in this time")
            continue
        times = days(point.instant for point in points)
        lines = [_usd(p.old) for p in points], [_usd(p.new) for p in points]
        for version, values, ink in zip(versions, lines, (OURS, OTHER), strict=True):
            draw_line(plot, times, values, ink, f"method {version}")
        plot.set_title(f"{index}: {largest[index]:.2f} % apart at most", fontsize=9)
        plot.set_ylabel(price_unit(index), fontsize=8)
        plot.tick_params(labelsize=7)
        plot.tick_params("x", rotation=30)
        handles, labels = plot.get_legend_handles_labels()
        keys |= dict(zip(labels, handles, strict=True))
    for plot in axes[len(ran.points) :]:
        plot.set_visible(False)
    if keys:
        place_legend(figure, handles=list(keys.values()), labels=list(keys))
    return figure


def _usd(value: IndexValue | None) -> float:
    return usd(None if value is None else value.value8)
