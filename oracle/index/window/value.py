"""The value of a fixing within its window: level, bounds, state and confidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isqrt
from typing import Any

from oracle.index.firmness import shares_of
from oracle.index.fixing import Fixing
from oracle.index.level import (
    Absence,
    IndexValue,
    NoValue,
    State,
    confidence_of,
    entries_of,
    median_of,
)
from oracle.index.method import Method
from oracle.index.window.day import Day
from oracle.index.window.level import levels_of
from oracle.index.window.logs import amount_of
from oracle.index.window.rule import WindowRule
from oracle.index.window.segment import DayStanding, stand
from oracle.index.window.standing import (
    Firmnesses,
    current_providers,
    firmnesses_of,
    panel_in_force,
    rule_of,
    tiers_of_pairs,
    weigh_pairs,
)
from oracle.quotes.classes import Availability
from oracle.quotes.quote import Line
from pargrade.clock import DAY_S
from pargrade.units import Rounding, divide

_PPM = 10**6


class Doubt(StrEnum):
    """Why a value is not live. A value has every doubt that holds."""

    OUTSIDE_PRICES = "OUTSIDE_PRICES"
    """The level is below the lowest or above the highest accepted price: halted."""
    FAR_FROM_MEDIAN = "FAR_FROM_MEDIAN"
    """The level is too far from the weighted median of the prices: halted."""
    SHORT_SEGMENT = "SHORT_SEGMENT"
    """The window was cut, and the days since then are few: splicing."""
    FEW_PROVIDERS = "FEW_PROVIDERS"
    """Fewer providers than `live_providers` whose price is current: thin."""
    FEW_ESTABLISHED = "FEW_ESTABLISHED"
    """Fewer than that were seen before in the segment: thin."""


@dataclass(frozen=True, slots=True)
class WindowValue(IndexValue):
    """The index at one instant, in USD per SCU with 8 decimals, with what its window was."""

    established: int
    """Providers with a line that was seen before in the segment."""
    days: int
    """Days that the level rests on."""
    since: int
    """The first of them, unix seconds."""
    cuts: int
    """How often the window was cut."""
    distance_ppm: int
    """Value less weighted median, in millionths of the median, away from zero."""
    doubts: tuple[Doubt, ...]
    current: int
    """Providers whose source still shows a price; the others' lists are carried."""
    availability_ppm: Mapping[Availability, int]
    """The part of the weight by how firm the prices are, millionths that add up."""

    def to_json(self) -> dict[str, Any]:
        """The value as JSON values."""
        return {
            "value8": str(self.value8),
            "confidence8": str(self.confidence8),
            "median8": str(self.median8),
            "providers": self.providers,
            "current": self.current,
            "established": self.established,
            "state": self.state,
            "doubts": list(self.doubts),
            "days": self.days,
            "since": self.since,
            "cuts": self.cuts,
            "distance_ppm": self.distance_ppm,
            "availability_ppm": {kind.value: n for kind, n in self.availability_ppm.items()},
        }


def value_in_window(
    before: Sequence[Day], as_of: int, fixing: Fixing, method: Method, rule: WindowRule
) -> IndexValue | NoValue:
    """The index of a fixing at an instant, in unix seconds, after the midnights before it.

    `before` are the midnights whose quotes are known in full; a whole window has one fewer than
    `rule.days`. A function of these days and the fixing alone.
    """
    firm = firmnesses_of(fixing.screened, method, as_of)
    # Who sees nothing says nothing, however long lists are carried.
    if fixing.providers < method.min_providers or not current_providers(firm):
        return NoValue(Absence.TOO_FEW_PROVIDERS, fixing.providers)
    standing = stand(
        [*(day.names for day in before), panel_in_force(firm, method)],
        min_providers=method.min_providers,
        splice_days=rule.splice_days,
        last_counts=as_of % DAY_S == 0,
    )
    whole = len(before) == rule.days - 1
    if standing.broken and (whole or standing.segment):
        return NoValue(Absence.BREAK, fixing.providers)
    if not whole:
        return NoValue(Absence.WARM_UP, fixing.providers)
    segment = [before[place] for place in standing.segment[:-1]]
    counted = _without_strangers(firm, segment)
    prices = {line: fixing.prices[line] for line in counted}
    providers = len({line.provider for line in prices})
    if providers < method.min_providers:
        return NoValue(Absence.TOO_FEW_PROVIDERS, providers)
    last = Day.of(as_of, prices, method, counted)
    return _value([*segment, last], standing, prices, counted, method)


def _without_strangers(firm: Firmnesses, segment: Sequence[Day]) -> Firmnesses:
    """The lines that are current, and of the carried ones those that the segment knows.

    A list that was read once and belongs to no day of the segment tells nothing of how prices
    moved.
    """
    known = frozenset[Line]().union(*(day.names for day in segment))
    return {line: each for line, each in firm.items() if each.is_current or line in known}


def _value(
    segment: Sequence[Day],
    standing: DayStanding,
    prices: Mapping[Line, int],
    firm: Firmnesses,
    method: Method,
) -> WindowValue:
    rule = rule_of(method)
    levels = levels_of(segment, rule)
    value8 = amount_of(levels.logs[-1])
    entries = entries_of(prices, method, weigh_pairs(firm, method))
    held = [prices[line] for line in panel_in_force(firm, method)]
    current = current_providers(firm)
    median8 = median_of(entries)
    distance_ppm = divide(abs(value8 - median8) * _PPM, median8, Rounding.CEIL)
    span = levels.days[-1].instant - levels.days[0].instant
    tests = {
        Doubt.OUTSIDE_PRICES: not min(held) <= value8 <= max(held),
        Doubt.FAR_FROM_MEDIAN: distance_ppm > rule.max_distance_ppm,
        Doubt.SHORT_SEGMENT: span < rule.settled_days * DAY_S,
        Doubt.FEW_PROVIDERS: current < method.live_providers,
        Doubt.FEW_ESTABLISHED: standing.established < method.live_providers,
    }
    doubts = tuple(doubt for doubt, holds in tests.items() if holds)
    spread8 = confidence_of(entries, median8, value8)
    return WindowValue(
        value8=value8,
        confidence8=max(abs(value8 - median8), _over_root(spread8, standing.established)),
        median8=median8,
        providers=len({line.provider for line in prices}),
        entries=entries,
        state=_state(doubts),
        links=len(levels.days),
        held=0,
        established=standing.established,
        days=len(levels.days),
        since=levels.days[0].instant,
        cuts=standing.cuts + levels.cut,
        distance_ppm=distance_ppm if value8 >= median8 else -distance_ppm,
        doubts=doubts,
        current=current,
        availability_ppm=shares_of(entries, tiers_of_pairs(firm)),
    )


def _state(doubts: tuple[Doubt, ...]) -> State:
    if Doubt.OUTSIDE_PRICES in doubts or Doubt.FAR_FROM_MEDIAN in doubts:
        return State.HALTED
    if Doubt.SHORT_SEGMENT in doubts:
        return State.SPLICING
    return State.THIN if doubts else State.LIVE


def _over_root(spread8: int, count: int) -> int:
    """A spread over the square root of a count, rounded up."""
    return isqrt(max(0, -(-(spread8**2) // count) - 1)) + 1 if spread8 else 0
