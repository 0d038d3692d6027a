"""A back-test as pictures: the index and the market around it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oracle.backtest.naive import PanelDay
from oracle.backtest.run import EXAMINED_INDEX, Backtest, Market
from oracle.backtest.screening import ScreenDay
from oracle.backtest.track import Track
from oracle.backtest.wide import WideChain
from oracle.cli.plots.comparison import plot_benchmark, plot_hedges
from oracle.cli.plots.keys import REASON_INKS, price_unit
from oracle.index.method import PAR_INDEX
from pargrade.cli.toolkit.plot import (
    FAINT,
    LINE,
    OTHER,
    OURS,
    THIRD,
    days,
    draw_line,
    draw_steps,
    mark_months,
    new_figure,
    place_legend,
    save_figure,
    state_absence,
    usd,
)
from pargrade.clock import DAY_S

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TOP_USD = 8
_NO_VALUE = "no value in this time"


def draw_backtest(folder: Path, found: Backtest, stated: Mapping[str, Any]) -> tuple[Path, ...]:
    """Writes the plots of a back-test into a folder; their paths."""
    drawn = plot_backtest(found, stated)
    return tuple(save_figure(figure, folder / f"backtest-{name}.png") for name, figure in drawn)


def plot_backtest(found: Backtest, stated: Mapping[str, Any]) -> Iterator[tuple[str, "Figure"]]:
    """Every plot with its name; those of the market only where the history was in memory."""
    yield "family", plot_family(found.tracks)
    yield "benchmark", plot_benchmark(stated["benchmark"])
    ours = found.find_track(EXAMINED_INDEX)
    if found.market is not None and ours is not None:
        yield "levels", plot_levels(ours, found.market.wide)
        yield "composition", plot_composition(ours, found.market)
        yield "screening", plot_screening(found.market.screens[EXAMINED_INDEX])
        yield "hedges", plot_hedges(stated["hedges"]["measured"])


def draw_versions(folder: Path, candidate: Backtest, present: Backtest) -> Path:
    """Writes the plot of two versions of the method into a folder; its path."""
    return save_figure(plot_versions(candidate, present), folder / "backtest-versions.png")


def plot_versions(candidate: Backtest, present: Backtest) -> "Figure":
    """The par index and the examined one by two versions of the method."""
    figure = new_figure(11, 4.8)
    names = (PAR_INDEX, EXAMINED_INDEX)
    versions = [(each, f"method {each.methods[0].version}") for each in (present, candidate)]
    labels = {label for _, label in versions}
    unlabelled = set(labels)
    for plot, name in zip(figure.subplots(1, len(names), sharex=True), names, strict=True):
        plot.set_title(name, fontsize=9, loc="left")
        tracks = [(found.find_track(name), label) for found, label in versions]
        if not any(track is not None and track.reported for track, _ in tracks):
            state_absence(plot, _NO_VALUE)
            continue
        for (track, label), ink in zip(tracks, (OTHER, OURS), strict=True):
            points = () if track is None else track.points
            instants, values = days(p.instant for p in points), [usd(p.reported8) for p in points]
            draw_line(plot, instants, values, ink, label if label in unlabelled else None)
            unlabelled.discard(label)
        plot.set_ylabel(price_unit(name), fontsize=9)
        mark_months(plot)
    if unlabelled < labels:
        place_legend(figure)
    return figure


def plot_family(tracks: Sequence[Track]) -> "Figure":
    """Every index with its confidence, and how many providers it rests on."""
    columns = 2 if len(tracks) > 1 else 1
    rows = -(-len(tracks) // columns)
    figure = new_figure(11, 2.1 * rows + 0.8)
    axes = list(figure.subplots(rows, columns, squeeze=False, sharex=True).flat)
    for plot, track in zip(axes, tracks, strict=False):
        _draw_track(plot, track)
    for plot in axes[len(tracks) :]:
        plot.set_visible(False)
    figure.suptitle("Every index (circles, left) with its confidence (band)\n"
                    "and its providers (squares, right)", fontsize=10)  # fmt: skip
    return figure


def _draw_track(plot: Any, track: Track) -> None:
    plot.set_title(track.index, fontsize=9, loc="left")
    if not track.reported:
        state_absence(plot, _NO_VALUE)
        return
    instants = days(point.instant for point in track.points)
    values = [usd(point.reported8) for point in track.points]
    spread = [usd(point.confidence8) for point in track.points]
    low, high = ([v + side * s for v, s in zip(values, spread, strict=True)] for side in (-1, 1))
    plot.fill_between(instants, low, high, color=OURS.colour, alpha=0.15, lw=0)
    draw_line(plot, instants, values, OURS)
    plot.set_ylabel(price_unit(track.index), fontsize=8)
    sizes = plot.twinx()
    draw_steps(sizes, instants, [p.providers for p in track.points], OTHER, lw=0.8, ms=3)
    sizes.set_ylim(0, 45)
    sizes.set_ylabel("providers", fontsize=8)
    sizes.tick_params(labelsize=7)
    mark_months(plot)


def plot_levels(ours: Track, wide: WideChain) -> "Figure":
    """The examined index among the providers' list prices."""
    figure = new_figure(11, 4.8)
    plot: Any = figure.subplots()
    plot.set_title(f"H100 SXM on demand: the index among the lists, up to {_TOP_USD} USD",
                   fontsize=9, loc="left")  # fmt: skip
    listed = {name: by_day for name, by_day in wide.prices.items() if name not in wide.restricted}
    if not listed and not ours.reported:
        state_absence(plot, "no list price and no value in this time")
        return figure
    for prices in listed.values():
        whole = range(min(prices), max(prices) + 1, DAY_S)
        plot.step(days(whole), [usd(prices.get(day)) for day in whole], color=FAINT, lw=1)
    plot.plot([], [], color=FAINT, lw=1, label="a provider's list price (lower median of lines)")
    _draw_reported(plot, ours)
    plot.set_ylim(1, _TOP_USD)
    plot.set_ylabel("USD per GPU-hour", fontsize=9)
    mark_months(plot)
    place_legend(figure)
    return figure


