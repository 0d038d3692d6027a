"""The basis report as a picture."""

from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure

from pargrade.basis import BasisReport

_PRICE: Final = 10**8
_CHEAPER: Final = "#33658a"
_DEARER: Final = "#f26419"


def draw(path: Path, hardware: BasisReport, grades: BasisReport, when: str) -> None:
    """Writes a PNG. Floats are fine here: nothing is decided by a picture."""
    mpl.use("Agg")
    heights = (len(hardware.ranked) + 1, len(grades.ranked) + 1)
    figure = Figure(figsize=(9, 6), layout="constrained")
    upper, lower = figure.subplots(2, 1, height_ratios=heights, sharex=True)
    _bars(upper, hardware, f"What one SCU costs on each kind of hardware, {when}")
    _bars(lower, grades, "and in each devnet grade; the top bar of each is cheapest to deliver")
    lower.set_xlabel("USD per SCU")
    figure.savefig(path, dpi=110)


def _bars(axes: Any, found: BasisReport, title: str) -> None:
    index = found.index8 / _PRICE
    names = [
        each.grade if each.grade == each.through else f"{each.grade} on {each.through}"
        for each in found.ranked
    ]
    implied = [each.implied8 / _PRICE for each in found.ranked]
    colours = [_CHEAPER if each.basis8 < 0 else _DEARER for each in found.ranked]
    axes.barh(names, implied, color=colours, height=0.6)
    for row, each in enumerate(found.ranked):
        label = (
            f" {implied[row]:.2f} ({each.basis_ppm / 10_000:+.1f} %, {each.providers} providers)"
        )
        axes.text(implied[row], row, label, va="center", fontsize=8)
    axes.axvline(
        index, color="black", linestyle="dashed", linewidth=1.2, label=f"index {index:.2f}"
    )
    axes.set_xlim(0, max([index, *implied]) * 1.35)
    axes.invert_yaxis()
    axes.set_title(title, fontsize=10, loc="left")
    axes.legend(fontsize=8, loc="lower right")
