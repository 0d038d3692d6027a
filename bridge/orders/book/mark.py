"""The mark of a series after a call: its price, within bounds that trades with oneself do not move.

Who trades with himself pays nothing for it, so a call's price counts only beside something that
others stand for:

    fall-back   the middle of the impact prices, rounded down to the series' price step; where one
                side lacks depth the fresh index, likewise; where that is halted the last mark
    call        its price, at most one step from the fall-back; where FULL_LOTS or more were traded
                and both sides have depth, anywhere between the impact prices
    nothing     with neither depth nor an index the mark stays, whatever was traded

An impact price is the worst level that MARK_DEPTH lots reach: smaller quotes move nothing. All
prices are USD per SCU with 8 decimals.
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
    if not lots:
        return fall_back
    low, high = fall_back.price - step, fall_back.price + step
    if two_sided and lots >= FULL_LOTS:
        low, high = around.bid, around.ask
    return SeriesMark(min(max(price, low), high), MarkSource.CALL)
