"""How many lots stand at the prices of a book, open to all: what names a taker is not shown."""

from itertools import islice

from bridge.orders.book.book import Book
from bridge.orders.book.entry import BookOrder
from bridge.orders.book.matching import lots_of


def level_lots(book: Book, series: int, side: int, price: int) -> int:
    """Lots that can be taken at a price."""
    return _lots(book, book.series[series].halves[side].orders_of(price))


def depth_of(book: Book, series: int, side: int, most: int) -> list[tuple[int, int]]:
    """Price and lots of the best levels, each as if it were alone."""
    levels = islice(book.series[series].halves[side].levels(), most)
    return [(price, _lots(book, orders)) for price, orders in levels]


def _lots(book: Book, orders: list[BookOrder]) -> int:
    if len({order.key for order in orders}) < len(orders):
        return lots_of(orders, book.lanes, {})
    return sum(map(book.lanes.left, orders))
