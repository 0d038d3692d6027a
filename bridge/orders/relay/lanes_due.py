"""Lanes that have moved on the chain, or may have, and were not looked at since.

The exchange's own logs say which: by the lane, or by an order that this relay accepted and whose
lane it knows. Of an order that it never saw, all lanes of its signer may have moved.
"""

from collections.abc import Iterable

from bridge.orders.book.book import Book
from bridge.orders.book.entry import LaneKey
from bridge.orders.event.event import OrderPlaced, unpack_event
from bridge.orders.event.rolls import RollPlaced
from bridge.orders.funds.block_news import BlockNews
from bridge.orders.log.store import LogStore


class LanesDue:
    """Whoever holds the book calls it, but for `find`."""

    def __init__(self, book: Book, store: LogStore) -> None:
        self._book = book
        self._store = store
        self._keys: dict[LaneKey, None] = {}
        self._moved: dict[bytes, bytes] = {}
        """Orders whose lanes are not found yet, with the account that signed each."""

    def note(self, news: BlockNews) -> None:
        """Lanes that moved in some blocks."""
        self._add(news.cancelled)
        self._moved |= news.moved

    def note_all_of(self, maker: bytes) -> None:
        """Every lane of a maker in which it has orders here."""
        book = self._book
        waiting = (parts[0] for parts in book.waiting.of_maker(maker))
        self._keys |= dict.fromkeys(
            order.key for order in (*book.resting.of_maker(maker), *waiting)
        )

    def moved(self) -> dict[bytes, bytes]:
        """What `find` is to be asked for."""
        return dict(self._moved)

    def find(self, moved: Iterable[bytes]) -> dict[bytes, LaneKey]:
        """The lanes of orders that were accepted here, by order hash. The book may be free."""
        found = {}
        for order, entry in self._store.find(moved).items():
            event = unpack_event(entry.body)
            assert isinstance(event, OrderPlaced | RollPlaced)
            half = event.signed.halves[0]
            found[order] = (half.maker, half.lane)
        return found

    def note_found(self, moved: dict[bytes, bytes], found: dict[bytes, LaneKey]) -> None:
        """What `find` had to say of these orders."""
        self._add(found.values())
        for account in {account for order, account in moved.items() if order not in found}:
            self.note_all_of(account)
        self._moved = {o: account for o, account in self._moved.items() if o not in moved}

    def first(self, most: int) -> list[LaneKey]:
        """Some of those that are due."""
        return [key for key, _ in zip(self._keys, range(most), strict=False)]

    def discard(self, keys: Iterable[LaneKey]) -> None:
        """These were looked at."""
        for key in keys:
            self._keys.pop(key, None)

    def _add(self, keys: Iterable[LaneKey]) -> None:
        """Where nobody has an order there is nothing to look at."""
        book = self._book
        self._keys |= dict.fromkeys(
            key for key in keys if book.resting.of_lane(key) or book.waiting.of_lane(key)
        )
