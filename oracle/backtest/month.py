"""What a month would have settled at, and the business-day mean beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final

from oracle.backtest.track import Track
from pargrade.clock import DAY_S
from pargrade.futures.ladder import Rung, admits
from pargrade.futures.statement import Fix, Span, business_days
from pargrade.spot_index.accumulator import NoCheckpoint, NothingCovered, accumulate, window
from pargrade.units import Price, Rounding, divide

HOLD_S: Final = 3_900
"""A heartbeat of an hour and five minutes of grace, the defaults of SpotIndex."""

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
    full: bool
    """Whether the first rung of the ladder takes it: 90 % coverage and no gap over 24 h."""
    reduced: bool
    """Whether the second rung does: 25 % coverage."""
    business8: int | None
    """Mean of the closing values of business days, half-even, as settlement statements have it;
    holidays are not left out."""
    business_days: int
    """How many of them had a value."""

    @property
    def month(self) -> str:
        """Such as 2026-03."""
        return f"{datetime.fromtimestamp(self.start, UTC):%Y-%m}"


def settle_months(track: Track) -> tuple[Settlement, ...]:
    """Every month of a track as its rounds would have settled it.

    Each reported value is a round at its instant, and holds as on chain. The first and the last
    month are cut to what the track covers in whole days.
    """
    rounds = accumulate(((instant, Price(value8)) for instant, value8 in track.reported), HOLD_S)
    if not rounds:
        return ()
    found = []
    for start, end, whole in _windows(rounds[0].slot, track.points[-1].instant):
        try:
            seen = window(rounds, start, end, HOLD_S)
            price8 = int(seen.price())
        except (NoCheckpoint, NothingCovered):
            found.append(_settlement(track, start, end, whole, None, 0, (False, False)))
            continue
        coverage = seen.covered_time * _BPS // seen.span
        rungs = admits(Rung.FULL, seen), admits(Rung.REDUCED, seen)
        found.append(_settlement(track, start, end, whole, price8, coverage, rungs))
    return tuple(found)


def _settlement(
    track: Track,
    start: int,
    end: int,
    whole: bool,
    price8: int | None,
    coverage: int,
    rungs: tuple[bool, bool],
) -> Settlement:
    fixes = [Fix(instant, value8) for instant, value8 in track.reported]
    days = business_days(fixes, Span(start, end), HOLD_S, None, frozenset())
    daily = [day.value for day in days if day.value is not None]
    mean8 = divide(sum(daily), len(daily), Rounding.HALF_EVEN) if daily else None
    return Settlement(track.index, start, end, whole, price8, coverage, *rungs, mean8, len(daily))


def _windows(first_round: int, last: int) -> Iterator[tuple[int, int, bool]]:
    # A checkpoint needs a round before it, so the first window starts at the midnight after one.
    start, stop = first_round // DAY_S * DAY_S + DAY_S, last // DAY_S * DAY_S
    for month, following in pairwise(_first_days(start, stop)):
        begin, end = max(start, month), min(stop, following)
        if begin < end:
            yield begin, end, (begin, end) == (month, following)


def _first_days(start: int, stop: int) -> Sequence[int]:
    day = datetime.fromtimestamp(start, UTC).date().replace(day=1)
    found = [_unix(day)]
    while found[-1] < stop:
        day = (day + timedelta(days=32)).replace(day=1)
        found.append(_unix(day))
    return found


def _unix(day: date) -> int:
    return (day - date(1970, 1, 1)).days * DAY_S
