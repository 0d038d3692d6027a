"""Whom it concerns that series take more or fewer pairs than at the last look."""

from collections.abc import Iterable

from bridge.orders.book.book import Book
from bridge.orders.funds.chain_state import MarketState
from bridge.orders.funds.room import Room
from bridge.orders.signed.order import SignedOrder


class Rooms:
    """Rooms of all series as they were looked at last. With the book held, but for `read`."""

    def __init__(self, state: MarketState, book: Book) -> None:
        self._state = state
        self._book = book
        self._seen: dict[int, Room] = {}
        self._largest: dict[int, int] = {}
        """Most lots of an order that ever came, by series."""

    def note(self, order: SignedOrder) -> None:
        """An order that rests now, or may."""
        if order.lots > self._largest.get(order.series, 0):
            self._largest[order.series] = order.lots

    def read(self) -> None:
        """Asks for rooms that are not known, while the book is free. Raises ChainError."""
        for number in list(self._largest):
            if number in self._state.series:
                self._state.room(number)

    def makers_concerned(self) -> dict[bytes, None]:
        """Makers of orders that a room has become too small for, or large enough.

        Raises ChainError.
        """
        found: dict[bytes, None] = {}
        listed = self._largest.keys() & self._book.series.keys() & self._state.series.keys()
        rooms = {number: self._state.room(number) for number in listed}
        for number, room in rooms.items():
            before = self._seen.get(number)
            if room == before:
                continue
            same_limit = before is not None and before.held == room.held
            enough = min(room.least, before.least) if before and same_limit else 0
            if enough < self._largest[number]:
                found |= dict.fromkeys(self._makers_of(number, enough))
        self._seen = rooms
        return found

    def _makers_of(self, series: int, enough: int) -> Iterable[bytes]:
        """Of orders that rest, or wait for room, with more lots left than were always enough."""
        book = self._book
        for order in (*book.orders.values(), *book.waiting.without_room()):
            if order.series == series and book.lanes.left(order) > enough:
                yield order.maker
