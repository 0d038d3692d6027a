"""The figures of a back-test as JSON values.

Prices are strings of integers with 8 decimals; statistics are numbers rounded to four places.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from statistics import fmean
from typing import Any, Final, TypeVar

from oracle.backtest.benchmark import BenchmarkMonth, compare_months
from oracle.backtest.hedge import Hedge, measure_hedge
from oracle.backtest.month import Settlement, settle_months
from oracle.backtest.moves import (
    find_largest_change,
    log_changes,
    measure_drawdown,
    measure_volatility,
)
from oracle.backtest.naive import PanelDay, mean_of
from oracle.backtest.run import EXAMINED_INDEX, Backtest, Market
from oracle.backtest.screening import ScreenDay
from oracle.backtest.track import Track
from oracle.index.method import PAR_INDEX
from pargrade.clock import day_name
from pargrade.units import Rounding, divide

HORIZONS: Final = (1, 7, 28)
"""Days over which the changes of a hedge are taken."""
_BENCHMARKED: Final = ("H100", "H200", "B200", "A100")

Day = TypeVar("Day", PanelDay, ScreenDay)


def compute_figures(backtest: Backtest, benchmark: Sequence[BenchmarkMonth] = ()) -> dict[str, Any]:
    """Compute the figures of the document and the plots of a back-test.

    A back-test without a market has no figures on composition, levels, screening and hedges.
    """
    points = backtest.tracks[0].points
    stated: dict[str, Any] = {
        "period": {
            "first": day_name(points[0].instant),
            "last": day_name(points[-1].instant),
            "step_s": points[1].instant - points[0].instant if len(points) > 1 else 0,
            "instants": len(points),
        },
        "version": backtest.methods[0].version,
        "method_hash": "0x" + backtest.methods[0].method_hash.hex(),
        "panel": backtest.panel.name,
        "indices": [index_figures(track) for track in backtest.tracks],
        "settlements": [_month(each) for track in backtest.tracks for each in settle_months(track)],
        "benchmark": [
            _agreement(track, benchmark) for track in backtest.tracks if _model(track) is not None
        ],
    }
    examined = backtest.find_track(EXAMINED_INDEX)
    if backtest.market is not None and examined is not None:
        hedged_with = backtest.find_track(PAR_INDEX) or examined
        stated |= _market(backtest.market, examined, hedged_with)
    return stated


def index_figures(track: Track) -> dict[str, Any]:
    """Days by state, first, last and extreme values, volatility of one index."""
    midnights = track.midnights()
    values = [value8 for _, value8 in track.reported]
    daily, weekly = measure_volatility(midnights, 1), measure_volatility(midnights, 7)
    change = find_largest_change(midnights)
    return {
        "index": track.index,
        "days": dict(track.days_by_state()),
        "first8": _amount(values[0] if values else None),
        "last8": _amount(values[-1] if values else None),
        "low8": _amount(min(values, default=None)),
        "high8": _amount(max(values, default=None)),
        "held": max((point.held for point in track.points), default=0),
        "volatility_daily": _round(daily.annualised),
        "volatility_weekly": _round(weekly.annualised),
        "changes": daily.changes,
        "still": _round(daily.still),
        "drawdown": _round(measure_drawdown(midnights)),
        "largest": change and {"day": day_name(change[0]), "change": _round(change[1])},
    }


def _month(settled: Settlement) -> dict[str, Any]:
    price8, business8 = settled.price8, settled.business8
    difference8 = None if price8 is None or business8 is None else price8 - business8
    return {
        "index": settled.index,
        "month": settled.month,
        "start": day_name(settled.start),
        "end": day_name(settled.end),
        "whole_month": settled.whole_month,
        "price8": _amount(price8),
        "coverage_bps": settled.coverage_bps,
        "rung": settled.rung,
        "business8": _amount(business8),
        "business_days": settled.business_days,
        "difference8": _amount(difference8),
    }


def _agreement(track: Track, benchmark: Sequence[BenchmarkMonth]) -> dict[str, Any]:
    ours = [(s.month, s.price8) for s in settle_months(track) if s.price8 is not None]
    found = compare_months(str(_model(track)), ours, benchmark)
    return {
        "model": found.model,
        "months": list(found.months),
        "ours8": [str(value8) for value8 in found.ours8],
        "theirs8": [str(value8) for value8 in found.theirs8],
        "level": _round(found.level),
        "change": _round(found.change),
    }


def _model(track: Track) -> str | None:
    model = track.index.removesuffix(" / USD")
    return model if model in _BENCHMARKED else None


def _market(market: Market, examined: Track, hedged_with: Track) -> dict[str, Any]:
    named = {p: v for p, v in market.wide.prices.items() if p not in market.wide.restricted}
    index = examined.midnights()
    wide = market.wide.track.midnights()
    return {
        "quotes": market.quotes,
        "providers": market.providers,
        "composition": _composition(market, index, wide),
        "jumps": {
            "naive": _largest_change({day.midnight: day.median8 for day in market.naive}),
            "wide": _largest_change(wide),
            "index": _largest_change(index),
        },
        "levels": sorted(
            (_level(provider, prices, index) for provider, prices in named.items()),
            key=lambda each: (each["premium"] is None, each["premium"], each["provider"]),
        ),
        "screening": _screening(market),
        "hedges": _hedges(named, hedged_with),
    }


def _hedges(named: Mapping[str, Mapping[int, int]], hedged_with: Track) -> dict[str, Any]:
    index = hedged_with.midnights()
    found = [
        measure_hedge(provider, prices, index, days)
        for provider, prices in sorted(named.items())
        for days in HORIZONS
    ]
    measured = [each for each in found if each.ratio is not None]
    still = {each.provider for each in found} - {each.provider for each in measured}
    return {
        "with": hedged_with.index,
        "horizons": list(HORIZONS),
        "too_still": sorted(still),
        "measured": [_hedge(each) for each in measured],
    }


def _hedge(measured: Hedge) -> dict[str, Any]:
    return {
        **measured._asdict(),
        "independent": measured.independent,
        "ratio": _round(measured.ratio),
        "effectiveness": _round(measured.effectiveness),
        "offset": _round(measured.offset),
        "in_band": measured.in_band,
    }


def _composition(
    market: Market, index: Mapping[int, int], wide: Mapping[int, int]
) -> list[dict[str, Any]]:
    sizes = {p.instant: p.providers for p in market.wide.track.points}
    return [
        {
            "month": month,
            "days": len(days),
            "naive8": str(mean_of(days)),
            "naive_providers": _round(fmean(day.providers for day in days)),
            "wide8": _amount(_mean(wide, days)),
            "wide_providers": _round(fmean(sizes.get(day.midnight, 0) for day in days)),
            "index8": _amount(_mean(index, days)),
        }
        for month, days in _by_month(market.naive)
    ]


def _by_month(days: Iterable[Day]) -> list[tuple[str, list[Day]]]:
    """Days grouped by their month, YYYY-MM, ascending."""
    months: dict[str, list[Day]] = defaultdict(list)
    for day in days:
        months[day_name(day.midnight)[:7]].append(day)
    return sorted(months.items())


def _mean(values: Mapping[int, int], days: Iterable[PanelDay]) -> int | None:
    found = [values[day.midnight] for day in days if day.midnight in values]
    return divide(sum(found), len(found), Rounding.HALF_EVEN) if found else None


def _largest_change(values: Mapping[int, int]) -> dict[str, Any]:
    """The largest daily log change, and the number of changes over 5 %."""
    found = find_largest_change(values)
    over = sum(abs(change) > 0.05 for change in log_changes(values, 1, 1).values())
    if found is None:
        return {"day": None, "change": None, "over_5_percent": 0}
    return {"day": day_name(found[0]), "change": _round(found[1]), "over_5_percent": over}


def _level(provider: str, prices: Mapping[int, int], index: Mapping[int, int]) -> dict[str, Any]:
    both = sorted(prices.keys() & index.keys())
    premium = fmean(prices[instant] / index[instant] - 1 for instant in both) if both else None
    moves = sum(prices[a] != prices[b] for a, b in pairwise(both))
    return {
        "provider": provider,
        "days": len(both),
        "premium": _round(premium),
        "moves": moves,
    }


def _screening(market: Market) -> list[dict[str, Any]]:
    found = []
    for index, days in market.screens.items():
        for month, seen in _by_month(days):
            reasons: Counter[str] = Counter()
            for day in seen:
                reasons.update(day.rejected)
            found.append(
                {
                    "index": index,
                    "month": month,
                    "midnights": len(seen),
                    "providers": _round(fmean(day.providers for day in seen)),
                    "used": sum(day.used for day in seen),
                    "rejected": dict(sorted(reasons.items())),
                }
            )
    return found


def _amount(value8: int | None) -> str | None:
    return None if value8 is None else str(value8)


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
