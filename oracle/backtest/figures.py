"""The figures of a back-test as JSON values.

Prices are strings of integers with 8 decimals; statistics are numbers rounded to four places.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from statistics import fmean
from typing import Any, Final

from oracle.backtest.benchmark import BenchmarkMonth, agree
from oracle.backtest.hedge import hedge, independent
from oracle.backtest.month import Settlement, settle_months
from oracle.backtest.moves import changes, drawdown, largest, volatility
from oracle.backtest.naive import PanelDay, mean_of
from oracle.backtest.run import YARDSTICK, Backtest, Market
from oracle.backtest.screening import ScreenDay
from oracle.backtest.track import Track
from oracle.index.method import PAR_INDEX
from pargrade.units import Rounding, divide

HORIZONS: Final = (1, 7, 28)
_BENCHMARKED: Final = ("H100", "H200", "B200", "A100")


def figures(found: Backtest, benchmark: Sequence[BenchmarkMonth] = ()) -> dict[str, Any]:
    """Everything that the document and the plots of a back-test say in numbers."""
    points = found.tracks[0].points
    stated: dict[str, Any] = {
        "period": {
            "first": _day(points[0].instant),
            "last": _day(points[-1].instant),
            "step_s": points[1].instant - points[0].instant if len(points) > 1 else 0,
            "instants": len(points),
        },
        "version": found.methods[0].version,
        "method_hash": "0x" + found.methods[0].method_hash.hex(),
        "panel": found.panel.name,
        "indices": [_index(track) for track in found.tracks],
        "settlements": [_month(each) for track in found.tracks for each in settle_months(track)],
        "benchmark": [
            _agreement(track, benchmark) for track in found.tracks if _model(track) is not None
        ],
    }
    if found.market is not None and (ours := found.track(YARDSTICK)) is not None:
        stated |= _market(found.market, ours, found.track(PAR_INDEX) or ours)
    return stated


def _index(track: Track) -> dict[str, Any]:
    midnights = track.midnights()
    values = [value8 for _, value8 in track.reported]
    daily, weekly = volatility(midnights, 1), volatility(midnights, 7)
    leap = largest(midnights)
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
        "drawdown": _round(drawdown(midnights)),
        "largest": None if leap is None else {"day": _day(leap[0]), "change": _round(leap[1])},
    }


def _month(settled: Settlement) -> dict[str, Any]:
    price8, business8 = settled.price8, settled.business8
    difference8 = None if price8 is None or business8 is None else price8 - business8
    return {
        "index": settled.index,
        "month": settled.month,
        "start": _day(settled.start),
        "end": _day(settled.end),
        "whole_month": settled.whole_month,
        "price8": _amount(price8),
        "coverage_bps": settled.coverage_bps,
        "rung": "full" if settled.full else "reduced" if settled.reduced else "delivery",
        "business8": _amount(business8),
        "business_days": settled.business_days,
        "difference8": _amount(difference8),
    }


def _agreement(track: Track, benchmark: Sequence[BenchmarkMonth]) -> dict[str, Any]:
    ours = [(s.month, s.price8) for s in settle_months(track) if s.price8 is not None]
    found = agree(str(_model(track)), ours, benchmark)
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


def _market(market: Market, ours: Track, hedged_with: Track) -> dict[str, Any]:
    named = {p: v for p, v in market.wide.prices.items() if p not in market.wide.restricted}
    index = ours.midnights()
    wide = market.wide.track.midnights()
    return {
        "quotes": market.quotes,
        "providers": market.providers,
        "composition": _composition(market, index, wide),
        "jumps": {
            "naive": _leap({day.midnight: day.median8 for day in market.naive}),
            "wide": _leap(wide),
            "index": _leap(index),
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
        hedge(provider, prices, index, days)
        for provider, prices in sorted(named.items())
        for days in HORIZONS
    ]
    measured = [each for each in found if each.ratio is not None]
    still = {each.provider for each in found} - {each.provider for each in measured}
    return {
        "with": hedged_with.index,
        "horizons": list(HORIZONS),
        "too_still": sorted(still),
        "told": [
            {
                **each._asdict(),
                "independent": independent(each),
                "ratio": _round(each.ratio),
                "effectiveness": _round(each.effectiveness),
                "offset": _round(each.offset),
                "in_band": each.in_band,
            }
            for each in measured
        ],
    }


def _composition(
    market: Market, index: Mapping[int, int], wide: Mapping[int, int]
) -> list[dict[str, Any]]:
    months: dict[str, list[PanelDay]] = defaultdict(list)
    for day in market.naive:
        months[_day(day.midnight)[:7]].append(day)
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
        for month, days in sorted(months.items())
    ]


def _mean(values: Mapping[int, int], days: Iterable[PanelDay]) -> int | None:
    found = [values[day.midnight] for day in days if day.midnight in values]
    return divide(sum(found), len(found), Rounding.HALF_EVEN) if found else None


def _leap(values: Mapping[int, int]) -> dict[str, Any]:
    """The largest change from a day to the next, and how many are over 5 %."""
    found = largest(values)
    over = sum(abs(change) > 0.05 for change in changes(values, 1, 1).values())
    if found is None:
        return {"day": None, "change": None, "over_5_percent": 0}
    return {"day": _day(found[0]), "change": _round(found[1]), "over_5_percent": over}


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
        months: dict[str, list[ScreenDay]] = defaultdict(list)
        for day in days:
            months[_day(day.midnight)[:7]].append(day)
        for month, seen in sorted(months.items()):
            reasons: dict[str, int] = defaultdict(int)
            for day in seen:
                for reason, count in day.rejected.items():
                    reasons[reason] += count
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


def _day(instant: int) -> str:
    return f"{datetime.fromtimestamp(instant, UTC):%Y-%m-%d}"
