"""What a series settled on, worked out anew from its rounds: the figures of a settlement statement.

Nothing here is the contract's accumulator: the time integral is taken directly over the rounds, so
that agreement with the contract means something. Values have 8 decimals, times are Unix seconds,
and a *span* is [start, end).
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from pargrade.chain.abi import Uint, join
from pargrade.chain.hashing import Address, keccak
from pargrade.chain.typed_data import WORD, Domain
from pargrade.clock import DAY_S
from pargrade.spot_index.accumulator import NothingCovered, Window
from pargrade.units import Price, Rounding, divide

_DOMAIN_NAME: Final = "Pargrade Statement"
_STATEMENT_TYPE: Final = keccak(b"Statement(uint256 series,bytes32 content)")
_THURSDAY: Final = 3
"""Weekday of the first Unix day, counted from Monday."""


class Span(NamedTuple):
    """Seconds from start until before end."""

    start: int
    end: int


class Fix(NamedTuple):
    """A round's slot and value."""

    slot: int
    value: int


class Stretch(NamedTuple):
    """A part of a window for which one index answers, between midnights."""

    span: Span
    hold: int
    """Seconds: heartbeat + grace."""
    fixes: Sequence[Fix]
    """Its rounds by rising slot, and the ones that reach into the part."""


class BusinessDay(NamedTuple):
    """A day of the CME's mean, and the value in force at its end, None where none was."""

    midnight: int
    value: int | None


@dataclass(frozen=True, slots=True)
class Figures:
    """All that follows from rounds, window, hold and what the guardian cut out."""

    value_time: int
    """Whole window, nothing cut out: value x seconds."""
    covered: int
    counted_value_time: int
    """Less what was cut out."""
    counted: int
    gaps: tuple[Span, ...]
    """Uncovered time outside what was cut out."""
    settlement: Price | None
    """S: half-even to 0.0001 USD per SCU; None without a covered second."""
    days: tuple[BusinessDay, ...]
    business_mean: Price | None
    """Mean of the days that have a value, half-even to 8 decimals."""

    @property
    def difference(self) -> int | None:
        """S less the business-day mean, 8 decimals."""
        if self.settlement is None or self.business_mean is None:
            return None
        return self.settlement - self.business_mean


def figures_of(
    fixes: Sequence[Fix],
    window: Span,
    hold: int,
    excluded: Span | None = None,
    holidays: frozenset[int] = frozenset(),
) -> Figures:
    """The figures of a window, from its rounds by rising slot and the ones that reach into it.

    `hold` is heartbeat + grace; `holidays` are UTC midnights.
    """
    return figures_over((Stretch(window, hold, fixes),), excluded, holidays)


def figures_over(
    stretches: Sequence[Stretch],
    excluded: Span | None = None,
    holidays: frozenset[int] = frozenset(),
) -> Figures:
    """Likewise of a window that several indices answer for in turn; the first begins it."""
    window = Span(stretches[0].span.start, stretches[-1].span.end)
    covered = [held for each in stretches for held in _covered(each.fixes, each.span, each.hold)]
    parts = _outside(window, excluded)
    counted: list[_Held] = []
    gaps: list[Span] = []
    for part in parts:
        inside = _clipped(covered, part)
        counted += inside
        gaps += _uncovered(inside, part)
    value_time, seconds = _integral(covered), sum(b - a for a, b, _ in covered)
    counted_value_time, counted_s = _integral(counted), sum(b - a for a, b, _ in counted)
    try:
        whole = Window(counted_value_time, counted_s, window.end - window.start, long_gap=False)
        settlement: Price | None = whole.price()
    except NothingCovered:
        settlement = None
    days = tuple(
        day
        for each in stretches
        for day in business_days(each.fixes, each.span, each.hold, excluded, holidays)
    )
    values = [day.value for day in days if day.value is not None]
    mean = divide(sum(values), len(values), Rounding.HALF_EVEN) if values else None
    return Figures(
        value_time=value_time,
        covered=seconds,
        counted_value_time=counted_value_time,
        counted=counted_s,
        gaps=tuple(gaps),
        settlement=settlement,
        days=days,
        business_mean=None if mean is None else Price(mean),
    )


def business_days(
    fixes: Sequence[Fix],
    window: Span,
    hold: int,
    excluded: Span | None,
    holidays: frozenset[int],
) -> tuple[BusinessDay, ...]:
    """The days whose value the CME's rule would average (chapter 1045: the arithmetic mean of the
    daily prices over each business day of the contract month).

    Business days are Monday to Friday, UTC, less the holidays given and what was cut out. A day's
    value is the one in force at its end: of the last round before the next midnight, if that still
    holds then.
    """
    found = []
    for midnight in range(window.start, window.end, DAY_S):
        cut = excluded is not None and excluded.start <= midnight < excluded.end
        if (midnight // DAY_S + _THURSDAY) % 7 >= 5 or midnight in holidays or cut:
            continue
        newest = bisect_left(fixes, midnight + DAY_S, key=lambda fix: fix.slot) - 1
        holds = newest >= 0 and fixes[newest].slot + hold >= midnight + DAY_S
        found.append(BusinessDay(midnight, fixes[newest].value if holds else None))
    return tuple(found)


def held_in(fixes: Sequence[Fix], window: Span, hold: int) -> tuple[int, ...]:
    """Seconds of the window for which each round's value holds."""
    held = []
    for fix, following in pairwise((*fixes, None)):
        assert fix is not None
        until = fix.slot + hold if following is None else min(fix.slot + hold, following.slot)
        held.append(max(0, min(until, window.end) - max(fix.slot, window.start)))
    return tuple(held)


def digest_of(chain_id: int, market: Address, series: int, content: bytes) -> bytes:
    """What the signer of a statement signs: EIP-712, 32 bytes. `content` is its content hash."""
    struct = keccak(join((WORD, Uint(256), WORD), (_STATEMENT_TYPE, series, content)))
    return Domain(_DOMAIN_NAME, chain_id, market).digest(struct)


_Held = tuple[int, int, int]
"""Start, end and value of a stretch for which one value holds."""


def _covered(fixes: Sequence[Fix], window: Span, hold: int) -> list[_Held]:
    found = []
    for fix, seconds in zip(fixes, held_in(fixes, window, hold), strict=True):
        start = max(fix.slot, window.start)
        if seconds:
            found.append((start, start + seconds, fix.value))
    return found


def _outside(window: Span, excluded: Span | None) -> list[Span]:
    if excluded is None:
        return [window]
    parts = (Span(window.start, excluded.start), Span(excluded.end, window.end))
    return [part for part in parts if part.start < part.end]


def _clipped(covered: Sequence[_Held], part: Span) -> list[_Held]:
    return [
        (max(start, part.start), min(end, part.end), value)
        for start, end, value in covered
        if start < part.end and end > part.start
    ]


def _uncovered(covered: Sequence[_Held], part: Span) -> list[Span]:
    edges = [part.start, *(edge for start, end, _ in covered for edge in (start, end)), part.end]
    return [Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]


def _integral(covered: Sequence[_Held]) -> int:
    return sum((end - start) * value for start, end, value in covered)
