"""Monthly settlements of an index, and the mean of its business days for comparison."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final

from oracle.backtest.track import Track
from pargrade.clock import DAY_S, day_name
from pargrade.futures.ladder import Rung, admits
from pargrade.futures.statement import Fix, Span, business_days
from pargrade.spot_index.accumulator import (
    NoCheckpoint,
    NothingCovered,
    Round,
    Window,
    accumulate,
    window,
)
from pargrade.units import Price, Rounding, divide

HOLD_S: Final = 3_900
"""Seconds that a value holds: a heartbeat of 3,600 and a grace of 300, the SpotIndex defaults."""

_BPS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Settlement:
    """One index over [start, end), both UTC midnights in unix seconds."""

    index: str
    start: int
    end: int
    whole_month: bool
    """Whether the window is a calendar month."""
    price8: int | None
    """Time average over covered time, half-even to 0.0001 USD; None when nothing was covered."""
    coverage_bps: int
    """Covered time in ten-thousandths of the window, rounded down."""
    rung: str
    """The first rung of the ladder that admits the window, as in `rung_of`."""
    business8: int | None
    """Mean of the closing values of business days, 8 decimals, half-even, as in a settlement
    statement. Public holidays count as business days."""
    business_days: int
    """Number of business days with a value."""

    @property
    def month(self) -> str:
        """YYYY-MM."""
        return day_name(self.start)[:7]


def settle_months(track: Track) -> tuple[Settlement, ...]:
    """Settle every month of a track as the contract would.

    Each reported value is a round at its instant and holds for HOLD_S. The first and last month are
    cut to the whole days of the track.
    """
    rounds = accumulate(((instant, Price(value8)) for instant, value8 in track.reported), HOLD_S)
    if not rounds:
        return ()
    spans = _month_spans(rounds[0].slot, track.points[-1].instant)
    return tuple(_settle(track, rounds, span, whole) for span, whole in spans)


def covered_window(rounds: Sequence[Round], start: int, end: int) -> Window | None:
    """The window [start, end) of rounds, unix seconds; None when no price can be read from it."""
    try:
        found = window(rounds, start, end, HOLD_S)
        found.price()
    except (NoCheckpoint, NothingCovered):
        return None
    return found


def coverage_bps(covered: Window | None) -> int:
    """Covered time in ten-thousandths of the window, rounded down; 0 without one."""
    return 0 if covered is None else covered.covered_time * _BPS // covered.span


def rung_of(covered: Window | None) -> str:
    """`full` from 90 % coverage without a gap over 24 h, `reduced` from 25 %, else `delivery`."""
    if covered is not None and admits(Rung.FULL, covered):
        return "full"
    return "reduced" if covered is not None and admits(Rung.REDUCED, covered) else "delivery"


def _settle(track: Track, rounds: Sequence[Round], span: Span, whole: bool) -> Settlement:
    covered = covered_window(rounds, span.start, span.end)
    fixes = [Fix(instant, value8) for instant, value8 in track.reported]
    days = business_days(fixes, span, HOLD_S, None, frozenset())
    closes = [day.value for day in days if day.value is not None]
    return Settlement(
        index=track.index,
        start=span.start,
        end=span.end,
        whole_month=whole,
        price8=None if covered is None else int(covered.price()),
        coverage_bps=coverage_bps(covered),
        rung=rung_of(covered),
        business8=divide(sum(closes), len(closes), Rounding.HALF_EVEN) if closes else None,
        business_days=len(closes),
    )


def _month_spans(first_round: int, last: int) -> Iterator[tuple[Span, bool]]:
    """Spans of the months, and whether each is a calendar month."""
    # A checkpoint needs a round before it, so the first window starts at the midnight after one.
    start, stop = first_round // DAY_S * DAY_S + DAY_S, last // DAY_S * DAY_S
    for month, following in pairwise(_first_days(start, stop)):
        span = Span(max(start, month), min(stop, following))
        if span.start < span.end:
            yield span, span == Span(month, following)


def _first_days(start: int, stop: int) -> Sequence[int]:
    day = datetime.fromtimestamp(start, UTC).date().replace(day=1)
    found = [_unix(day)]
    while found[-1] < stop:
        day = (day + timedelta(days=32)).replace(day=1)
        found.append(_unix(day))
    return found


def _unix(day: date) -> int:
    return (day - date(1970, 1, 1)).days * DAY_S
