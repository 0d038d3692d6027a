"""One picture of the demo: the index and what settled on it, and what everyone was paid."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pargrade.cli.toolkit.plot import (
    INKS,
    LINE,
    PALE,
    days,
    new_figure,
    place_legend,
    save_figure,
    state_absence,
    usd,
)
from pargrade.clock import DAY_S
from pargrade.demo.rounds import RecordedRound

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_QUOTE_DECIMALS: Final = 6
_K_INK, _S_INK = INKS[5], INKS[1]
_MEMBER_INKS: Final = (INKS[0], INKS[2], INKS[4], INKS[8], INKS[6])


def draw(
    path: Path,
    summary: Mapping[str, Any],
    rounds: Sequence[RecordedRound],
    names: Mapping[str, str],
) -> None:
    """Writes a PNG."""
    save_figure(plot_demo(summary, rounds, names), path)


def plot_demo(
    summary: Mapping[str, Any], rounds: Sequence[RecordedRound], names: Mapping[str, str]
) -> "Figure":
    """The index above, payouts below; `names` are those of holders by address."""
    figure = new_figure(11, 9)
    outside, index, payouts = figure.subplots(3, 1, height_ratios=(1, 4, 3))
    settled = next((s for s in summary["series"].values() if s["S"]), None)
    outside.set_title("Spot index on chain, from recorded quotes; one member's source is corrupted")
    if rounds:
        _draw_index((outside, index), summary, rounds, settled)
    else:
        for axes in (outside, index):
            state_absence(axes, "no round was recorded")
    payouts.set_title("Who got what at settlement")
    holders = [holder for holder in names if holder in summary["payouts"]]
    if settled is None or not holders:
        state_absence(payouts, "no series settled, so nobody was paid")
    else:
        _draw_payouts(payouts, summary, {holder: names[holder] for holder in holders}, settled)
    return figure


def _draw_index(
    both: tuple[Any, Any],
    summary: Mapping[str, Any],
    rounds: Sequence[RecordedRound],
    settled: Mapping[str, Any] | None,
) -> None:
    """Two axes with one time: the upper one for what is far outside, the lower one for the rest."""
    outside, axes = both
    for position in range(len(summary["index"]["reporters"])):
        ink = _MEMBER_INKS[position % len(_MEMBER_INKS)]
        seen = _daily((r.slot, r.alone[position]) for r in rounds if position in r.alone)
        for each in both:
            each.plot(
                days(slot for slot, _ in seen),
                [usd(value) for _, value in seen],
                linestyle="none",
                marker=ink.marker,
                markersize=3.5,
                color=ink.colour,
                label=f"member {position + 1}'s list alone",
            )
    values = [usd(r.value) for r in rounds]
    axes.step(days(r.slot for r in rounds), values, where="post", color=LINE, linewidth=1.4,
              label="index: what all agreed on")  # fmt: skip
    for each in both:
        each.set_xlim(*days((rounds[0].slot, rounds[-1].slot)))
        each.set_ylabel("USD per SCU")
    if settled is not None:
        _draw_settlement(both, settled)
    shown = [*values, *(usd(int(settled[name])) for name in ("K", "S") if settled is not None)]
    top = max(shown) * 1.02
    axes.set_ylim(min(shown) * 0.98, top)
    outside.set_ylim(top, max(top * 1.01, *(usd(v) * 1.05 for r in rounds for v in _all(r))))
    outside.tick_params(labelbottom=False)
    place_legend(axes)


def _draw_settlement(both: tuple[Any, Any], settled: Mapping[str, Any]) -> None:
    window = days((settled["A"], settled["B"]))
    reference, price = usd(int(settled["K"])), usd(int(settled["S"]))
    for each in both:
        each.axvspan(*window, color=PALE, zorder=0, label="delivery window [A, B)")
    axes = both[1]
    axes.hlines(
        reference, *window, _K_INK.colour, linestyles="dashed", label=f"K = {reference:.2f}"
    )
    axes.hlines(price, *window, _S_INK.colour, linewidth=1.6, label=f"S = {price:.4f}")


def _daily(observed: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The last of each UTC day: more markers would hide each other."""
    return list({slot // DAY_S: (slot, value) for slot, value in observed}.values())


def _all(recorded: RecordedRound) -> list[int]:
    return [recorded.value, *recorded.alone.values()]


def _draw_payouts(
    axes: Any, summary: Mapping[str, Any], holders: Mapping[str, str], settled: Mapping[str, Any]
) -> None:
    usd_per_unit = usd(int(settled["S"])) / 10**18
    left = [0.0] * len(holders)
    for number, (asset, ink) in enumerate(zip(summary["conservation"], INKS, strict=False)):
        scale = 10**-_QUOTE_DECIMALS if number == 0 else usd_per_unit
        worth = [int(summary["payouts"][h].get(asset, "0")) * scale for h in holders]
        axes.barh(
            list(holders.values()),
            worth,
            left=left,
            label=asset if number == 0 else f"{asset} (units, at S)",
            color=ink.colour,
            hatch=ink.hatch,
            edgecolor="white",
        )
        left = [sum(pair) for pair in zip(left, worth, strict=True)]
    axes.set_xlim(0, 1.05 * max(left))
    axes.invert_yaxis()
    axes.set_xlabel("USD paid out by the market")
    place_legend(axes)
