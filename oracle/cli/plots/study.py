"""The manipulation study as pictures."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pargrade.cli.toolkit.plot import (
    INKS,
    LINE,
    OTHER,
    OURS,
    PALE,
    draw_line,
    new_figure,
    place_legend,
    save_figure,
    state_absence,
    usd,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_THIRD: Final = 100 / 3


def draw_study(folder: Path, found: Mapping[str, Any]) -> tuple[Path, ...]:
    """Writes the plots of a study into a folder; their paths."""
    return (
        save_figure(plot_providers(found), folder / "manipulation-providers.png"),
        save_figure(plot_reporters(found), folder / "manipulation-reporters.png"),
    )


def plot_providers(found: Mapping[str, Any]) -> "Figure":
    """How far corrupted providers move the settlement, and from which position on it pays."""
    figure = new_figure(11, 5.4)
    moved, cost = figure.subplots(1, 2)
    moved.set_title("Effect on S (linear to ±10 %, then logarithmic)", fontsize=9, loc="left")
    cost.set_title("Position from which it pays, by the declared model", fontsize=9, loc="left")
    honest = int(found["settlement8"])
    rows: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for each in found["attacks"]:
        rows[each["attack"], each["size_ppm"]].append(each)
    if not rows:
        for axes in (moved, cost):
            state_absence(axes, "no attack was tried")
        return figure
    for ink, ((attack, size), seen) in zip(INKS, rows.items(), strict=False):
        name = f"{attack} {size / 10**4:+.0f} %" if size else attack
        settled = [each for each in seen if each["moved8"] is not None]
        share = [each["share_ppm"] / 10**4 for each in settled]
        effect = [100 * int(each["moved8"]) / honest for each in settled]
        draw_line(moved, share, effect, ink, name, markevery=1)
        pays = [each for each in seen if each["break_even_contracts"] is not None]
        position = [each["break_even_contracts"] for each in pays]
        draw_line(cost, [each["providers"] for each in pays], position, ink, markevery=1)
    moved.axvline(_THIRD, color=LINE, lw=0.8, ls=":")
    moved.text(_THIRD + 0.8, moved.get_ylim()[0], "1/3", fontsize=8, va="bottom")
    moved.set_yscale("symlog", linthresh=10)
    moved.set_yticks([-30, -10, -5, 0, 5, 10, 30, 100, 250], labels=[
        "−30", "−10", "−5", "0", "+5", "+10", "+30", "+100", "+250"])  # fmt: skip
    moved.set_xlabel("weight of the corrupted providers, %", fontsize=9)
    moved.set_ylabel("settlement moved, %", fontsize=9)
    place_legend(figure, columns=5)
    cost.set_yscale("log")
    cost.set_xlabel("corrupted providers, number", fontsize=9)
    cost.set_ylabel("contracts of 730 SCU", fontsize=9)
    for axes in (moved, cost):
        axes.grid(alpha=0.25)
        axes.tick_params(labelsize=8)
    return figure


def plot_reporters(found: Mapping[str, Any]) -> "Figure":
    """What whoever brings a round can choose: the quorum, and the slots."""
    figure = new_figure(11, 4.2)
    quorum, slots = figure.subplots(1, 2, width_ratios=(3, 2))
    quorum.use_sticky_edges = slots.use_sticky_edges = False
    quorum.margins(x=0.04)
    quorum.set_title("Choosing the quorum: reach (dark) inside the honest range (pale)",
                     fontsize=9, loc="left")  # fmt: skip
    slots.set_title("Choosing slots (dark), withholding 10 % (pale)", fontsize=9, loc="left")
    _draw_quorums(quorum, found["choices"])
    _draw_slots(slots, found["slots"])
    return figure


def _draw_quorums(axes: Any, rows: list[dict[str, Any]]) -> None:
    if not rows:
        state_absence(axes, "no choice of a quorum was tried")
        return
    for place, each in enumerate(rows):
        low, high = usd(int(each["honest_low8"])), usd(int(each["honest_high8"]))
        axes.barh(place, high - low, left=low, height=0.8, color=PALE)
        if each["low8"] is None:
            axes.text(low, place, "  no bound: the liars are the median", va="center", fontsize=8)
            continue
        reached = usd(int(each["low8"])), usd(int(each["high8"]))
        axes.barh(place, reached[1] - reached[0], left=reached[0], height=0.45, color=OURS.colour)
        axes.plot(usd(int(each["middle8"])), place, "|", color="white", ms=11, mew=2)
    names = [f"{e['quorum']} of {e['reporters']}, {e['liars']} lie" for e in rows]
    axes.set_yticks(range(len(rows)), names, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("S, USD per SCU", fontsize=9)
    axes.tick_params("x", labelsize=8)


def _draw_slots(axes: Any, paths: list[dict[str, Any]]) -> None:
    if not paths:
        state_absence(axes, "no choice of slots was tried")
        return
    for place, each in enumerate(paths):
        middle = int(each["middle8"])
        for name, height, colour in (("withheld_", 0.7, PALE), ("", 0.4, OTHER.colour)):
            low, high = (100 * (int(each[f"{name}{side}8"]) / middle - 1) for side in
                         ("low", "high"))  # fmt: skip
            axes.barh(place, high - low, left=low, height=height, color=colour)
        if each["low8"] == each["high8"]:
            axes.text(0, place, "  no reach: the lists stood still", va="center", fontsize=8)
    axes.axvline(0, color=LINE, lw=0.8)
    names = [each["path"].replace(", ", ",\n").replace(" of ", "\nof ") for each in paths]
    axes.set_yticks(range(len(paths)), names, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("S against a round every hour, %", fontsize=9)
    axes.tick_params("x", labelsize=8)
