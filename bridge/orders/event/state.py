"""What an event does to the books: the one place, for the relay that runs and who audits it."""

import struct
from typing import Final

from bridge.orders.book.book import Book, SeriesBook
from bridge.orders.book.entry import BookFill, Ended, Outcome
from bridge.orders.event.event import CancelRequested, Event, OrderPlaced, RollPlaced, book_order
from bridge.orders.event.fact import (
    EpochObserved,
    FeeChanged,
    LaneObserved,
    Listed,
    MatchConcluded,
    WaysChanged,
)

_HEAD: Final = struct.Struct(">BQHH")
_FILL: Final = struct.Struct(">32sQQI")


def apply_event(book: Book, event: Event, sequence: int, now: int) -> Outcome:
    """Ends what has expired at `now` (Unix seconds), then does what the event says.

    Raises OrderRefused where an order may not be placed: then nothing but expiries has happened.
    """
    expired = book.expire(now)
    match event:
        case OrderPlaced():
            order = book_order(event.order, event.ways)
            book.refuse(order, now)
            return _with(expired, book.place(order, event.rule, sequence))
        case RollPlaced():
            roll = event.roll
            near = book_order(roll.near, event.near_ways, roll.hash)
            far = book_order(roll.far, event.far_ways, roll.hash)
            book.refuse(near, now)
            book.refuse(far, now)
            return _with(expired, book.place_roll(near, far, sequence))
        case CancelRequested():
            found = event.request
            ended = book.cancel((found.maker, found.lane), found.nonce)
        case LaneObserved():
            ended = book.observe_lane(event.key, event.nonce, event.filled)
        case EpochObserved():
            ended = book.end_epochs(event.maker, event.epoch)
        case WaysChanged():
            ended = book.set_ways(event.order, event.ways)
        case _:
            ended = []
            _apply_terms(book, event)
    return Outcome(ended=(*expired, *ended))


def _apply_terms(book: Book, event: Event) -> None:
    if isinstance(event, MatchConcluded):
        book.conclude(event.sequence)
    elif isinstance(event, FeeChanged):
        book.fee_bps = event.bps
    elif isinstance(event, Listed):
        book.series.setdefault(event.listing.series, SeriesBook(event.listing))


def _with(expired: list[Ended], outcome: Outcome) -> Outcome:
    if not expired:
        return outcome
    return outcome._replace(ended=(*expired, *outcome.ended))


def pack_outcome(outcome: Outcome) -> bytes:
    """What an order came to: why its rest ended 1, lots resting 8, counts of fills 2 and 2,
    then each fill: resting order 32, price 8, lots 8, way 4. Endings of others follow from it.
    """
    fills = (*outcome.fills, *outcome.far_fills)
    head = _HEAD.pack(outcome.end, outcome.rests, len(outcome.fills), len(outcome.far_fills))
    return head + b"".join(_FILL.pack(*fill) for fill in fills)


def unpack_fills(raw: bytes) -> tuple[tuple[BookFill, ...], tuple[BookFill, ...]]:
    """Fills, and those of a roll's far half, behind `pack_outcome`. Raises struct.error."""
    _, _, near, far = _HEAD.unpack_from(raw)
    fills = tuple(BookFill(*found) for found in _FILL.iter_unpack(raw[_HEAD.size :]))
    if len(fills) != near + far:
        raise struct.error(f"{near + far} fills, not {len(fills)}")
    return fills[:near], fills[near:]
