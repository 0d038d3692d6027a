"""Logs of a relay for tests: honest ones of random flow, and what to forge them with."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from bridge.orders.book.book import Book
from bridge.orders.book.entry import BookFill, TimeInForce
from bridge.orders.event.entry import GENESIS, Entry
from bridge.orders.event.event import (
    CancelRequested,
    Event,
    OrderPlaced,
    OrderReturned,
    pack_event,
)
from bridge.orders.event.fact import (
    CallCleared,
    CallClosed,
    FeeChanged,
    LaneObserved,
    Listed,
    LogVenue,
    MatchConcluded,
    WaysChanged,
)
from bridge.orders.event.index import IndexObserved
from bridge.orders.event.receipt import OrderReceipt, domain_prefix
from bridge.orders.event.rolls import RollPlaced, RollReturned, RollWaits
from bridge.orders.event.room import RoomLost
from bridge.orders.event.state import apply_event, pack_result
from bridge.orders.signed.cancel_request import CancelRequest, relay_domain
from bridge.orders.signed.order import NOBODY, Digester, SignedOrder, SignedRoll
from bridge.orders.signed.refusals import OrderRefused
from bridge.orders.signed.signature import FastKey
from bridge.orders.signed.way import ALL_WAYS
from pargrade.futures.order import near_index
from tests.support.signed_orders import BANDED, CHAIN_ID, COVERED, DOMAIN, EXCHANGE, NOW

RELAY_KEY: Final = FastKey(b"\x77" * 32)
MAKERS: Final = tuple(FastKey(bytes([number]) * 32) for number in range(1, 9))
RELAY_DOMAIN: Final = relay_domain(CHAIN_ID, EXCHANGE)
PREFIX: Final = domain_prefix(RELAY_DOMAIN)
MATCHER: Final = b"\x3c" * 20
VENUE: Final = LogVenue(CHAIN_ID, bytes.fromhex(EXCHANGE[2:]), MATCHER, RELAY_KEY.address)
STEP: Final = 1_000_000
OPENING: Final[tuple[Event, ...]] = (VENUE, Listed(COVERED), Listed(BANDED), FeeChanged(5))
ORDERS: Final = Digester(DOMAIN)
CANCELS: Final = Digester(RELAY_DOMAIN)


@dataclass
class Written:
    """A log, its events with their times, and every receipt that was given."""

    entries: list[Entry]
    events: list[tuple[Event, int]]
    receipts: list[OrderReceipt]
    fills: list[tuple[int, tuple[BookFill, ...]]]
    """Of each order that was filled: its sequence number and its fills."""


def random_order(random: Random, number: int) -> SignedOrder:
    """An order near the price, signed by one of eight makers."""
    key = random.choice(MAKERS)
    order = SignedOrder(
        series=random.choice((COVERED, BANDED)).series,
        side=random.randint(0, 1),
        grade=0,
        legs=15 | near_index(random.choice((0, 0, 0, 0, 0, 1, 2))),
        price=STEP * random.randint(228, 234),
        lots=random.randint(10, 50),
        maker=key.address,
        taker=MAKERS[number % 8].address if number % 7 == 0 else NOBODY,
        matcher=random.choice((NOBODY, MATCHER)),
        epoch=0,
        lane=random.randint(1, 5) if random.random() < 0.3 else number + 10,
        nonce=number,
        expiry=NOW + random.choice((20, 10**6)),
    )
    order.signature = key.sign_digest(ORDERS.digest(order.hash))
    return order


def random_roll(random: Random, number: int) -> SignedRoll:
    """A roll from one series into the other."""
    key = random.choice(MAKERS)
    common = {"maker": key.address, "series": COVERED.series}
    near = SignedOrder(**{**_fields(random_order(random, number)), **common})
    prices = random.choice(((near.price, near.price), (236 * STEP, 226 * STEP)))
    near = SignedOrder(**{**_fields(near), "price": prices[near.side]})
    changes = {"series": BANDED.series, "side": 1 - near.side, "price": prices[1 - near.side]}
    far = SignedOrder(**{**_fields(near), **changes})
    roll = SignedRoll(near, far)
    roll.signature = key.sign_digest(ORDERS.digest(roll.hash))
    return roll


def random_event(random: Random, number: int, written: Written, book: Book) -> Event:
    """Mostly orders; now and then what ends them, or brings them back."""
    kind = random.random()
    if book.returns and kind > 0.8:
        gone = random.choice([each.hash for each in book.returns])
        orders = (event.order for event, _ in written.events if isinstance(event, OrderPlaced))
        order = next(order for order in orders if order.hash == gone)
        return OrderReturned(order, ALL_WAYS, number)
    placed = [event for event, _ in written.events if isinstance(event, OrderPlaced)]
    if kind < 0.78 or not placed:
        rest, ioc, call = TimeInForce.REST, TimeInForce.IOC, TimeInForce.CALL
        rule = random.choice((rest, rest, rest, rest, ioc, call))
        return OrderPlaced(random_order(random, number), rule, ALL_WAYS, number)
    if kind < 0.83:
        placed_as = random.choice((RollPlaced, RollWaits, RollWaits))
        return placed_as(random_roll(random, number), ALL_WAYS, ALL_WAYS, number)
    if kind < 0.87:
        spot = STEP * random.choice((0, 227, 231, 231, 235))
        return IndexObserved(random.choice((COVERED, BANDED)).series, spot, number)
    order = random.choice(placed).order
    if kind < 0.91:
        return CancelRequested(signed_cancel(order))
    if kind < 0.93:
        return LaneObserved(order.maker, order.lane, order.nonce, random.randint(0, 9), number)
    if kind < 0.94:
        return RoomLost(order.hash, number)
    if kind < 0.95:
        return WaysChanged(order.hash, random.choice((0, ALL_WAYS)), number)
    sequence = random.choice([seq for seq, _ in written.fills] or [0])
    return MatchConcluded(sequence, random.random() < 0.5, number)


def signed_cancel(order: SignedOrder) -> CancelRequest:
    """Its maker's request to match it no more."""
    key = next(key for key in MAKERS if key.address == order.maker)
    plain = CancelRequest(order.maker, order.lane, order.nonce, NOW + 10**6, b"")
    return replace(plain, signature=key.sign_digest(CANCELS.digest(plain.hash)))


