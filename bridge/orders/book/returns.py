"""Orders that a match took out of the book: they may come back where the chain did not fill them.

Nobody has to sign anew because another party of a match was bad. An order comes back by an entry
of its own, so that its new place is in the log; how often is bounded, as each match costs gas.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Final

from bridge.orders.book.entry import BookOrder, TimeInForce
from bridge.orders.book.lanes import LaneState
from bridge.orders.book.out_of_turn import NotReturning
from bridge.orders.signed.refusals import OrderExpired

MOST_RETURNS: Final = 3
"""Of one order: who stays bad for so long is the one who is bad."""

_MOST_KEPT: Final = 10_000
_RULES: Final = (TimeInForce.REST, TimeInForce.POST_ONLY)


class Returns:
    """Orders of matches that ended lately, by hash."""

    __slots__ = ("_orders", "undecided")

    def __init__(self) -> None:
        self._orders: OrderedDict[bytes, BookOrder] = OrderedDict()
        self.undecided: set[bytes] = set()
        """Of which a match has ended since somebody looked at them, and took them out here."""

    def __iter__(self) -> Iterator[BookOrder]:
        return iter(self._orders.values())

    def __len__(self) -> int:
        return len(self._orders)

    def note(self, orders: Iterable[BookOrder]) -> None:
        """Keeps those that are in the book no more, and would be if nobody had met them."""
        for order in orders:
            if not order.live and order.rule in _RULES and order.returns < MOST_RETURNS:
                self._orders[order.hash] = order
                self.undecided.add(order.hash)
        while len(self._orders) > _MOST_KEPT:
            oldest, _ = self._orders.popitem(last=False)
            self.undecided.discard(oldest)

    def require(
        self, order: BookOrder, lane: LaneState | None, now: int
    ) -> tuple[TimeInForce, int]:
        """By which rule an order comes back, and how often it has then.

        Raises NotReturning, OrderExpired.
        """
        kept = self._orders.get(order.hash)
        if kept is None:
            raise NotReturning(order.hash, "no match took it out of the book")
        if lane is not None and order.nonce <= lane.cancelled:
            raise NotReturning(order.hash, "its maker cancelled it")
        if now >= order.expiry:
            raise OrderExpired(order.expiry, now)
        return kept.rule, kept.returns + 1

    def forget(self, order: bytes) -> None:
        """It is in the book again, or in another match."""
        self._orders.pop(order, None)
        self.undecided.discard(order)
