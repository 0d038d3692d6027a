"""The basis report as a picture."""

from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure

from pargrade.factor.basis import BasisReport

_PRICE: Final = 10**8
_CHEAPER: Final = "#33658a"
_DEARER: Final = "#c2571a"


def draw(path: Path, hardware: BasisReport, grades: BasisReport, when: str) -> None:
    """Writes a PNG. Floats are fine here: nothing is decided by a picture."""
    mpl.use("Agg")
    heights = (len(hardware.ranked) + 1, len(grades.ranked) + 1)
    figure = Figure(figsize=(9, 6), layout="constrained")
    upper, lower = figure.subplots(2, 1, height_ratios=heights, sharex=True)
    index = hardware.index8 / _PRICE
    figure.suptitle(f"What one SCU costs, {when}; dashed: index {index:.2f} USD", fontsize=11)
    _bars(upper, hardware, "By hardware, cheapest to deliver first")
    _bars(lower, grades, "Devnet grades, through the hardware that does the work")
    lower.set_xlabel("USD per SCU")
    figure.savefig(path, dpi=110)


def _bars(axes: Any, found: BasisReport, title: str) -> None:
    for row, each in enumerate(found.ranked):
        colour = _CHEAPER if each.basis8 < 0 else _DEARER
        axes.barh(row, each.implied8 / _PRICE, color=colour, height=0.7)
        percent = f"{each.basis_ppm / 10_000:+.1f} %"
        label = f"{each.implied8 / _PRICE:.2f}   {percent}   {each.providers} providers"
        axes.text(0.04, row, label, va="center", fontsize=9, color="white")
    names = [
        each.grade if each.grade == each.through else f"{each.grade} on {each.through}"
        for each in found.ranked
    ]
    axes.set_yticks(range(len(names)), names)
    axes.axvline(found.index8 / _PRICE, color="black", linestyle="dashed")
    axes.invert_yaxis()
    axes.set_title(title, fontsize=10, loc="left")
