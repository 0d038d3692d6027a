"""The hourly call of each series: orders collected, fixed, cleared, and the mark that follows.

collect    orders of rule CALL come and go until the close
close      one entry of the log fixes them, with the index; nothing else may happen before
clear      price, fills and mark follow from what was fixed; the call's orders end
"""

from typing import Final

from bridge.orders.book.clearing import clear
from bridge.orders.book.entry import BookOrder, Clearing, Ended, OrderEnd
from bridge.orders.book.half import BookHalf
from bridge.orders.book.lanes import Lanes, Tallies
from bridge.orders.book.mark import MARK_DEPTH, Surroundings, mark_of
from bridge.orders.book.matching import lots_of
from bridge.orders.book.out_of_turn import CallFull, CallOutOfTurn, CallPending, TakerInCall
from bridge.orders.book.resting import RestingOrders
from bridge.orders.book.series_book import CallResult, ClosedCall, SeriesBook
from bridge.orders.signed.order import NOBODY
from pargrade.clock import HOUR_S

MOST_IN_CALL: Final = 5_000
"""Orders of one series' call."""

MOST_OF_MAKER: Final = 200
"""Of them, orders of one maker: a price for each cent of two dollars."""


class CallDesk:
    """Calls of all series."""

    __slots__ = ("_lanes", "_pending", "_resting", "_series")

    def __init__(self, series: dict[int, SeriesBook], resting: RestingOrders, lanes: Lanes) -> None:
        self._series = series
        self._resting = resting
        self._lanes = lanes
        self._pending: set[int] = set()

    @property
    def pending(self) -> frozenset[int]:
        """Series whose call is closed and not cleared."""
        return frozenset(self._pending)

    def require_none_pending(self) -> None:
        """Raises CallPending where a call is closed and not cleared."""
        if self._pending:
            raise CallPending(min(self._pending))

    def admit(self, order: BookOrder) -> None:
        """Raises CallFull where the next call has no room for an order, and TakerInCall."""
        if order.taker != NOBODY:
            raise TakerInCall(order.hash)
        waiting = self._resting.in_call
        if waiting[order.series, b""] >= MOST_IN_CALL:
            raise CallFull(MOST_IN_CALL, "in all")
        if waiting[order.series, order.maker] >= MOST_OF_MAKER:
            raise CallFull(MOST_OF_MAKER, "of one maker")

    def close(self, series: int, call: ClosedCall, now: int) -> None:
        """Fixes the orders of a call. Raises CallOutOfTurn.

        A series has one call in each hour of Unix time, and none once it has expired.
        """
        found = self._series.get(series)
        in_turn = (
            found is not None
            and found.closed is None
            and found.last_hour < call.hour == now // HOUR_S
            and now < found.listing.expiry
        )
        if found is None or not in_turn:
            raise CallOutOfTurn(series, call.hour)
        found.closed = call
        self._pending.add(series)

    def clear(self, series: int, hour: int, fee_bps: int) -> tuple[Clearing, CallResult]:
        """What a closed call comes to. Nothing changes. Raises CallOutOfTurn."""
        found = self._series.get(series)
        if found is None or found.closed is None or found.closed.hour != hour:
            raise CallOutOfTurn(series, hour)
        buys, sells = ([*half.walk()] for half in found.call_halves)
        spot = found.closed.index
        clearing = clear(buys, sells, self._lanes, found.listing, fee_bps, found.mark, spot)
        bid, ask = map(self._impact, found.halves)
        around = Surroundings(bid, ask, spot, found.mark)
        mark = mark_of(clearing.price, clearing.lots, around, found.listing.price_step)
        return clearing, CallResult(hour, clearing.price, clearing.lots, mark)

    def finish(self, series: int, result: CallResult) -> list[Ended]:
        """Ends what is left of a call's orders, and keeps its result."""
        found = self._series[series]
        rest = [order for half in found.call_halves for order in half.walk()]
        found.closed = None
        found.calls.append(result)
        self._pending.discard(series)
        return [self._resting.end(order, OrderEnd.CALL_OVER) for order in rest]

    def _impact(self, half: BookHalf) -> int:
        """The worst price that MARK_DEPTH lots reach; 0 where there are fewer."""
        lots, tallies = 0, Tallies()
        for price, orders in half.levels():
            lots += lots_of(orders, self._lanes, tallies)
            if lots >= MARK_DEPTH:
                return price
        return 0
