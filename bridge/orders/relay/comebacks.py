"""What takes again: orders no match filled, or that index or room has freed, rolls that wait.

Each comes back by an entry of its own, with what its maker can pay for in the state of now.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from bridge.orders.book.entry import BookOrder
from bridge.orders.event.event import Event, OrderPlaced, OrderReturned, unpack_event
from bridge.orders.event.index import IndexObserved
from bridge.orders.event.rolls import RollPlaced, RollReturned
from bridge.orders.funds.chain_state import MarketState
from bridge.orders.funds.room import Room
from bridge.orders.log.sequencer import AcceptedEvent, Sequencer
from bridge.orders.log.store import LogStore
from bridge.orders.relay.admission import Admission
from bridge.orders.relay.observation import lane_events
from bridge.orders.signed.order import SignedOrder, SignedRoll
from bridge.orders.signed.refusals import NoFunds, NoRoomToOpen

_AT_A_TIME: Final = 200
"""Orders that are brought back while the book is held."""


class Comebacks:
    """Safe to share between threads."""

    def __init__(
        self,
        state: MarketState,
        sequencer: Sequencer,
        admission: Admission,
        store: LogStore,
        is_behind: Callable[[], bool],
    ) -> None:
        """`is_behind`, with the book held, says whether lanes must not be observed yet."""
        self._state = state
        self._sequencer = sequencer
        self._admission = admission
        self._store = store
        self._is_behind = is_behind
        self._too_small: dict[bytes, Room] = {}
        """Of orders that no match filled and no room was left for: the room there was."""

    def return_unfilled(self) -> list[AcceptedEvent]:
        """Brings orders back that matches took out of the book and the chain did not fill.

        Not those of who signs no more or cannot pay. That a match went on without an order proves
        nothing against it; how often each comes back is bounded. Some of many, and those that
        their series has no room for, are looked at again the next time.
        """
        book = self._sequencer.book
        with self._admission.lock:
            undecided = book.returns.undecided
            asked = [each for each in book.returns if each.hash in undecided] if undecided else []
        if not asked:
            return []
        # Somebody else may have filled them meanwhile, past the relay.
        self._state.read_lanes([each.key for each in asked])
        for number in {each.series for each in asked}:
            self._state.room(number)
        with self._admission.lock:
            lanes = self._state.known_lanes([each.key for each in asked])
            fresh = [each for each in asked if each.key in lanes and each.hash in undecided]
            if not fresh or self._is_behind():
                return []
            seen = lane_events(book, lanes, self._state.block.number)
            taken = self._sequencer.take(seen)
            left = {each.hash: book.lanes.left(each) for each in fresh}
            book.returns.undecided.difference_update(o for o, lots in left.items() if not lots)
            rooms = {each.hash: self._state.room(each.series) for each in fresh}
            unfilled = [
                o for o, lots in left.items() if lots and self._too_small.get(o) != rooms[o]
            ]
            self._too_small = {o: room for o, room in self._too_small.items() if o in left}
        signed = signed_orders(self._store, unfilled[:_AT_A_TIME])
        # Two questions for each, while the book is free.
        able = {order.hash for order in signed if self.may_fill(order)}
        kept = {each.hash: each for each in fresh}
        with self._admission.lock:
            returned: list[Event] = []
            for order in signed:
                try:
                    ways = self._ways(order, book.lanes.left(kept[order.hash]))
                except NoRoomToOpen:
                    self._too_small[order.hash] = rooms[order.hash]
                    continue
                book.returns.undecided.discard(order.hash)
                if ways and order.hash in able:
                    returned.append(OrderReturned(order, ways, self._state.block.number))
            return taken + self._sequencer.take(returned)

    def return_to_room(self, makers: Iterable[bytes]) -> list[AcceptedEvent]:
        """Brings orders of makers back whose series takes the pairs that they would open.

        The earliest first, some at a time: between them the book is free. Raises ChainError.
        """
        taken: list[AcceptedEvent] = []
        with self._admission.lock:
            looked_at = frozenset(makers)
            waiting = self._sequencer.book.waiting.without_room()
            hashes = [order.hash for order in waiting if order.maker in looked_at]
        for start in range(0, len(hashes), _AT_A_TIME):
            with self._admission.lock:
                events = self._roomy(hashes[start : start + _AT_A_TIME])
                taken += self._sequencer.take(events)
        return taken

    def observe_indexes(self, numbers: Iterable[int]) -> list[AcceptedEvent]:
        """Takes the indexes of series as they are now, and what they free. Raises RpcDown.

        An index and the orders that it frees are written together, so that none can be left out.
        """
        asked = sorted(set(numbers) & self._state.series.keys())
        self._read_for_return(asked)
        with self._admission.lock:
            events: list[Event] = []
            book, block = self._sequencer.book, self._state.block
            for number in asked:
                found = book.series.get(number)
                if found is None or block.timestamp >= found.listing.expiry:
                    continue
                spot = self._state.fresh_index(number)
                if found.index != spot:
                    events.append(IndexObserved(number, spot, block.number))
                    events += self._freed(book.waiting.near(number, spot))
            return self._sequencer.take(events)

    def follow_indexes(self) -> list[AcceptedEvent]:
        """As `observe_indexes`, of every series in which an order asked for it."""
        with self._admission.lock:
            series = self._sequencer.book.series.items()
            asked = [number for number, found in series if found.index is not None]
        return self.observe_indexes(asked)

    def resume_rolls(self) -> list[AcceptedEvent]:
        """Lets rolls that wait take what both books have for them, the earliest first."""
        with self._admission.lock:
            book, taken = self._sequencer.book, list[AcceptedEvent]()
            for near, far in book.waiting.rolls():
                if book.rolls.may_fill(near, far):
                    lots = book.lanes.left(near)
                    for roll in signed_rolls(self._store, [near.hash]):
                        try:
                            near_ways, far_ways = (self._ways(half, lots) for half in roll.halves)
                        except NoRoomToOpen:
                            continue
                        event = RollReturned(roll, near_ways, far_ways, self._state.block.number)
                        taken += self._sequencer.take([event])
            return taken

    def may_fill(self, order: SignedOrder) -> bool:
        """Whether its maker still signs for it, and the tokens let the maker take part."""
        return self._admission.is_signed(order) and self._state.may_pay(order.maker, order.series)

    def _read_for_return(self, numbers: Iterable[int]) -> None:
        """Reads indexes, and makers whose orders they may free, while the book is free."""
        spots = {number: self._state.fresh_index(number) for number in numbers}
        with self._admission.lock:
            book = self._sequencer.book
            freed = [
                (order.maker, number)
                for number, spot in spots.items()
                if number in book.series and book.series[number].index != spot
                for order in book.waiting.near(number, spot)
            ]
        if freed:
            self._state.read_accounts(set(freed))
        for number in {number for _, number in freed}:
            self._state.room(number)

    def _freed(self, orders: Sequence[BookOrder]) -> list[Event]:
        """What cannot be paid for, or has no room, comes back for nothing, and ends by that."""
        number, lanes = self._state.block.number, self._sequencer.book.lanes
        signed = {each.hash: each for each in signed_orders(self._store, [o.hash for o in orders])}
        events: list[Event] = []
        for order in orders:
            try:
                ways = self._ways(signed[order.hash], lanes.left(order))
            except NoRoomToOpen:
                ways = 0
            events.append(OrderReturned(signed[order.hash], ways, number))
        return events

    def _roomy(self, hashes: Sequence[bytes]) -> list[Event]:
        """Of orders that wait for room, those that have it; who cannot pay by now ends."""
        number, book = self._state.block.number, self._sequencer.book
        events: list[Event] = []
        signed = {each.hash: each for each in signed_orders(self._store, hashes)}
        for order in hashes:
            parts = book.waiting.by_hash.get(order)
            if parts is None or not parts[0].no_room:
                continue
            try:
                ways = self._ways(signed[order], book.lanes.left(parts[0]))
            except NoRoomToOpen:
                continue
            events.append(OrderReturned(signed[order], ways, number))
        return events

    def _ways(self, order: SignedOrder, lots: int) -> int:
        """Raises NoRoomToOpen."""
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
