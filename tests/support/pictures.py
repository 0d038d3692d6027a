"""What holds for every picture: legends beside the data, units on axes, inks of the one palette."""

from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from pargrade.cli.toolkit.plot import FAINT, INKS, LINE, PALE

SHEET = {"#ffffff", "#000000"}
UNITS = ("USD", "SCU", "%", "number", "providers", "quotes", "contracts", "rho²")


def texts(figure: Figure) -> str:
    """Every word of a picture."""
    found = [figure.get_suptitle()]
    for axes in figure.axes:
        found += [axes.get_title(), axes.get_title("left"), axes.get_xlabel(), axes.get_ylabel()]
        found += [each.get_text() for each in axes.texts]
    for legend in legends(figure):
        found += [each.get_text() for each in legend.get_texts()]
    return "\n".join(found)


def legends(figure: Figure) -> list[Any]:
    """Every legend of a figure and of its axes."""
    own = [axes.get_legend() for axes in figure.axes]
    return [*figure.legends, *(legend for legend in own if legend is not None)]


def inks_of(figure: Figure) -> set[str]:
    """The colours of everything that is drawn from data."""
    found = set()
    for axes in figure.axes:
        found |= {to_hex(line.get_color()) for line in axes.lines}
        found |= {to_hex(bar.get_facecolor()) for bar in axes.patches}
        for group in axes.collections:
            found |= {to_hex(row) for row in np.atleast_2d(group.get_facecolor()) if len(row)}
    return found


def check_picture(figure: Figure) -> None:
    """Draws it, and asserts what holds for all of them."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert shown
    for legend in legends(figure):
        box = legend.get_window_extent(renderer)
        for axes in shown:
            assert not box.overlaps(axes.get_window_extent(renderer)), f"legend over {axes}"
    for axes in shown:
        labels = f"{axes.get_xlabel()} {axes.get_ylabel()}"
        if axes.lines or axes.patches or axes.collections:
            beside = any(unit in labels for unit in UNITS)
            shared = not labels.strip() and len(shown) > 1
            assert beside or shared, f"no unit on {axes}: {labels!r}"
        else:
            assert axes.texts, f"empty axes: {axes}"
    foreign = inks_of(figure) - {ink.colour for ink in INKS} - {PALE, FAINT, LINE} - SHEET
    assert not foreign, f"not of the palette: {foreign}"
