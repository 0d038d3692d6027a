"""The screen: which quotes count at an instant, and why others do not."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from oracle.index.checks import (
    ACCEPTED,
    CODE,
    LARGEST,
    PENDING,
    VERDICTS,
    Judged,
    Lines,
    Reason,
    Verdicts,
    hardware_of,
    judge,
)
from oracle.index.method import Method
from oracle.index.outliers import find_outliers
from oracle.index.panel import Panel
from oracle.quotes.columns import Columns, Ints
from oracle.quotes.quote import Line, Quote
from oracle.sources.venue import Cadence
from pargrade.clock import DAY_S
from pargrade.errors import PargradeError

_ACCEPTED = CODE[ACCEPTED]


class MissingVerdict(PargradeError):
    """A quote without a verdict, or a line with two prices: a defect of the screen."""

    hint = "This is a fault of the screen itself: report it with the quotes that were in view."

    def __init__(self, pending: int, counted: int, lines: int) -> None:
        self.pending = pending
        self.counted = counted
        self.lines = lines
        super().__init__(f"{pending} quotes without a verdict, {counted} count for {lines} lines")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A quote that counts: the one price of its line."""

    quote: Quote
    line: Line


@dataclass(frozen=True, slots=True)
class Rejected:
    """A quote that does not count, and why."""

    quote: Quote
    reason: Reason


@dataclass(frozen=True, eq=False)
class Screened:
    """Every quote that was looked at, each with one verdict."""

    judged: Judged
    verdicts: Verdicts

    def __eq__(self, other: object) -> bool:
        """Whether both hold the same quotes with the same verdicts, in any order of rows."""
        if not isinstance(other, Screened):
            return NotImplemented
        return self.quotes_with_verdicts == other.quotes_with_verdicts

    __hash__ = None  # type: ignore[assignment]

    @property
    def counted(self) -> Ints:
        """Rows of the quotes that count."""
        return np.flatnonzero(self.verdicts == _ACCEPTED)

    @cached_property
    def counts(self) -> Counter[str]:
        """How many quotes have each verdict; the sum is the number of quotes looked at."""
        found = np.bincount(self.verdicts, minlength=len(VERDICTS)).tolist()
        return Counter(dict(zip(VERDICTS, found, strict=True)))

    @cached_property
    def quotes_with_verdicts(self) -> list[tuple[Quote, str]]:
        """Every quote and its verdict, in canonical order; of equal quotes the accepted first."""
        columns = self.judged.columns
        order = columns.order(last=self.verdicts)
        verdicts = [VERDICTS[code] for code in self.verdicts[order].tolist()]
        return list(zip(columns.quotes(order), verdicts, strict=True))

    @property
    def accepted(self) -> tuple[Accepted, ...]:
        """The quotes that count, in canonical order."""
        columns, rows = self.judged.columns, self.counted
        rows = rows[columns.take(rows).order()]
        names = self.judged.lines.names
        lines = (names[line] for line in self.judged.line[rows].tolist())
        return tuple(map(Accepted, columns.quotes(rows), lines))

    @property
    def rejected(self) -> tuple[Rejected, ...]:
        """The quotes that do not count, in canonical order."""
        return tuple(
            Rejected(quote, Reason(verdict))
            for quote, verdict in self.quotes_with_verdicts
            if verdict != ACCEPTED
        )


def screen(quotes: Columns | Iterable[Quote], method: Method, panel: Panel, as_of: int) -> Screened:
    """Split quotes into those that count for a panel at an instant and those that do not.

    A quote is checked alone, then against other quotes of its line, then against other providers
    of its hardware. `as_of` is in unix seconds. The order of the quotes does not matter. Lists are
    carried as long as the method says.
    """
    columns = quotes if isinstance(quotes, Columns) else Columns.of(quotes)
    carry_s = 0 if method.window is None else method.window.carry_s
    return screen_judged(judge(columns, method, panel), method, panel, as_of, carry_s)


def screen_judged(
    judged: Judged, method: Method, panel: Panel, as_of: int, carry_s: int = 0
) -> Screened:
    """The screen of quotes that `judge` has checked alone. Raises MissingVerdict.

    `carry_s` is the age in seconds up to which lists count whose provider shows nothing newer.
    """
    age = as_of - judged.columns.observed_at
    verdicts = _mark_age(judged, age, method, panel)
    carried = _carry_lists(judged, verdicts, age, carry_s)
    rows = np.flatnonzero(verdicts == PENDING)
    lines = _choose_quotes_of_lines(judged, verdicts, rows, age[rows], carried[rows])
    counted = np.flatnonzero(verdicts == _ACCEPTED)
    # Before the outlier test every line must have one price, and every quote a verdict.
    pending = int(np.count_nonzero(verdicts == PENDING))
    if pending or len(counted) != lines:
        raise MissingVerdict(pending, len(counted), lines)
    far = find_outliers(judged, counted, method, carried[counted])
    verdicts[counted[far]] = CODE[Reason.OUTLIER]
    return Screened(judged, verdicts)


