"""What takes again: orders that no match filled, that the index has freed, and rolls that wait.

Each comes back by an entry of its own, with what its maker can pay for in the state of now.
"""

from collections.abc import Iterable, Sequence

from bridge.orders.book.entry import BookOrder
from bridge.orders.event.event import Event, OrderPlaced, OrderReturned, unpack_event
from bridge.orders.event.index import IndexObserved
from bridge.orders.event.rolls import RollPlaced, RollReturned
from bridge.orders.funds.chain_state import MarketState
from bridge.orders.log.sequencer import AcceptedEvent, Sequencer
from bridge.orders.log.store import LogStore
from bridge.orders.relay.admission import Admission
from bridge.orders.signed.order import SignedOrder, SignedRoll
from bridge.orders.signed.refusals import NoFunds


class Comebacks:
    """Safe to share between threads."""

    def __init__(
        self, state: MarketState, sequencer: Sequencer, admission: Admission, store: LogStore
    ) -> None:
        self._state = state
        self._sequencer = sequencer
        self._admission = admission
        self._store = store

    def return_unfilled(self) -> list[AcceptedEvent]:
        """Brings orders back that matches took out of the book and the chain did not fill.

        Not those of who signs no more or cannot pay. That a match went on without an order proves
        nothing against it; how often each comes back is bounded.
        """
        with self._admission.lock:
            book, number = self._sequencer.book, self._state.block.number
            if not book.returns.undecided:
                return []
            fresh = [each for each in book.returns if each.hash in book.returns.undecided]
            left = {each.hash: book.lanes.left(each) for each in fresh}
            unfilled = [order for order, lots in left.items() if lots]
            returned: list[Event] = [
                OrderReturned(order, ways, number)
                for order in signed_orders(self._store, unfilled)
                if self.may_fill(order) and (ways := self._ways(order, left[order.hash]))
            ]
            taken = self._sequencer.take(returned)
            book.returns.undecided.difference_update(left)
            return taken

    def observe_indexes(self, numbers: Iterable[int]) -> list[AcceptedEvent]:
        """Takes the indexes of series as they are now, and what they free. Raises RpcDown.

        An index and the orders that it frees are written together, so that none can be left out.
        """
        with self._admission.lock:
            events: list[Event] = []
            book, block = self._sequencer.book, self._state.block
            for number in sorted(set(numbers) & book.series.keys() & self._state.series.keys()):
                found = book.series[number]
                if block.timestamp >= found.listing.expiry:
                    continue
                spot = self._state.fresh_index(number)
                if found.index != spot:
                    events.append(IndexObserved(number, spot, block.number))
                    events += self._freed(book.waiting.near(number, spot))
            return self._sequencer.take(events)

    def follow_indexes(self) -> list[AcceptedEvent]:
        """As `observe_indexes`, of every series in which an order asked for it."""
        series = self._sequencer.book.series.items()
        return self.observe_indexes([number for number, found in series if found.index is not None])

    def resume_rolls(self) -> list[AcceptedEvent]:
        """Lets rolls that wait take what both books have for them, the earliest first."""
        with self._admission.lock:
            book, taken = self._sequencer.book, list[AcceptedEvent]()
            for near, far in book.waiting.rolls():
                if book.rolls.may_fill(near, far):
                    lots = book.lanes.left(near)
                    for roll in signed_rolls(self._store, [near.hash]):
                        near_ways, far_ways = (self._ways(half, lots) for half in roll.halves)
                        event = RollReturned(roll, near_ways, far_ways, self._state.block.number)
                        taken += self._sequencer.take([event])
            return taken

    def may_fill(self, order: SignedOrder) -> bool:
        """Whether its maker still signs for it, and the tokens let the maker take part."""
        return self._admission.is_signed(order) and self._state.may_pay(order.maker, order.series)

    def _freed(self, orders: Sequence[BookOrder]) -> list[Event]:
        """What cannot be paid for comes back for nothing, and ends by that."""
        number, lanes = self._state.block.number, self._sequencer.book.lanes
        signed = {each.hash: each for each in signed_orders(self._store, [o.hash for o in orders])}
        return [
            OrderReturned(
                signed[order.hash], self._ways(signed[order.hash], lanes.left(order)), number
            )
            for order in orders
        ]

    def _ways(self, order: SignedOrder, lots: int) -> int:
        try:
            return self._admission.funded_ways(order, lots)
        except NoFunds:
            return 0


def signed_orders(store: LogStore, hashes: Iterable[bytes]) -> list[SignedOrder]:
    """What was signed for orders, from the log: rolls are not among them."""
    events = (unpack_event(entry.body) for entry in store.find(hashes).values())
    return [event.order for event in events if isinstance(event, OrderPlaced)]


def signed_rolls(store: LogStore, hashes: Iterable[bytes]) -> list[SignedRoll]:
    """What was signed for rolls, from the log."""
    events = (unpack_event(entry.body) for entry in store.find(hashes).values())
    return [event.roll for event in events if isinstance(event, RollPlaced)]
