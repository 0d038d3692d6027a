"""How many lots stand at the prices of a book."""

from itertools import islice

from bridge.orders.book.book import Book


def level_lots(book: Book, series: int, side: int, price: int) -> int:
    """Lots that all orders of a price have left."""
    orders = book.series[series].halves[side].orders_of(price)
    return sum(map(book.lanes.left, orders))


def depth_of(book: Book, series: int, side: int, most: int) -> list[tuple[int, int]]:
    """Price and lots of the best levels."""
    levels = islice(book.series[series].halves[side].levels(), most)
    return [(price, sum(map(book.lanes.left, orders))) for price, orders in levels]