def accept_all(quotes: Iterable[Quote], method: Method) -> Screened:
    """Quotes that an earlier screen accepted, all accepted again without a check.

    Raises ValueError for hardware that the method does not read.
    """
    columns = Columns.of(quotes)
    hardware = hardware_of(columns, method)
    if (hardware < 0).any():
        first = columns.quotes(np.flatnonzero(hardware < 0)[:1])[0]
        raise ValueError(f"no hardware for {first.gpu_model} {first.variant}")
    lines, line = Lines.of(columns, hardware, np.arange(len(columns)), method)
    verdicts = np.full(len(columns), _ACCEPTED, np.uint8)
    return Screened(Judged(columns, verdicts, line, lines), verdicts)


def _mark_age(judged: Judged, age: Ints, method: Method, panel: Panel) -> Verdicts:
    oldest = judged.columns.cadence.each(lambda cadence: method.max_age_s[cadence], np.int64)
    verdicts = judged.faults.copy()
    unrestricted = verdicts != CODE[Reason.RESTRICTED_TERMS]
    verdicts[unrestricted & (age > oldest)] = CODE[Reason.STALE]
    verdicts[unrestricted & (age < panel.lag_s)] = CODE[Reason.FUTURE]
    return verdicts


def _carry_lists(judged: Judged, verdicts: Verdicts, age: Ints, carry_s: int) -> NDArray[np.bool_]:
    """Make stale quotes pending again whose provider shows no newer price of the hardware.

    A provider that was read again and no longer lists a line has withdrawn it. So what is carried
    is the last day on which it was read, as a whole. Returns which quotes are carried.
    """
    carried = np.zeros(len(age), np.bool_)
    rows = np.flatnonzero(
        (verdicts == CODE[Reason.STALE]) & (judged.faults == PENDING) & (age <= carry_s)
    )
    if not rows.size:
        return carried
    pair = judged.lines.pair
    newest = np.full(int(pair.max()) + 1, LARGEST, np.int64)
    np.minimum.at(newest, pair[judged.line[rows]], age[rows])
    newest[pair[judged.line[verdicts == PENDING]]] = -LARGEST
    own = newest[pair[judged.line[rows]]]
    rows = rows[(own >= 0) & (age[rows] - np.maximum(own, 0) < DAY_S)]
    verdicts[rows] = PENDING
    carried[rows] = True
    return carried


def _choose_quotes_of_lines(
    judged: Judged, verdicts: Verdicts, rows: Ints, age: Ints, carried: NDArray[np.bool_]
) -> int:
    """Accept one quote per line and refuse the others; returns the number of lines.

    Direct sources come before daily ones, then later quotes before earlier ones; of carried ones
    the latest comes first. Of several at one second the first in canonical order is accepted: the
    lowest price, which is the best offer.
    """
    columns, line = judged.columns, judged.line[rows]
    source = columns.source.codes[rows]
    listed = columns.cadence.each(lambda cadence: cadence is not Cadence.DIRECT)[rows] & ~carried
    later = age + listed * (age.max(initial=0) + 1)
    best = np.full(len(judged.lines.names), LARGEST, np.int64)
    np.minimum.at(best, line, later)
    lines = int(np.count_nonzero(best != LARGEST))
    chosen = np.flatnonzero(later == best[line])
    if len(chosen) > lines:
        place = np.arange(len(chosen))
        if not columns.ordered:
            place[columns.take(rows[chosen]).order()] = place.copy()
        first = np.full(len(best), LARGEST, np.int64)
        np.minimum.at(first, line[chosen], place)
        chosen = chosen[place == first[line[chosen]]]
    speaker = np.zeros(len(best), np.int32)
    speaker[line[chosen]] = source[chosen]
    same, other = CODE[Reason.SUPERSEDED], CODE[Reason.DUPLICATE_SOURCE]
    verdicts[rows] = np.where(source == speaker[line], same, other)
    verdicts[rows[chosen]] = _ACCEPTED
    return lines
