"""A picture of two methods side by side. Floats are fine here: nothing is decided by it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.figure import Figure

from oracle.index.level import IndexValue
from oracle.index.shadow import Shadow

_PRICE: Final = 10**8
_COLUMNS: Final = 2


def draw_shadow(path: Path, ran: Shadow) -> None:
    """Writes a PNG: both versions of every index; a gap is time without a value."""
    mpl.use("Agg")
    rows = -(-len(ran.points) // _COLUMNS)
    figure = Figure(figsize=(12, 2.4 * rows + 0.6), layout="constrained")
    axes = figure.subplots(rows, _COLUMNS, squeeze=False, sharex=True).flatten()
    figures = {each.index: each for each in ran.record.indices}
    for plot, (index, points) in zip(axes, ran.points.items(), strict=False):
        times = [datetime.fromtimestamp(point.instant, UTC) for point in points]
        old, new = ran.record.old.version, ran.record.new.version
        plot.plot(times, [_usd(p.old) for p in points], color="#33658a", label=f"method {old}")
        plot.plot(
            times, [_usd(p.new) for p in points], color="#f26419", lw=1, label=f"method {new}"
        )
        largest = figures[index].largest_ppm / 10**4
        plot.set_title(f"{index}: {largest:.2f} % apart at most", fontsize=9)
        plot.set_ylabel("USD", fontsize=8)
        plot.tick_params(labelsize=7)
        plot.tick_params("x", rotation=30)
    for plot in axes[len(ran.points) :]:
        plot.set_visible(False)
    axes[0].legend(fontsize=7)
    figure.savefig(path, dpi=110)


def _usd(value: IndexValue | None) -> float:
    return float("nan") if value is None else value.value8 / _PRICE
