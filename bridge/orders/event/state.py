"""What an event does to the books: the one place, for the relay that runs and who audits it."""

import struct
from typing import Final

from msgspec.structs import astuple, replace

from bridge.orders.book.book import Book
from bridge.orders.book.entry import BookFill, CallFill, Clearing, Ended, Outcome
from bridge.orders.book.series_book import ClosedCall, SeriesBook
from bridge.orders.event.event import (
    CancelRequested,
    Event,
    Incoming,
    OrderPlaced,
    OrderReturned,
    book_order,
)
from bridge.orders.event.fact import (
    CallCleared,
    CallClosed,
    EpochObserved,
    FeeChanged,
    LaneObserved,
    Listed,
    MatchConcluded,
    WaysChanged,
)
from bridge.orders.event.index import IndexObserved
from bridge.orders.event.passing import TimePassed
from bridge.orders.event.rolls import RollEvent, RollReturned, RollWaits
from bridge.orders.event.room import RoomLost

_HEAD: Final = struct.Struct(">BQHH")
_FILL: Final = struct.Struct(">32sQQI")
_CALL: Final = struct.Struct(">QQB")
_CALL_FILL: Final = struct.Struct(">32s32sQI")


def apply_event(book: Book, event: Event, sequence: int, now: int) -> Outcome:
    """Ends what has expired at `now` (Unix seconds), then does what the event says.

    Raises OrderRefused where an order may not be placed, or a call is out of turn: then nothing
    but expiries has happened. Between the close of a call and its clearing nothing else happens,
    nor between an index and the return of the orders that it is near again, but that time passes.
    """
    if isinstance(event, CallCleared):
        return book.clear_call(event.series, event.hour, sequence)
    if book.calls.pending and not isinstance(event, CallClosed):
        book.calls.require_none_pending()
    expired = book.expire(now)
    if book.waiting.due and not isinstance(event, OrderReturned | TimePassed):
        book.waiting.require_none_due()
    match event:
        case OrderPlaced():
            order = book_order(event.order, event.ways)
            left = book.refuse(order, now)
            return _with(expired, book.place(order, event.rule, sequence, left))
        case OrderReturned():
            order = book_order(event.order, event.ways)
            return _with(expired, book.come_back(order, sequence, now))
        case RollEvent():
            return _with(expired, _apply_roll(book, event, sequence, now))
        case CancelRequested():
            found = event.request
            ended = book.cancel((found.maker, found.lane), found.nonce)
        case LaneObserved():
            ended = book.observe_lane(event.key, event.nonce, event.filled)
        case EpochObserved():
            ended = book.end_epochs(event.maker, event.epoch)
        case WaysChanged():
            ended = book.set_ways(event.order, event.ways)
        case RoomLost():
            ended = book.set_aside(event.order)
        case IndexObserved():
            ended = book.observe_index(event.series, event.index)
        case MatchConcluded():
            ended = book.conclude(event.sequence, settled=event.settled)
        case CallClosed():
            ended = []
            book.calls.close(event.series, ClosedCall(event.hour, event.index), now)
        case _:
            ended = []
            _apply_terms(book, event)
    return Outcome(ended=(*expired, *ended))


def _apply_roll(book: Book, event: RollEvent, sequence: int, now: int) -> Outcome:
    roll = event.roll
    near = book_order(roll.near, event.near_ways, roll.hash)
    far = book_order(roll.far, event.far_ways, roll.hash)
    if isinstance(event, RollReturned):
        return book.rolls.resume(near, far, sequence)
    book.refuse(near, now)
    book.refuse(far, now)
    return book.rolls.place(near, far, sequence, waits=isinstance(event, RollWaits))


def _apply_terms(book: Book, event: Event) -> None:
    if isinstance(event, FeeChanged):
        book.fee_bps = event.bps
    elif isinstance(event, Listed):
        book.series.setdefault(event.listing.series, SeriesBook(event.listing))


def _with(expired: list[Ended], outcome: Outcome) -> Outcome:
    if not expired:
        return outcome
    return replace(outcome, ended=(*expired, *outcome.ended))


def pack_result(book: Book, event: Event, outcome: Outcome) -> bytes:
    """What the log keeps of an event's outcome, once it is applied: nothing but of orders, calls.

    Of a call: price 8, mark 8, its source 1, then each fill: buyer's order 32, seller's order 32,
    lots 8, way 4. What an order came to is `pack_outcome`.
    """
    if isinstance(event, Incoming):
        return pack_outcome(outcome)
    if not isinstance(event, CallCleared) or outcome.clearing is None:
        return b""
    price, mark = outcome.clearing.price, book.series[event.series].calls[-1].mark
    fills = b"".join(_CALL_FILL.pack(*astuple(fill)) for fill in outcome.clearing.fills)
    return _CALL.pack(price, mark.price, mark.source) + fills


def unpack_clearing(raw: bytes) -> Clearing:
    """A call's price and fills behind `pack_result`. Raises struct.error."""
    price, _, _ = _CALL.unpack_from(raw)
    return Clearing(price, tuple(CallFill(*f) for f in _CALL_FILL.iter_unpack(raw[_CALL.size :])))


def call_fills(clearing: Clearing, buyer: bytes) -> tuple[BookFill, ...]:
    """What one buyer takes in a call."""
    return tuple(
        BookFill(fill.seller, clearing.price, fill.lots, fill.way)
        for fill in clearing.fills
        if fill.buyer == buyer
    )


def pack_outcome(outcome: Outcome) -> bytes:
    """What an order came to: why its rest ended 1, lots resting 8, counts of fills 2 and 2,
    then each fill: resting order 32, price 8, lots 8, way 4. Endings of others follow from it.
    """
    fills = (*outcome.fills, *outcome.far_fills)
    head = _HEAD.pack(outcome.end, outcome.rests, len(outcome.fills), len(outcome.far_fills))
    return head + b"".join(_FILL.pack(*astuple(fill)) for fill in fills)


def unpack_fills(raw: bytes) -> tuple[tuple[BookFill, ...], tuple[BookFill, ...]]:
    """Fills, and those of a roll's far half, behind `pack_outcome`. Raises struct.error."""
    _, _, near, far = _HEAD.unpack_from(raw)
    fills = tuple(BookFill(*found) for found in _FILL.iter_unpack(raw[_HEAD.size :]))
    if len(fills) != near + far:
        raise struct.error(f"{near + far} fills, not {len(fills)}")
    return fills[:near], fills[near:]
