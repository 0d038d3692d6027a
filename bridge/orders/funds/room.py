"""How many pairs a series still takes, as FuturesMarket.open decides it. Pure.

A pair opens only while its series does: before its last second, within the cap of the grade and of
the month, a BANDED one strictly inside its band at a fresh index; and while the window of a BANDED
series runs, no account comes above its share of the month by what it opens.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from bridge.orders.funds.means import Means
from bridge.orders.funds.series_terms import SeriesDetail
from bridge.orders.signed.way import MINT_WAYS, way_of
from pargrade.bindings.structs import Leg, Phase, Side

HOLDERS: Final = 10
"""Accounts at their limit that make up the cap of a month: that of FuturesMarket."""


@dataclass(frozen=True, slots=True)
class SeriesState:
    """What the market says of a series at a block. Lots."""

    phase: Phase
    stopped: bool
    """Whether the market opens no pairs at all."""
    open_lots: tuple[int, ...]
    """Of each grade."""
    closed: tuple[bool, ...] = ()
    """Whether a grade's unit is closed; nothing where BANDED."""
    month_cap: int = 0
    month_lots: int = 0
    """Open in all BANDED series of its index and month."""


class Room(NamedTuple):
    """Lots that may be opened now."""

    lots: tuple[int, ...]
    """Of each grade."""
    held: int | None = None
    """Most lots of a side that an account may have by opening; None for any number."""
    why: str = ""
    """What keeps every pair from opening; empty where nothing does."""

    @property
    def least(self) -> int:
        """Whoever opens no more than this is kept from it by no cap."""
        return min(self.lots)


def room_of(detail: SeriesDetail, state: SeriesState, now: int, index: int) -> Room:
    """What a series takes at `now`, Unix seconds, and a fresh index, 0 for none."""
    why = _closed_for(detail, state, now, index)
    if why:
        return Room((0,) * len(state.open_lots), why=why)
    caps = zip(detail.cap_lots, state.open_lots, strict=True)
    lots = [max(cap - held, 0) for cap, held in caps]
    if not detail.is_banded:
        grades = zip(lots, state.closed, strict=True)
        return Room(tuple(0 if closed else each for each, closed in grades))
    month = max(state.month_cap - state.month_lots, 0)
    held = -(-state.month_cap // HOLDERS) if now >= detail.start else None
    return Room(tuple(min(each, month) for each in lots), held)


def open_ways(side: int, ways: int, lots: int, means: Means, room: Room) -> int:
    """Those of `ways` in which a maker may be filled for so many lots: all that open no pair."""
    if not ways & MINT_WAYS:
        return ways
    found = ways & ~MINT_WAYS
    if room.held is not None and means.positions[_position(side)] + lots > room.held:
        return found
    for grade, left in enumerate(room.lots, 1):
        if lots <= left:
            found |= ways & way_of(Leg.MINT, grade)
    return found


def why_no_room(side: int, lots: int, means: Means, room: Room) -> str:
    """What keeps an account from opening so many lots, for people."""
    if room.why:
        return room.why
    most = max(room.lots)
    if lots > most:
        return f"the caps of the series leave {most} lots"
    held = means.positions[_position(side)]
    return f"it has {held} lots of its side and may have {room.held} by opening in the window"


def _position(side: int) -> int:
    """Whoever buys opens LONG; only BANDED series have a limit, and they have one SHORT."""
    return 0 if side == Side.BUY else 1


def _closed_for(detail: SeriesDetail, state: SeriesState, now: int, index: int) -> str:
    if state.phase is not Phase.OPEN:
        return "the series opens no pairs any more"
    if state.stopped:
        return "the market has stopped opening pairs"
    if now >= detail.minting_ends:
        return f"its last pair was to be opened before {detail.minting_ends}"
    if not detail.is_banded:
        return ""
    if not index:
        return "its index is not fresh"
    listing = detail.listing
    if not listing.mints_inside(index):
        return f"its index {index} is not inside its band, {listing.low} to {listing.high}"
    return ""
