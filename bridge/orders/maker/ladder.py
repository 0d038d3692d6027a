"""The ladder that a maker quotes: prices and lots on both sides of a centre. Pure.

    centre       the index, or the mark of a call, moved against the inventory: a maker who is long
                 by the most it may hold quotes `skew_bps` lower, one who is short as much higher
    rungs        the n-th bid and ask are half the spread and n gaps away from the moved centre
    rounding     bids down, asks up to the price step: the maker's
    limits       outside the band of a BANDED series nothing is quoted; lots of all bids together
                 never lead beyond `most_lots` long, of all asks never beyond `most_lots` short

Prices are USD per SCU with 8 decimals, inventory and lots are lots of 0.01 SCU.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from bridge.orders.signed.listing import Listing
from pargrade.bindings.structs import Side

_BPS: Final = 10_000


@dataclass(frozen=True, slots=True)
class LadderTerms:
    """How a maker quotes."""

    levels: int
    """Rungs of each side."""
    lots: int
    """Of each rung."""
    spread_bps: int
    """Between the first bid and the first ask."""
    gap_bps: int
    """From rung to rung."""
    skew_bps: int
    """By which the centre moves at the most that may be held."""
    most_lots: int
    """Held at most, long or short."""
    least_lots: int = 10
    """A rung with fewer is left out: the relay takes no dust."""


class LadderQuote(NamedTuple):
    """A price on one side."""

    side: Side
    price: int
    lots: int


def moved_centre(centre: int, inventory: int, terms: LadderTerms) -> int:
    """The centre moved against the inventory, LONG less SHORT; toward zero by less than a unit."""
    held = max(-terms.most_lots, min(inventory, terms.most_lots))
    return centre - int(centre * terms.skew_bps * held / (terms.most_lots * _BPS))


def full_ladder(
    centre: int, inventory: int, terms: LadderTerms, listing: Listing
) -> tuple[LadderQuote, ...]:
    """Bids, the best first, then asks, with all their lots; none where there is no centre."""
    if centre <= 0:
        return ()
    middle = moved_centre(centre, inventory, terms)
    found: list[LadderQuote] = []
    for side in (Side.BUY, Side.SELL):
        last = 0
        for level in range(terms.levels):
            price = _price(middle, side, level, terms, listing.price_step)
            if price > 0 and price != last and listing.mints_inside(price):
                found.append(LadderQuote(side, price, terms.lots))
                last = price
    return tuple(found)


def within_limits(
    ladder: Iterable[LadderQuote], inventory: int, terms: LadderTerms
) -> tuple[LadderQuote, ...]:
    """What of a ladder the limits leave to a maker who has nothing else signed."""
    rooms = {Side.BUY: terms.most_lots - inventory, Side.SELL: terms.most_lots + inventory}
    found: list[LadderQuote] = []
    for rung in ladder:
        lots = min(rung.lots, rooms[rung.side])
        if lots >= terms.least_lots:
            found.append(rung._replace(lots=lots))
            rooms[rung.side] -= lots
    return tuple(found)


def _price(middle: int, side: Side, level: int, terms: LadderTerms, step: int) -> int:
    away = terms.spread_bps + 2 * level * terms.gap_bps
    twice = 2 * _BPS
    if side is Side.BUY:
        return middle * (twice - away) // (twice * step) * step
    return -(-middle * (twice + away) // (twice * step)) * step
