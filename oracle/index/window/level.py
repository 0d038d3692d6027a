"""The levels of a segment: the fit, its centre, and where a panel has left its level for good."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from oracle.index.window.day import Day
from oracle.index.window.estimator import Ints, WindowFit, fit
from oracle.index.window.logs import log_of
from oracle.index.window.rule import WindowRule
from oracle.quotes.quote import Line
from pargrade.clock import DAY_S
from pargrade.units import Rounding, divide

_PPM = 10**6


class Levels(NamedTuple):
    """The days that a level rests on, and the level of each."""

    days: Sequence[Day]
    logs: tuple[int, ...]
    """Per day the logarithm of a unit price in base units, ten decimals."""
    cut: bool
    """The days before were cut off, because their level had left the panel."""


def levels_of(segment: Sequence[Day], rule: WindowRule) -> Levels:
    """The levels of days that belong together.

    A panel can leave its level although it is linked to it: providers at other prices come one by
    one, and those before them go. Once the level has been out of bounds on `splice_days` midnights
    in a row, and most of the panel is new, the segment begins with the first of them.
    """
    logs = _fit_levels(segment, rule)
    start = _first_astray(segment, logs, rule)
    if start:
        return Levels(segment[start:], _fit_levels(segment[start:], rule), cut=True)
    return Levels(segment, logs, cut=False)


def fit_days(segment: Sequence[Day], rule: WindowRule) -> tuple[WindowFit, Ints]:
    """The fit of some days, and its weights: lines in ascending order by days."""
    names = sorted(frozenset[Line]().union(*(day.names for day in segment)))
    places = {line: place for place, line in enumerate(names)}
    logs = np.zeros((len(names), len(segment)), np.int64)
    weights = np.zeros_like(logs)
    for column, day in enumerate(segment):
        rows = [places[each.line] for each in day.lines]
        logs[rows, column], weights[rows, column] = day.columns
    return fit(logs, weights, rule.huber, rule.steps), weights


def centre_of(effects: Ints, presence: Ints, clip: int) -> int:
    """The mean of effects weighted by presence, half-even, ten decimals.

    An effect farther than `clip` from the lower weighted median of the effects counts as that.
    """
    order = np.argsort(effects, kind="stable")
    below = np.cumsum(presence[order])
    median = int(effects[order][np.searchsorted(2 * below, below[-1])])
    clipped = np.clip(effects - median, -clip, clip)
    moved = sum(map(int.__mul__, clipped.tolist(), presence.tolist()))
    return median + divide(moved, int(below[-1]), Rounding.HALF_EVEN)


def _fit_levels(segment: Sequence[Day], rule: WindowRule) -> tuple[int, ...]:
    found, weights = fit_days(segment, rule)
    centre = centre_of(found.effects, weights.sum(axis=1), rule.clip)
    return tuple(level + centre for level in found.levels.tolist())


def _first_astray(segment: Sequence[Day], logs: Sequence[int], rule: WindowRule) -> int:
    """Where the last run of enough midnights out of bounds begins; 0 where nothing is to cut."""
    above = log_of(_PPM + rule.max_distance_ppm) - log_of(_PPM)
    below = log_of(_PPM - rule.max_distance_ppm) - log_of(_PPM)
    found = begun = midnights = 0
    for place, (day, log) in enumerate(zip(segment, logs, strict=True)):
        inside = below <= log - day.median_log <= above and day.low_log <= log <= day.high_log
        if inside:
            begun, midnights = place + 1, 0
            continue
        midnights += day.instant % DAY_S == 0
        if midnights >= rule.splice_days and _is_mostly_new(day, segment[:place], rule):
            found = begun
    return found


def _is_mostly_new(day: Day, before: Sequence[Day], rule: WindowRule) -> bool:
    """Whether lines first seen in the last `settled_days` carry more than half of a day's weight.

    Old lines at other prices are no new panel: it may be a coalition that lies, and to cut there
    would make the window forget what contradicts it.
    """
    since = day.instant - rule.settled_days * DAY_S
    old = frozenset[Line]().union(*(each.names for each in before if each.instant <= since))
    new = sum(each.weight for each in day.lines if each.line not in old)
    return 2 * new > sum(each.weight for each in day.lines)
