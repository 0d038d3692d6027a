"""The book alone, and the straightforward one: placing, matching and cancelling."""

import gc
import statistics
import time
from collections.abc import Callable
from random import Random
from typing import Any, Final

from relay_peer import PeerBook, PeerRest
from rows import Row

from bridge.orders.book.book import Book
from bridge.orders.book.entry import BookFill, BookOrder, TimeInForce
from bridge.orders.book.series_book import SeriesBook
from bridge.orders.signed.listing import Listing
from bridge.orders.signed.order import NOBODY
from bridge.orders.signed.way import ALL_WAYS

RESTING: Final = 100_000
FLOW: Final = 20_000
_BATCH: Final = 100
LISTING: Final = Listing(1, 2**40, 0, 0, 1, 6)


def book_rows() -> list[Row]:
    """The book alone, with many orders resting, and a sorted list that does the same."""
    random = Random(14)  # noqa: S311  # a load, not a secret
    resting = [flow(random, number, crossing=False) for number in range(RESTING)]
    book, peer = Book(), PeerBook()
    book.series[1] = SeriesBook(LISTING)
    peer.payable = dict.fromkeys((order.maker for order in resting), ALL_WAYS)
    for order in resting:
        book.place(order, TimeInForce.REST, order.lane)
        peer.place(peer_order(order))
    gc.collect()
    gc.freeze()
    ours, found = flow_us(lambda order: order, placing_in(book))
    theirs, other = flow_us(peer_order, peer.place)
    for fills, same in zip(found, other, strict=True):
        mine = [(int.from_bytes(each.maker), each.price, each.lots, each.way) for each in fills]
        assert mine == [(each.number, each.price, each.lots, each.way) for each in same]
    live = random.sample(list(book.orders.values()), 10_000)
    begun = time.process_time()
    for order in live:
        book.cancel(order.key, order.nonce)
    cancel = (time.process_time() - begun) / len(live) * 1e6
    gone = random.sample(list(peer.orders), 50)
    begun = time.process_time()
    for number in gone:
        peer.cancel(number)
    cancel_peer = (time.process_time() - begun) / len(gone) * 1e6
    gc.unfreeze()
    return [
        Row("match_us", ours, 8, "us", peers={"sorted list": theirs}),
        Row("match_over_peer", theirs / ours, 4, "x", "higher"),
        Row("cancel_us", cancel, 10, "us", peers={"sorted list": cancel_peer}),
    ]


def flow_us(
    make: Callable[[BookOrder], Any], place: Callable[[Any], Any]
) -> tuple[float, list[Any]]:
    """Microseconds of an order, and the fills of each; orders are made as they come, in batches.

    The median batch: the first touch of memory that the process never had takes a single order up
    to 2 ms of the system's time, whoever's turn it is.
    """
    random, used, found = Random(15), list[float](), list[Any]()  # noqa: S311  # a load
    for first in range(RESTING, RESTING + FLOW, _BATCH):
        numbers = range(first, first + _BATCH)
        batch = [make(flow(random, number, crossing=number % 2 == 0)) for number in numbers]
        begun = time.process_time()
        found += [place(order) for order in batch]
        used.append(time.process_time() - begun)
    return statistics.median(used) / _BATCH * 1e6, found


def placing_in(book: Book) -> Callable[[BookOrder], tuple[BookFill, ...]]:
    """Places an order as `apply_event` does, which has the rule at hand."""
    rest = TimeInForce.REST

    def place(order: BookOrder) -> tuple[BookFill, ...]:
        left = book.refuse(order, 0)
        return book.place(order, rest, order.lane, left).fills

    return place


def peer_order(order: BookOrder) -> PeerRest:
    """The same order as the peer keeps it."""
    return PeerRest(
        number=int.from_bytes(order.hash),
        side=order.side,
        price=order.price,
        lots=order.lots,
        maker=order.maker,
        taker=order.taker,
        lane=order.lane,
        nonce=order.nonce,
        epoch=order.epoch,
        expiry=order.expiry,
        ways=order.ways,
    )


def flow(random: Random, number: int, *, crossing: bool) -> BookOrder:
    """An order of one of two hundred makers, within twenty dollars of the price."""
    side = random.randint(0, 1)
    away = -random.randint(0, 10) if crossing else random.randint(1, 2_000)
    price = 10_000 + (away if side else -away)
    return BookOrder(
        hash=number.to_bytes(32),
        series=1,
        side=side,
        price=price,
        lots=random.randint(1, 50),
        maker=(number % 200 + 1).to_bytes(20),
        taker=NOBODY,
        lane=number,
        nonce=1,
        epoch=0,
        expiry=2**39,
        ways=ALL_WAYS,
    )
