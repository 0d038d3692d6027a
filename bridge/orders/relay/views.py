"""What a relay shows of its books: where orders stand, depth, trades, calls and marks."""

import threading
from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from bridge.orders.book.entry import OrderEnd, Parts
from bridge.orders.book.lanes import CANCELLED
from bridge.orders.book.series_book import CallResult
from bridge.orders.event.entry import Entry
from bridge.orders.event.event import OrderPlaced, unpack_event
from bridge.orders.event.receipt import OrderReceipt
from bridge.orders.event.rolls import RollPlaced
from bridge.orders.log.sequencer import Sequencer
from bridge.orders.log.store import LogStore
from bridge.orders.relay.levels import BookLevels
from bridge.orders.relay.tape import MatchedTrade, Tape
from bridge.orders.signed.listing import Listing
from bridge.orders.signed.order import Signed
from bridge.orders.signed.refusals import ForeignSeries
from pargrade.errors import PargradeError

DAY_HOURS: Final = 24


class NoSuchOrder(PargradeError):
    """An order this relay never accepted."""

    hint = "Ask by the order's hash without the domain, as its receipt has it."

    def __init__(self, order: bytes) -> None:
        self.order = order
        super().__init__(f"no order 0x{order.hex()} was accepted here")


class BookViews:
    """Reads of one relay's books. Its methods may be called from any thread."""

    def __init__(
        self,
        sequencer: Sequencer,
        store: LogStore,
        tape: Tape,
        listings: Mapping[int, Listing],
        levels: BookLevels,
        lock: threading.RLock,
    ) -> None:
        self._sequencer = sequencer
        self._store = store
        self._tape = tape
        self._listings = listings
        self._levels = levels
        self._lock = lock

    def order(self, order: bytes) -> dict[str, Any]:
        """Where an order stands. Raises NoSuchOrder."""
        entry = self._entry_of(order)
        event = unpack_event(entry.body)
        assert isinstance(event, OrderPlaced | RollPlaced)
        receipt = self._sequencer.sign_receipt(order, entry)
        with self._lock:
            book = self._sequencer.book
            resting = book.orders.get(order)
            parts = book.waiting.by_hash.get(order, ()) if resting is None else (resting,)
            left = book.lanes.left(parts[0]) if parts else 0
            state = self._state_of(parts) if parts else self._end_of(event.signed)
        return {
            "order": "0x" + order.hex(),
            "state": state,
            "rests": str(left),
            "signed": event.signed.to_json(),
            "receipt": receipt.to_json(),
        }

    def count_of(self, maker: bytes) -> int:
        """How many orders a maker has here."""
        book = self._sequencer.book
        return book.resting.count_of(maker) + len(book.waiting.by_maker.get(maker, ()))

    def resting_of(self, maker: bytes, first: int, most: int) -> list[dict[str, Any]]:
        """A maker's orders that rest or wait, from a sequence number on, the oldest first.

        `most` of them; a roll is one, and has a row a half.
        """
        with self._lock:
            book = self._sequencer.book
            kept: list[Parts] = [(each,) for each in book.resting.of_maker(maker)]
            kept += book.waiting.of_maker(maker)
            asked = [parts for parts in kept if parts[0].sequence >= first]
            asked.sort(key=lambda parts: parts[0].sequence)
            rows = [(half, parts) for parts in asked[:most] for half in parts]
            return [
                {
                    "order": "0x" + order.hash.hex(),
                    "state": self._state_of(parts),
                    "sequence": order.sequence,
                    "series": str(order.series),
                    "side": order.side,
                    "price": str(order.price),
                    "rests": str(book.lanes.left(order)),
                    "lane": str(order.lane),
                    "nonce": str(order.nonce),
                    "expiry": order.expiry,
                }
                for order, parts in rows
            ]

    def depth(self, series: int, most: int) -> dict[str, Any]:
        """The best levels of both sides. Raises ForeignSeries."""
        with self._lock:
            self._require(series)
            sequence, _ = self._sequencer.head
            bids, asks = (self._levels.best(series, side, most) for side in (0, 1))
        shown = {
            name: [[str(price), str(lots)] for price, lots in levels]
            for name, levels in (("bids", bids), ("asks", asks))
        }
        return {"series": str(series), "sequence": sequence, **shown}

    def trades(self, series: int, most: int) -> list[MatchedTrade]:
        """The newest trades, the newest first. Raises ForeignSeries."""
        self._require(series)
        return self._tape.trades(series, most)

    def calls(self, series: int, most: int) -> list[CallResult]:
        """The newest calls of a series, the newest first. Raises ForeignSeries."""
        with self._lock:
            self._require(series)
            return list(self._sequencer.book.series[series].calls)[-most:][::-1]

    def settlement_marks(self, series: int, most: int) -> list[CallResult]:
        """The first call of each day of UTC, the newest first. Raises ForeignSeries."""
        with self._lock:
            self._require(series)
            calls = self._sequencer.book.series[series].calls
            newest = list(islice(reversed(calls), most * DAY_HOURS + DAY_HOURS))
        # Of a day that is cut off behind, the first call is not there: it is beyond `most`.
        first = {call.hour // DAY_HOURS: call for call in newest}
        return list(first.values())[:most]

    def receipt(self, order: bytes) -> OrderReceipt:
        """The receipt of an accepted order. Raises NoSuchOrder."""
        return self._sequencer.sign_receipt(order, self._entry_of(order))

    def _end_of(self, signed: Signed) -> str:
        """Why an order is in the book no more. What was matched is filled once the chain has it."""
        end, order = self._tape.end_of(signed.hash), signed.halves[0]
        shown = "ended" if end is None else end.name.lower()
        lane = self._sequencer.book.lanes.state((order.maker, order.lane))
        if end not in (OrderEnd.FILLED, None) or lane is None or lane.nonce != order.nonce:
            return shown
        if lane.settled == CANCELLED:
            return "cancelled"
        if lane.settled >= order.lots:
            return "filled"
        if end is None:
            return shown
        return "matched" if lane.pending else "unfilled"

    def _state_of(self, parts: Parts) -> str:
        if parts[0].live:
            return "in_call" if parts[0].in_call else "resting"
        if parts[0].no_room:
            return "no_room"
        return "off_index" if len(parts) == 1 else "waiting"

    def _entry_of(self, order: bytes) -> Entry:
        entry = self._store.find([order]).get(order)
        if entry is None:
            raise NoSuchOrder(order)
        return entry

    def _require(self, series: int) -> None:
        if series not in self._listings:
            raise ForeignSeries(series)