def plot_composition(ours: Track, market: Market) -> "Figure":
    """What a change of panel does to a naive median, to a chain, and to the index."""
    figure = new_figure(11, 5.6)
    level, size = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    level.set_title("H100 SXM on demand: what changes of panel do", fontsize=9, loc="left")
    if not market.naive:
        for plot in (level, size):
            state_absence(plot, "no quote in this time")
        return figure
    naive = days(day.midnight for day in market.naive)
    medians = [usd(day.median8) for day in market.naive]
    draw_steps(level, naive, medians, OTHER, "naive median over providers")
    chain = market.wide.track.points
    draw_line(level, days(p.instant for p in chain), [usd(p.reported8) for p in chain], THIRD,
              "chain over the same providers (yardstick)")  # fmt: skip
    _draw_reported(level, ours)
    level.set_ylabel("USD per GPU-hour", fontsize=9)
    _draw_sizes(size, ours, market.naive)
    for plot in (level, size):
        mark_months(plot)
    place_legend(figure)
    return figure


def _draw_sizes(plot: Any, ours: Track, naive: Sequence[PanelDay]) -> None:
    draw_steps(plot, days(d.midnight for d in naive), [d.providers for d in naive], OTHER)
    instants = days(p.instant for p in ours.points)
    draw_steps(plot, instants, [p.providers for p in ours.points], OURS)
    plot.axhline(3, color=LINE, lw=0.7, ls=":")
    plot.set_ylabel("providers", fontsize=9)


def plot_screening(screened: Sequence[ScreenDay]) -> "Figure":
    """What became of the quotes in view, by reason."""
    figure = new_figure(11, 5.6)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(1, 2))
    upper.set_title(f"{EXAMINED_INDEX}: what became of the quotes in view", fontsize=9, loc="left")
    if not any(day.used or day.rejected for day in screened):
        for plot in (upper, lower):
            state_absence(plot, "no quote in view in this time")
        return figure
    instants = days(day.midnight for day in screened)
    draw_steps(upper, instants, [day.providers for day in screened], OURS, "providers")
    draw_steps(upper, instants, [day.used for day in screened], THIRD, "quotes used")
    upper.set_ylabel("number at midnight", fontsize=9)
    place_legend(upper)
    seen = [name for name in REASON_INKS if any(name in day.rejected for day in screened)]
    if not seen:
        state_absence(lower, "no quote was refused in this time")
        return figure
    floor = [0] * len(screened)
    for name in seen:
        ink = REASON_INKS[name]
        ceiling = [low + day.rejected.get(name, 0)
                   for low, day in zip(floor, screened, strict=True)]  # fmt: skip
        words = name.lower().replace("_", " ")
        lower.fill_between(instants, floor, ceiling, facecolor=ink.colour, hatch=ink.hatch,
                           edgecolor="white", lw=0, label=words)  # fmt: skip
        floor = ceiling
    lower.set_ylabel("quotes refused", fontsize=9)
    place_legend(lower)
    for plot in (upper, lower):
        mark_months(plot)
    return figure


def _draw_reported(plot: Any, track: Track) -> None:
    instants = days(point.instant for point in track.points)
    draw_line(plot, instants, [usd(p.reported8) for p in track.points], OURS, track.index, lw=2)
