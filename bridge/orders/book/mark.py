"""The mark of a series after a call: its price, within bounds that hold whoever trades and quotes.

Who trades with himself pays nothing for it, so a call's price counts only beside something that
others stand for:

    fall-back   the middle of the impact prices, rounded down to the series' price step; where one
                side lacks depth the fresh index, likewise; where that is halted the last mark
    call        its price, at most one step from the fall-back; where FULL_LOTS or more were traded
                and both sides have depth, anywhere between the impact prices
    nothing     with neither depth nor an index the mark stays, whatever was traded

Depth may be one man's, too: he takes what others offer and quotes both sides himself for the
moment of the call. So what the book or a call says is held, whoever stands in it:

    in a call   at most MOVE_BPS of the last mark and the fresh index, a step at least, outside of
                the two; but for a call of FULL_LOTS
    in all      within BAND_BPS of the fresh index; where that is halted, of the last mark

An impact price is the worst level that MARK_DEPTH lots reach: smaller quotes move nothing. Without
an index the first mark is the book's, unheld. All prices are USD per SCU with 8 decimals.
"""

from enum import IntEnum
from typing import Final, NamedTuple

from pargrade.units import CONTRACT_LOTS

MARK_DEPTH: Final = int(CONTRACT_LOTS) // 10
"""Lots on each side that make a book count."""

FULL_LOTS: Final = 10 * int(CONTRACT_LOTS)
"""Lots of a call from which on its price is taken as it is, between the impact prices. Who trades
with himself locks a reference price and a unit for each: at $2.30 that is $33,580 in all.
"""

MOVE_BPS: Final = 100
"""By which a call's mark leaves the last one, at most, where the index did not move."""

BAND_BPS: Final = 1_000
"""By which any mark that a book or a call made is away from the fresh index, at most."""

_BPS: Final = 10_000


class MarkSource(IntEnum):
    """Where a mark comes from."""

    NONE = 0
    """There is no mark yet."""
    CALL = 1
    BOOK = 2
    INDEX = 3
    LAST = 4
    """It stayed."""


class SeriesMark(NamedTuple):
    """A mark and where it comes from."""

    price: int
    source: MarkSource


class Surroundings(NamedTuple):
    """What a call's price is held against; 0 where there is none."""

    bid: int
    """Impact price of selling."""
    ask: int
    """Impact price of buying."""
    spot: int
    """The fresh index."""
    last: int
    """The mark before."""


def mark_of(price: int, lots: int, around: Surroundings, step: int) -> SeriesMark:
    """The mark after a call in which so many lots were traded at `price`, on the price step."""
    two_sided = bool(around.bid and around.ask)
    if two_sided:
        fall_back = SeriesMark((around.bid + around.ask) // 2 // step * step, MarkSource.BOOK)
    elif around.spot:
        fall_back = SeriesMark(around.spot // step * step, MarkSource.INDEX)
    elif around.last:
        return SeriesMark(around.last, MarkSource.LAST)
    else:
        return SeriesMark(0, MarkSource.NONE)
    found = fall_back
    if lots:
        low, high = fall_back.price - step, fall_back.price + step
        if two_sided and lots >= FULL_LOTS:
            low, high = around.bid, around.ask
        found = SeriesMark(min(max(price, low), high), MarkSource.CALL)
    if not two_sided:
        # The index itself, or a step from it: nobody can quote that.
        return found
    return SeriesMark(_hold(found.price, around, step, lots >= FULL_LOTS), found.source)


def _hold(price: int, around: Surroundings, step: int, is_full: bool) -> int:
    """The nearest price on the step that a mark made by a book or a call may have."""
    known = [each for each in (around.last, around.spot) if each]
    if not known:
        return price
    if not is_full:
        low, high = min(known), max(known)
        low, high = low - _share(low, MOVE_BPS, step), high + _share(high, MOVE_BPS, step)
        price = _clamp(price, low, high, step)
    centre = around.spot or around.last
    most = _share(centre, BAND_BPS, step)
    return _clamp(price, centre - most, centre + most, step)


def _share(price: int, bps: int, step: int) -> int:
    """A share of a price, rounded down; a step at least."""
    return max(price * bps // _BPS, step)


def _clamp(price: int, low: int, high: int, step: int) -> int:
    """The nearest price on the step from `low` to `high`, which are two steps apart at least."""
    return min(max(price, -(-low // step) * step), high // step * step)
