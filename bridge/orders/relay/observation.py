"""What the chain has of lanes, as entries of the log."""

from collections.abc import Mapping

from bridge.orders.book.book import Book
from bridge.orders.book.entry import LaneKey
from bridge.orders.event.event import Event
from bridge.orders.event.fact import LaneObserved
from bridge.orders.funds.chain_lanes import ChainLane


def lane_events(book: Book, lanes: Mapping[LaneKey, ChainLane], block: int) -> list[Event]:
    """Lanes of which the chain has at a block something else than the book."""
    events = list[Event]()
    for key, (nonce, filled) in lanes.items():
        known = book.lanes.state(key)
        same = known and (known.nonce, known.settled) == (nonce, filled)
        behind = known and nonce < known.nonce
        if not same and not behind and (nonce or filled):
            events.append(LaneObserved(*key, nonce, filled, block))
    return events
