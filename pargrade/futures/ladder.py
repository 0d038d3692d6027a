"""The rungs of settlement: which price is admitted when, and what the last rung pays."""

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Final

from pargrade.clock import DAY_S
from pargrade.spot_index.accumulator import Window
from pargrade.units import Price

CHALLENGE: Final = DAY_S
"""Seconds between proposing and finalising a settlement, in which the guardian may act."""

REDUCED_FROM: Final = 7 * DAY_S
"""Seconds after expiry from which REDUCED coverage is enough."""

DELIVER_FROM: Final = 14 * DAY_S
"""Seconds after expiry from which a series that nobody proposed is concluded."""

_FULL_COVERAGE_BPS: Final = 9_000
"""Ten-thousandths of the window that FULL asks to be covered."""

_REDUCED_COVERAGE_BPS: Final = 2_500
"""Ten-thousandths of the window that REDUCED asks to be covered."""

_LEAST_COVERED: Final = DAY_S
"""Covered seconds from which a span may settle a BANDED series on the last rung."""

_LOOK_BACK: Final = 30 * DAY_S
"""How far before the window the last of those spans may end, in seconds."""


class Rung(Enum):
    """A step of the settlement ladder. Their times are disjoint, so everyone gets the same one."""

    WAITING = "waiting for a round at or after expiry"
    FULL = "coverage of 90 %, no gap over 24 h"
    REDUCED = "coverage of 25 %"
    CLOSED = "too late to propose before the last rung"
    DELIVER = "concluded without a proposal"
    """NET is delivered without a price; BANDED settles at `last_price`."""


def rung(now: int, ready_at: int, expiry: int, challenge: int = CHALLENGE) -> Rung:
    """The rung at chain time `now`, where `ready_at` is when the index was final up to expiry.

    Times are Unix seconds: FULL from ready_at, REDUCED from expiry + 7 d, CLOSED from
    expiry + 14 d - 2 challenge, DELIVER from expiry + 14 d whatever the index did. The closed
    stretch lets the last proposal be finalised or rejected before delivery begins.
    """
    if now >= expiry + DELIVER_FROM:
        return Rung.DELIVER
    if now < ready_at:
        return Rung.WAITING
    if now >= expiry + DELIVER_FROM - 2 * challenge:
        return Rung.CLOSED
    return Rung.REDUCED if now >= expiry + REDUCED_FROM else Rung.FULL


def admits(step: Rung, window: Window) -> bool:
    """True when a window's coverage is good enough to propose its price on this rung."""
    if step is Rung.FULL:
        return window.covers(_FULL_COVERAGE_BPS) and not window.long_gap
    return step is Rung.REDUCED and window.covers(_REDUCED_COVERAGE_BPS)


def last_spans(start: int, expiry: int) -> Iterator[tuple[int, int]]:
    """The spans whose average may settle a BANDED series that nobody proposed, in order.

    The window [A, B), then those as long that end at A, A - 1 d, … A - 30 d. Unix seconds.
    """
    span = expiry - start
    for end in (expiry, *range(start, start - _LOOK_BACK - 1, -DAY_S)):
        yield end - span, end


def last_price(windows: Iterable[Window], reference: Price) -> Price:
    """S of a BANDED series on its last rung: of the first of `last_spans` with 24 h covered, or K.

    `windows` are of those spans, in their order, up to where the index has no history any more.
    Where reporters are proven to have signed two contents in the span that decides, S is K.
    """
    for window in windows:
        if window.covered_time >= _LEAST_COVERED:
            return window.price()
    return reference
