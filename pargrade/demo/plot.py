"""One picture of the demo: the index and what settled on it, and what everyone was paid."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure

from pargrade.demo.rounds import RecordedRound

_PRICE: Final = 10**8
_QUOTE_DECIMALS: Final = 6
_REPORTER_COLOURS: Final = ("#8aa9c9", "#9cc4a4", "#c9b28a", "#b79cc4", "#d1495b")
_ASSET_COLOURS: Final = ("#2f4858", "#33658a", "#86bbd8", "#f6ae2d", "#f26419")


def draw(
    path: Path,
    summary: Mapping[str, Any],
    rounds: Sequence[RecordedRound],
    names: Mapping[str, str],
) -> None:
    """Writes a PNG. Floats are fine here: nothing is decided by a picture."""
    mpl.use("Agg")
    figure = Figure(figsize=(11, 9), layout="constrained")
    outside, index, payouts = figure.subplots(3, 1, height_ratios=(1, 4, 3))
    _draw_index((outside, index), summary, rounds)
    _draw_payouts(payouts, summary, names)
    figure.savefig(path, dpi=110)


def _draw_index(
    both: tuple[Any, Any], summary: Mapping[str, Any], rounds: Sequence[RecordedRound]
) -> None:
    """Two axes with one time: the upper one for what is far outside, the lower one for the rest."""
    outside, axes = both
    for position in range(len(summary["index"]["reporters"])):
        seen = [(r.slot, r.observed[position]) for r in rounds if position in r.observed]
        for each in both:
            each.plot(
                [_time(slot) for slot, _ in seen],
                [value / _PRICE for _, value in seen],
                ".",
                markersize=2.5,
                color=_REPORTER_COLOURS[position % len(_REPORTER_COLOURS)],
                label=f"observed by reporter {position + 1}",
            )
    axes.step(
        [_time(r.slot) for r in rounds],
        [r.value / _PRICE for r in rounds],
        where="post",
        color="black",
        linewidth=1.4,
        label="index: the median",
    )
    settled = next(s for s in summary["series"].values() if s["S"])
    window = [_time(settled["A"]), _time(settled["B"])]
    reference, price = int(settled["K"]) / _PRICE, int(settled["S"]) / _PRICE
    for each in both:
        each.axvspan(*window, color="#f6ae2d", alpha=0.10, label="delivery window [A, B)")
        each.set_xlim(_time(rounds[0].slot), _time(rounds[-1].slot))
    axes.hlines(reference, *window, "#33658a", linestyles="dashed", label=f"K = {reference:.2f}")
    axes.hlines(price, *window, "#f26419", linewidth=1.6, label=f"S = {price:.4f}")

    middle = [r.value / _PRICE for r in rounds]
    axes.set_ylim(min(middle) * 0.94, max(middle) * 1.08)
    outside.set_ylim(max(middle) * 1.08, max(v / _PRICE for r in rounds for v in _all(r)) * 1.05)
    outside.tick_params(labelbottom=False)
    outside.set_title(
        "Spot index on chain, from recorded quotes; one reporter's source is corrupted"
    )
    axes.set_ylabel("USD per SCU")
    axes.legend(fontsize=8, ncols=3, loc="upper left")


def _all(recorded: RecordedRound) -> list[int]:
    return [recorded.value, *recorded.observed.values()]


def _draw_payouts(axes: Any, summary: Mapping[str, Any], names: Mapping[str, str]) -> None:
    settled = next(s for s in summary["series"].values() if s["S"])
    usd_per_unit = int(settled["S"]) / _PRICE / 10**18
    holders = [holder for holder in names if holder in summary["payouts"]]
    assets = list(summary["conservation"])
    left = [0.0] * len(holders)
    for number, asset in enumerate(assets):
        scale = 10**-_QUOTE_DECIMALS if number == 0 else usd_per_unit
        worth = [int(summary["payouts"][h].get(asset, "0")) * scale for h in holders]
        axes.barh(
            [names[h] for h in holders],
            worth,
            left=left,
            label=asset if number == 0 else f"{asset} (units, at S)",
            color=_ASSET_COLOURS[number % len(_ASSET_COLOURS)],
        )
        left = [sum(pair) for pair in zip(left, worth, strict=True)]
    axes.invert_yaxis()
    axes.set_xlabel("USD paid out by the market")
    axes.set_title("Who got what at settlement")
    axes.legend(fontsize=8, loc="center right")


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
