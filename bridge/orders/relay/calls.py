"""The hourly calls of a relay: due ones closed in the log, then cleared over what was closed.

The entry that closes a call is on disk, and its head is what the clearing names, before the price
is computed: a relay that has seen the price can no longer choose what went into it.
"""

from collections.abc import Callable

from bridge.orders.event.event import Event
from bridge.orders.event.fact import CallCleared, CallClosed
from bridge.orders.funds.chain_state import MarketState
from bridge.orders.log.sequencer import MICROS, AcceptedEvent, Sequencer
from pargrade.clock import HOUR_S


class HourlyCalls:
    """Whoever holds the book's lock calls it."""

    def __init__(self, state: MarketState, sequencer: Sequencer, clock: Callable[[], int]) -> None:
        self._state = state
        self._sequencer = sequencer
        self._clock = clock

    def hold(self) -> list[AcceptedEvent]:
        """Holds the call of this hour in every series that has not had it. Raises ChainError.

        Hours in which nobody called this have no call: what was collected waits for the next.
        """
        now = self._clock() // MICROS
        hour, block = now // HOUR_S, self._state.block.number
        due: list[Event] = []
        for number, found in self._sequencer.book.series.items():
            known = number in self._state.series
            if known and found.last_hour < hour and now < found.listing.expiry:
                due.append(CallClosed(number, hour, self._state.fresh_index(number), block))
        if not due:
            return []
        closed = self._sequencer.take(due)
        return closed + self.clear_closed()

    def clear_closed(self) -> list[AcceptedEvent]:
        """Clears every call that is closed, over the log as the last close left it."""
        book, sealed = self._sequencer.book, self._sequencer.sealed
        cleared: list[Event] = []
        for number in sorted(book.calls.pending):
            closed = book.series[number].closed
            assert closed is not None
            cleared.append(CallCleared(number, closed.hour, sealed))
        return self._sequencer.take(cleared) if cleared else []
