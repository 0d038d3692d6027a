"""What the chain has of lanes, as entries of the log."""

from collections.abc import Iterable

from bridge.orders.book.book import Book
from bridge.orders.book.entry import LaneKey
from bridge.orders.event.event import Event
from bridge.orders.event.fact import LaneObserved
from bridge.orders.funds.chain_state import MarketState


def observe_lanes(state: MarketState, book: Book, keys: Iterable[LaneKey]) -> list[Event]:
    """What the chain has of lanes, where the book has something else. Raises ChainError."""
    events = list[Event]()
    for key, (nonce, filled) in state.lanes(keys).items():
        known = book.lanes.state(key)
        same = known and (known.nonce, known.settled) == (nonce, filled)
        behind = known and nonce < known.nonce
        if not same and not behind and (nonce or filled):
            events.append(LaneObserved(*key, nonce, filled, state.block.number))
    return events