def write_log(events: list[tuple[Event, int]], *, receipts: bool = True) -> Written:
    """What an honest relay writes for these events; those that are refused are left out."""
    written = Written([], [], [], [])
    book = Book()
    for event, time in events:
        write_event(written, book, event, time, receipts=receipts)
    return written


def write_event(
    written: Written, book: Book, event: Event, time: int, *, receipts: bool = True
) -> None:
    sequence = len(written.entries)
    try:
        outcome = apply_event(book, event, sequence, time // STEP)
    except OrderRefused:
        return
    placement = isinstance(event, OrderPlaced | RollPlaced)
    packed = pack_result(book, event, outcome)
    last = written.entries[-1].head if written.entries else GENESIS
    entry = Entry.chained(last, sequence, time, pack_event(event), packed)
    written.entries.append(entry)
    written.events.append((event, time))
    if placement and receipts:
        written.receipts.append(receipt(event.signed.hash, entry))
    if isinstance(event, OrderPlaced) and outcome.fills:
        written.fills.append((sequence, outcome.fills))


def receipt(order: bytes, entry: Entry) -> OrderReceipt:
    return OrderReceipt(order, entry.sequence, entry.time, entry.head).sign(PREFIX, RELAY_KEY)


def random_log(seed: int, orders: int = 40, *, receipts: bool = True) -> Written:
    """An honest log of random flow, two seconds or so from event to event."""
    random = Random(seed)
    written, book, time = Written([], [], [], []), Book(), NOW * STEP
    for event in (*OPENING, IndexObserved(COVERED.series, 231 * STEP, 0)):
        write_event(written, book, event, time)
    for number in range(1, orders + 1):
        time += random.randint(0, 4 * STEP)
        write_event(
            written, book, random_event(random, number, written, book), time, receipts=receipts
        )
        for event in taking_again(random, [e for e, _ in written.events], book, number):
            write_event(written, book, event, time)
        if number in (15, 35):
            time += 3_600 * STEP * (number == 35)
            hold_calls(written, book, time, random.choice((0, 231 * STEP)))
    return written


def taking_again(
    random: Random, events: Iterable[Event], book: Book, block: int
) -> Iterator[Event]:
    """What the index has freed comes back at once; room is found for some; rolls that wait take.

    `events` are all before; each that is given out is applied before the next is asked for.
    """
    known = list(events)
    for order in list(book.waiting.due):
        orders = (event.order for event in known if isinstance(event, OrderPlaced))
        signed = next(each for each in orders if each.hash == order)
        yield OrderReturned(signed, random.choice((ALL_WAYS, ALL_WAYS, 0)), block)
    for kept in book.waiting.without_room():
        if random.random() < 0.5:
            orders = (event.order for event in known if isinstance(event, OrderPlaced))
            signed = next(each for each in orders if each.hash == kept.hash)
            yield OrderReturned(signed, random.choice((ALL_WAYS, ALL_WAYS, 0)), block)
    for near, far in book.waiting.rolls():
        if book.rolls.may_fill(near, far):
            rolls = (event.roll for event in known if isinstance(event, RollWaits))
            roll = next(each for each in rolls if each.hash == near.hash)
            yield RollReturned(roll, ALL_WAYS, ALL_WAYS, block)


def hold_calls(written: Written, book: Book, time: int, index: int) -> None:
    """The calls of this hour: all closed, then all cleared over the head that the last left."""
    hour, numbers = time // STEP // 3_600, list(book.series)
    for number in numbers:
        write_event(written, book, CallClosed(number, hour, index, 0), time)
    sealed = written.entries[-1].head
    for number in numbers:
        write_event(written, book, CallCleared(number, hour, sealed), time)


def rechained(entries: list[Entry]) -> list[Entry]:
    """The same entries with heads that follow: what a relay that forges its log would make."""
    last, found = GENESIS, []
    for place, entry in enumerate(entries):
        entry = Entry.chained(last, place, entry.time, entry.body, entry.outcome)
        found.append(entry)
        last = entry.head
    return found


def _fields(order: SignedOrder) -> dict[str, int | bytes]:
    names = [name for name in SignedOrder.__slots__ if name not in ("hash", "signature")]
    return {name: getattr(order, name) for name in names}
