"""The manipulation study as pictures. Floats are fine here: nothing is decided by a picture."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure

_PRICE: Final = 10**8
_THIRD: Final = 100 / 3
_INK: Final = ("#33658a", "#f26419", "#55a630", "#86bbd8", "#9d4edd", "#c2571a", "#6c757d",
               "#f6ae2d", "#d00000")  # fmt: skip


def draw_study(folder: Path, found: Mapping[str, Any]) -> tuple[Path, ...]:
    """Writes the plots of a study into a folder; their paths."""
    mpl.use("Agg")
    paths = folder / "manipulation-providers.png", folder / "manipulation-reporters.png"
    _providers(paths[0], found)
    _reporters(paths[1], found)
    return paths


def _providers(path: Path, found: Mapping[str, Any]) -> None:
    figure = Figure(figsize=(10, 5), layout="constrained")
    moved, cost = figure.subplots(1, 2)
    honest = int(found["settlement8"])
    rows: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for each in found["attacks"]:
        rows[each["attack"], each["size_ppm"]].append(each)
    for ink, ((attack, size), seen) in zip(_INK, rows.items(), strict=False):
        name = f"{attack} {size / 10**4:+.0f} %" if size else attack
        settled = [each for each in seen if each["moved8"] is not None]
        moved.plot(
            [each["share_ppm"] / 10**4 for each in settled],
            [100 * int(each["moved8"]) / honest for each in settled],
            marker="o", ms=3.5, lw=1.2, color=ink, label=name,
        )  # fmt: skip
        pays = [each for each in seen if each["break_even_contracts"] is not None]
        cost.plot(
            [each["providers"] for each in pays],
            [each["break_even_contracts"] for each in pays],
            marker="o", ms=3.5, lw=1.2, color=ink,
        )  # fmt: skip
    moved.axvline(_THIRD, color="black", lw=0.8, ls=":")
    moved.text(_THIRD + 0.8, moved.get_ylim()[0], "1/3", fontsize=8, va="bottom")
    moved.set_yscale("symlog", linthresh=10)
    moved.set_yticks([-30, -10, -5, 0, 5, 10, 30, 100, 250], labels=[
        "−30", "−10", "−5", "0", "+5", "+10", "+30", "+100", "+250"])  # fmt: skip
    moved.set_xlabel("weight of the corrupted providers, %", fontsize=9)
    moved.set_ylabel("settlement moved, %", fontsize=9)
    moved.set_title("Effect on S (linear to ±10 %, then logarithmic)", fontsize=9, loc="left")
    figure.legend(fontsize=8, loc="outside lower center", ncols=5)
    cost.set_yscale("log")
    cost.set_xlabel("corrupted providers", fontsize=9)
    cost.set_ylabel("contracts of 730 SCU", fontsize=9)
    cost.set_title("Position from which it pays, by the declared model", fontsize=9, loc="left")
    for axes in (moved, cost):
        axes.grid(alpha=0.25)
        axes.tick_params(labelsize=8)
    figure.savefig(path, dpi=100)


def _reporters(path: Path, found: Mapping[str, Any]) -> None:
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    quorum, slots = figure.subplots(1, 2, width_ratios=(3, 2))
    rows = found["choices"]
    for place, each in enumerate(rows):
        low, high = int(each["honest_low8"]) / _PRICE, int(each["honest_high8"]) / _PRICE
        quorum.barh(place, high - low, left=low, height=0.8, color="#dde5ec")
        if each["low8"] is None:
            quorum.text(low, place, "  no bound: the liars are the median", va="center", fontsize=8)
            continue
        reached = int(each["low8"]) / _PRICE, int(each["high8"]) / _PRICE
        quorum.barh(place, reached[1] - reached[0], left=reached[0], height=0.45, color=_INK[0])
        quorum.plot(int(each["middle8"]) / _PRICE, place, "|", color="white", ms=11, mew=2)
    quorum.set_yticks(
        range(len(rows)),
        [f"{e['quorum']} of {e['reporters']}, {e['liars']} lie" for e in rows],
        fontsize=8,
    )
    quorum.use_sticky_edges = slots.use_sticky_edges = False
    quorum.margins(x=0.04)
    quorum.invert_yaxis()
    quorum.set_xlabel("S, USD per SCU", fontsize=9)
    quorum.set_title("Choosing the quorum: reach (dark) inside the honest range (pale)",
                     fontsize=9, loc="left")  # fmt: skip
    paths = found["slots"]
    for place, each in enumerate(paths):
        middle = int(each["middle8"])
        for name, height, ink in (("withheld_", 0.7, "#dde5ec"), ("", 0.4, _INK[1])):
            low, high = (100 * (int(each[f"{name}{side}8"]) / middle - 1) for side in
                         ("low", "high"))  # fmt: skip
            slots.barh(place, high - low, left=low, height=height, color=ink)
        if each["low8"] == each["high8"]:
            slots.text(0, place, "  no reach: the lists stood still", va="center", fontsize=8)
    slots.axvline(0, color="black", lw=0.8)
    names = [each["path"].replace(", ", ",\n").replace(" of ", "\nof ") for each in paths]
    slots.set_yticks(range(len(paths)), names, fontsize=8)
    slots.invert_yaxis()
    slots.set_xlabel("S against a round every hour, %", fontsize=9)
    slots.set_title("Choosing slots (dark), withholding 10 % (pale)", fontsize=9, loc="left")
    for axes in (quorum, slots):
        axes.tick_params("x", labelsize=8)
    figure.savefig(path, dpi=100)
