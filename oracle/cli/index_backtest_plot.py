"""A back-test as pictures. Floats are fine here: nothing is decided by a picture."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib import dates
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from oracle.backtest.run import EXAMINED_INDEX, Backtest, Market
from oracle.backtest.track import Track
from pargrade.clock import DAY_S

_PRICE: Final = 10**8
_dates: Any = dates  # its locators are not annotated
_OURS: Final = "#33658a"
_OTHER: Final = "#f26419"
_PALE: Final = "#c4ccd4"
_GREEN: Final = "#55a630"
_REASONS: Final = ("#6c757d", "#33658a", "#86bbd8", "#f6ae2d", "#f26419", "#55a630", "#9d4edd",
                   "#d00000", "#2f4858", "#b5838d", "#1b998b", "#e0aaff")  # fmt: skip


def draw_backtest(folder: Path, found: Backtest, stated: Mapping[str, Any]) -> tuple[Path, ...]:
    """Writes the plots of a back-test into a folder; their paths."""
    mpl.use("Agg")
    paths = [_family(folder / "backtest-family.png", found.tracks)]
    if any(each["months"] for each in stated["benchmark"]):
        paths.append(_benchmark(folder / "backtest-benchmark.png", stated["benchmark"]))
    if found.market is not None and (ours := found.find_track(EXAMINED_INDEX)) is not None:
        paths += [
            _levels(folder / "backtest-levels.png", ours, found.market),
            _composition(folder / "backtest-composition.png", ours, found.market),
            _screening(folder / "backtest-screening.png", found.market),
            _hedges(folder / "backtest-hedges.png", stated["hedges"]["measured"]),
        ]
    return tuple(paths)


def _family(path: Path, tracks: Sequence[Track]) -> Path:
    columns = 2 if len(tracks) > 1 else 1
    rows = -(-len(tracks) // columns)
    figure = Figure(figsize=(10, 2.1 * rows + 0.3), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True).flat
    for plot, track in zip(axes, tracks, strict=False):
        instant = _days(point.instant for point in track.points)
        value = [_usd(point.reported8) for point in track.points]
        low, high = ([v + side * _usd(p.confidence8) for v, p in zip(value, track.points,
                      strict=True)] for side in (-1, 1))  # fmt: skip
        plot.fill_between(instant, low, high, color=_OURS, alpha=0.15, lw=0)
        plot.plot(instant, value, color=_OURS, lw=1.3)
        plot.set_title(track.index, fontsize=9, loc="left")
        plot.set_ylabel("USD", fontsize=8)
        sizes = plot.twinx()
        sizes.step(instant, [point.providers for point in track.points], color=_OTHER, lw=0.8)
        sizes.set_ylim(0, 45)
        sizes.set_ylabel("providers", fontsize=8, color=_OTHER)
        sizes.tick_params(labelsize=7, colors=_OTHER)
        _dated(plot)
    for plot in list(axes):
        plot.set_visible(False)
    figure.suptitle("Index (blue, with confidence) and providers (orange)", fontsize=10)
    return _saved(figure, path)


def _levels(path: Path, ours: Track, market: Market) -> Path:
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    plot: Any = figure.subplots()
    for provider, prices in sorted(market.wide.prices.items()):
        if provider not in market.wide.restricted:
            days = _whole(prices)
            plot.step(_days(days), [_usd(prices.get(d)) for d in days], color=_PALE, lw=0.8)
    instant = _days(point.instant for point in ours.points)
    plot.plot(
        instant, [_usd(p.reported8) for p in ours.points], color=_OURS, lw=2, label=ours.index
    )
    plot.plot([], [], color=_PALE, lw=0.8, label="a provider's list price (lower median of lines)")
    plot.set_ylim(1, 8)
    plot.set_ylabel("USD per GPU-hour", fontsize=9)
    plot.set_title("H100 SXM on demand: the index among the lists (above 8 USD not shown)",
                   fontsize=9, loc="left")  # fmt: skip
    plot.legend(fontsize=8, loc="upper right")
    _dated(plot)
    return _saved(figure, path)


def _composition(path: Path, ours: Track, market: Market) -> Path:
    figure = Figure(figsize=(10, 5), layout="constrained")
    level, size = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    days = _days(day.midnight for day in market.naive)
    level.step(days, [_usd(d.median8) for d in market.naive], color=_OTHER, lw=1.1,
               label="naive median over providers")  # fmt: skip
    wide = market.wide.track.points
    wide_days = _days(p.instant for p in wide)
    level.plot(wide_days, [_usd(p.reported8) for p in wide], color=_GREEN, lw=1.3,
               label="chain over the same providers (yardstick)")  # fmt: skip
    instant = _days(p.instant for p in ours.points)
    level.plot(
        instant, [_usd(p.reported8) for p in ours.points], color=_OURS, lw=2, label=ours.index
    )
    level.set_ylabel("USD per GPU-hour", fontsize=9)
    level.set_title("H100 SXM on demand: what changes of panel do", fontsize=9, loc="left")
    level.legend(fontsize=8, loc="upper left")
    size.step(days, [d.providers for d in market.naive], color=_OTHER, lw=1.1, label="naive")
    size.step(instant, [p.providers for p in ours.points], color=_OURS, lw=1.3, label="index")
    size.axhline(3, color="black", lw=0.7, ls=":")
    size.set_ylabel("providers", fontsize=9)
    size.legend(fontsize=8, loc="upper right")
    for plot in (level, size):
        _dated(plot)
    return _saved(figure, path)


def _screening(path: Path, market: Market) -> Path:
    figure = Figure(figsize=(10, 5), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(1, 2))
    days = market.screens[EXAMINED_INDEX]
    instant = _days(day.midnight for day in days)
    upper.step(instant, [day.providers for day in days], color=_OURS, lw=1.3, label="providers")
    upper.step(instant, [day.used for day in days], color=_GREEN, lw=1.1, label="quotes used")
    upper.set_ylabel("at midnight", fontsize=9)
    upper.legend(fontsize=8)
    reasons = sorted({reason for day in days for reason in day.rejected})
    counts = [[day.rejected.get(reason, 0) for day in days] for reason in reasons]
    names = [reason.lower().replace("_", " ") for reason in reasons]
    lower.stackplot(instant, counts, labels=names, colors=_REASONS, lw=0)
    lower.set_ylabel("quotes refused", fontsize=9)
    lower.legend(fontsize=8, loc="upper left", ncols=2)
    upper.set_title(f"{EXAMINED_INDEX}: what became of the quotes in view", fontsize=9, loc="left")
    for plot in (upper, lower):
        _dated(plot)
    return _saved(figure, path)


def _benchmark(path: Path, agreements: Sequence[Mapping[str, Any]]) -> Path:
    shown = [each for each in agreements if each["months"]]
    figure = Figure(figsize=(2.6 * len(shown) + 0.4, 2.9), layout="constrained")
    for plot, each in zip(figure.subplots(1, len(shown), squeeze=False)[0], shown, strict=True):
        months = [month[2:] for month in each["months"]]
        plot.plot(months, [int(v) / _PRICE for v in each["theirs8"]], color=_OTHER, marker="o",
                  ms=4, label="benchmark")  # fmt: skip
        plot.plot(months, [int(v) / _PRICE for v in each["ours8"]], color=_OURS, marker="o", ms=4,
                  label="our settlement")  # fmt: skip
        plot.set_ylim(0)
        plot.set_title(f"{each['model']}, USD per GPU-hour", fontsize=9, loc="left")
        plot.tick_params(labelsize=8)
        plot.grid(alpha=0.25)
        plot.legend(fontsize=7, loc="lower right")
    return _saved(figure, path)


def _hedges(path: Path, hedges: Sequence[Mapping[str, Any]]) -> Path:
    names = sorted({each["provider"] for each in hedges})
    horizons = sorted({each["horizon"] for each in hedges})
    figure = Figure(figsize=(10, 3.4), layout="constrained")
    rho, offset = figure.subplots(1, 2)
    thick = 0.8 / max(1, len(horizons))
    for place, (days, ink) in enumerate(zip(horizons, (_PALE, _OURS, _OTHER), strict=False)):
        seen = {each["provider"]: each for each in hedges if each["horizon"] == days}
        for row, name in enumerate(names):
            if name not in seen:
                continue
            instant = row + (place - 1) * thick
            rho.barh(instant, seen[name]["effectiveness"], height=thick, color=ink)
            offset.barh(instant, 100 * (seen[name]["offset"] or 0), height=thick, color=ink)
    offset.axvspan(80, 125, color=_GREEN, alpha=0.2)
    offset.axvline(0, color="black", lw=0.7)
    rho.set_xlim(0, 1)
    rho.set_title("Effectiveness, rho², by horizon of changes", fontsize=9, loc="left")
    offset.set_title("Offset with h*, % of the provider's move; green: 80–125 %", fontsize=9,
                     loc="left")  # fmt: skip
    for plot in (rho, offset):
        plot.set_yticks(range(len(names)), names, fontsize=8)
        plot.invert_yaxis()
        plot.tick_params("x", labelsize=8)
    if horizons:
        inks = zip(horizons, (_PALE, _OURS, _OTHER), strict=False)
        keys = [Patch(color=ink, label=f"{days} d") for days, ink in inks]
        rho.legend(handles=keys, fontsize=8, loc="upper right")
    return _saved(figure, path)


def _dated(plot: Any) -> None:
    plot.xaxis.set_major_locator(_dates.MonthLocator())
    plot.xaxis.set_major_formatter(_dates.DateFormatter("%b %Y"))
    plot.tick_params(labelsize=8)
    plot.grid(alpha=0.25)


def _saved(figure: Figure, path: Path) -> Path:
    figure.savefig(path, dpi=100)
    return path


def _days(instants: Iterable[int]) -> list[datetime]:
    return [datetime.fromtimestamp(instant, UTC) for instant in instants]


def _whole(prices: Mapping[int, int]) -> range:
    return range(min(prices), max(prices) + 1, DAY_S)


def _usd(value8: int | None) -> float:
    return float("nan") if value8 is None else value8 / _PRICE
