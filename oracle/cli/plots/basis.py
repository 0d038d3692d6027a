"""The basis report as a picture."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pargrade.cli.toolkit.plot import (
    LINE,
    OTHER,
    OURS,
    new_figure,
    place_legend,
    save_figure,
    state_absence,
    usd,
)
from pargrade.factor.basis import BasisReport

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_basis(path: Path, hardware: BasisReport, grades: BasisReport, when: str) -> None:
    """Writes a PNG."""
    save_figure(plot_basis(hardware, grades, when), path)


def plot_basis(hardware: BasisReport, grades: BasisReport, when: str) -> "Figure":
    """What one SCU costs in each kind of hardware and each grade, beside the index."""
    heights = (len(hardware.ranked) + 1, len(grades.ranked) + 1)
    figure = new_figure(10, 6)
    upper, lower = figure.subplots(2, 1, height_ratios=heights, sharex=True)
    figure.suptitle(f"What one SCU costs, {when}", fontsize=11)
    _draw_bars(upper, hardware, "By hardware, cheapest to deliver first")
    _draw_bars(lower, grades, "Devnet grades, through the hardware that does the work")
    # By label: a report may lack the cheaper or the dearer ones.
    keys: dict[str, Any] = {}
    for axes in (upper, lower):
        handles, labels = axes.get_legend_handles_labels()
        keys |= dict(zip(labels, handles, strict=True))
    if keys:
        lower.set_xlabel("USD per SCU")
        place_legend(figure, handles=list(keys.values()), labels=list(keys))
    return figure


def _draw_bars(axes: Any, found: BasisReport, title: str) -> None:
    axes.set_title(title, fontsize=10, loc="left")
    if not found.ranked:
        state_absence(axes, "no price from three providers")
        return
    for ink, cheaper, label in ((OURS, True, "below the index"), (OTHER, False, "at or above it")):
        rows = [row for row, each in enumerate(found.ranked) if (each.basis8 < 0) is cheaper]
        prices = [usd(found.ranked[row].implied8) for row in rows]
        if rows:
            axes.barh(rows, prices, height=0.7, color=ink.colour, hatch=ink.hatch,
                      edgecolor="white", label=label)  # fmt: skip
    top = max(usd(each.implied8) for each in found.ranked)
    for row, each in enumerate(found.ranked):
        percent = f"{each.basis_ppm / 10_000:+.1f} %"
        text = f"  {usd(each.implied8):.2f}   {percent}   {each.providers} providers"
        axes.text(usd(each.implied8), row, text, va="center", fontsize=8.5)
    axes.set_xlim(0, 1.45 * max(top, usd(found.index8)))
    names = [
        each.grade if each.grade == each.through else f"{each.grade} on {each.through}"
        for each in found.ranked
    ]
    axes.set_yticks(range(len(names)), names)
    axes.axvline(usd(found.index8), color=LINE, linestyle="dashed", zorder=0,
                 label=f"index, {usd(found.index8):.2f}")  # fmt: skip
    axes.invert_yaxis()
