"""Whether two books are the same: what a restart and an audit have to arrive at."""

from collections.abc import Iterable

from bridge.orders.book.book import Book
from bridge.orders.book.entry import BookOrder


def same_book(ours: Book, theirs: Book) -> bool:
    """Whether two books are the same bit for bit: orders in their queues, lanes, matches."""

    def content(book: Book) -> tuple[object, ...]:
        def queue(orders: Iterable[BookOrder]) -> tuple[tuple[bytes, int, int, bool], ...]:
            return tuple((each.hash, each.sequence, each.ways, each.no_room) for each in orders)

        halves = {
            (series, side): queue(half.walk())
            for series, found in book.series.items()
            for side, half in enumerate((*found.halves, *found.call_halves))
        }
        listings = {series: found.listing for series, found in book.series.items()}
        calls = {n: (found.closed, tuple(found.calls)) for n, found in book.series.items()}
        lanes = book.lanes.to_map()
        returns = [(each.hash, each.returns) for each in book.returns]
        waiting = [queue(parts) for parts in book.waiting.by_hash.values()]
        indexes = {series: found.index for series, found in book.series.items()}
        matches = {n: (found.spent, found.entry) for n, found in book.matches.items()}
        aside = (returns, waiting, tuple(book.waiting.due), indexes)
        return (halves, listings, calls, lanes, book.epochs, matches, aside, book.fee_bps)

    return content(ours) == content(theirs)
