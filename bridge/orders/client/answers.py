"""What a relay answers, decoded strictly: a relay is a stranger until its words are checked.

Every `from_json` raises BadForm, FieldOverflow or BadReceipt for another form.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from bridge.orders.book.mark import MarkSource
from bridge.orders.event.receipt import OrderReceipt
from bridge.orders.signed.json_form import read_account, read_order, read_roll, read_uint
from bridge.orders.signed.order import Signed
from bridge.orders.signed.refusals import BadForm
from pargrade.bindings.structs import Side
from pargrade.chain.hashing import Address, address_of

MOST_LEVELS: Final = 500
MOST_ROWS: Final = 20_000
"""Orders of one maker, or calls: more than a relay keeps."""
_MOST_DATA: Final = 1 << 19
_MOST_CALLS: Final = 100
_WORD: Final = re.compile(r"[A-Za-z_]{1,40}")
_MOST_FEE_BPS: Final = 20
"""The exchange's own bound: what a relay says beyond it would only widen limits."""
_TIME_BITS: Final = 37
"""Unix seconds of a year that can be shown."""
_UNSIGNED: Final = "0x"


@dataclass(frozen=True, slots=True)
class RelayRules:
    """For whom to sign, and what the relay takes."""

    chain_id: int
    exchange: Address
    matcher: Address
    relay: Address
    """Whose key signs receipts."""
    least_lots: int
    fee_bps: int

    @classmethod
    def from_json(cls, raw: Any) -> Self:
        """From GET /rules, which may say more."""
        found = _object(raw, "rules")
        exchange, matcher, relay = (
            address_of(read_account(found.get(name), name))
            for name in ("exchange", "matcher", "relay")
        )
        fee_bps = read_uint(found.get("fee_bps"), 16, "fee_bps")
        if fee_bps > _MOST_FEE_BPS:
            raise BadForm("fee_bps", f"at most {_MOST_FEE_BPS}")
        return cls(
            chain_id=read_uint(found.get("chain_id"), 64, "chain_id"),
            exchange=exchange,
            matcher=matcher,
            relay=relay,
            least_lots=read_uint(found.get("least_lots"), 64, "least_lots"),
            fee_bps=fee_bps,
        )


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order the relay accepted: now, or when it was sent before."""

    receipt: OrderReceipt
    known: bool
    """Whether it had the order before; then nothing is said of lots here."""
    filled: int
    rests: int
    end: str

    @classmethod
    def from_json(cls, raw: Any) -> Self:
        """From a result of POST /orders that is no refusal."""
        found = _object(raw, "a result")
        receipt = OrderReceipt.from_json(found.get("receipt"))
        if found.get("status") == "known":
            return cls(receipt, True, 0, 0, "")
        if found.get("status") != "accepted":
            raise BadForm("status", "accepted, known or refused")
        filled, rests = (read_uint(found.get(name), 64, name) for name in ("filled", "rests"))
        return cls(receipt, False, filled, rests, _word(found.get("end"), "end"))


@dataclass(frozen=True, slots=True)
class BookDepth:
    """Prices, USD per SCU with 8 decimals, and lots, the best first."""

    sequence: int
    bids: tuple[tuple[int, int], ...]
    asks: tuple[tuple[int, int], ...]

    @classmethod
    def from_json(cls, raw: Any) -> Self:
        """From GET /book."""
        found = _object(raw, "a book")
        sequence = read_uint(found.get("sequence"), 64, "sequence")
        bids, asks = (_levels(found.get(side), side) for side in ("bids", "asks"))
        return cls(sequence, bids, asks)


@dataclass(frozen=True, slots=True)
class RestingOrder:
    """An order that rests or waits at a relay; of a roll, one half."""

    order: bytes
    """Its hash; a roll's for both halves."""
    state: str
    """`resting`, `in_call`, `no_room`, `off_index` or `waiting`."""
    sequence: int
    series: int
    side: Side
    price: int
    rests: int
    """Lots."""
    lane: int
    nonce: int
    expiry: int

    def to_json(self) -> dict[str, Any]:
        """As the relay gives it."""
        return {
            "order": "0x" + self.order.hex(),
            "state": self.state,
            "sequence": self.sequence,
            "series": str(self.series),
            "side": int(self.side),
            "price": str(self.price),
            "rests": str(self.rests),
            "lane": str(self.lane),
            "nonce": str(self.nonce),
            "expiry": self.expiry,
        }

    @classmethod
    def from_json(cls, raw: Any) -> Self:
        """From a row of GET /makers."""
        found = _object(raw, "an order")
        bits = {"sequence": 64, "series": 256, "price": 64, "rests": 64, "lane": 64, "nonce": 64}
        bits |= {"expiry": _TIME_BITS, "side": 1}
        numbers = {name: read_uint(found.get(name), most, name) for name, most in bits.items()}
        fields: dict[str, Any] = {**numbers, "side": Side(numbers["side"])}
        state = _word(found.get("state"), "state")
        return cls(order=read_hash(found.get("order"), "order"), state=state, **fields)


@dataclass(frozen=True, slots=True)
class HeldCall:
    """An hourly call, or the settlement mark of a day. Prices are 0 for none."""

    time: int
    """Unix seconds."""
    price: int
    lots: int
    mark: int
    source: MarkSource

    def to_json(self) -> dict[str, Any]:
        """As the relay gives it."""
        return {
            "time": self.time,
            "price": str(self.price) if self.price else None,
            "lots": str(self.lots),
            "mark": str(self.mark) if self.mark else None,
            "source": self.source.name,
        }

    @classmethod
    def from_json(cls, raw: Any) -> Self:
        """From a row of GET /calls or /marks."""
        found = _object(raw, "a call")
        source = found.get("source")
        if not isinstance(source, str) or source not in MarkSource.__members__:
            raise BadForm("source", "where a mark comes from")
        price, mark = (
            0 if found.get(name) is None else read_uint(found[name], 64, name)
            for name in ("price", "mark")
        )
        time = read_uint(found.get("time"), _TIME_BITS, "time")
        lots = read_uint(found.get("lots"), 64, "lots")
        return cls(time, price, lots, mark, MarkSource[source])


@dataclass(frozen=True, slots=True)
class OrderState:
    """Where an order stands."""

    order: bytes
    state: str
    rests: int
    signed: Signed
    """What its maker signed, without the signature. The relay says so: compare its hash."""
    receipt: OrderReceipt

    @classmethod
    def from_json(cls, raw: Any) -> Self:
        """From GET /orders."""
        found = _object(raw, "an order")
        signed = found.get("signed")
        is_roll = isinstance(signed, Mapping) and "near" in signed
        read = read_roll if is_roll else read_order
        return cls(
            order=read_hash(found.get("order"), "order"),
            state=_word(found.get("state"), "state"),
            rests=read_uint(found.get("rests"), 64, "rests"),
            signed=read(signed, _UNSIGNED, "signed"),
            receipt=OrderReceipt.from_json(found.get("receipt")),
        )


@dataclass(frozen=True, slots=True)
class MatchCall:
    """The transaction of a match as the relay gives it: see that `to` is your exchange."""

    to: Address
    data: bytes
    more: tuple[bytes, ...]
    """What to send after it, where one transaction does not hold the match."""
    chain_id: int

    @classmethod
    def from_json(cls, raw: Any) -> Self:
        """From GET /matches."""
        found = _object(raw, "a match")
        first, *more = (
            _calldata(each)
            for each in (found.get("data"), *read_rows(found.get("more", []), "more", _MOST_CALLS))
        )
        to = address_of(read_account(found.get("to"), "to"))
        return cls(to, first, tuple(more), read_uint(found.get("chain_id"), 64, "chain_id"))


def read_hash(value: Any, place: str) -> bytes:
    """32 bytes in hexadecimal, 0x first. Raises BadForm."""
    if not isinstance(value, str) or not re.fullmatch(r"0x[0-9a-fA-F]{64}", value):
        raise BadForm(place, "0x and 64 hexadecimal digits")
    return bytes.fromhex(value[2:])


def read_rows(raw: Any, place: str, most: int = MOST_ROWS) -> list[Any]:
    """A list that is not too long. Raises BadForm."""
    if not isinstance(raw, list) or len(raw) > most:
        raise BadForm(place, f"a list of at most {most}")
    return raw


def _calldata(raw: Any) -> bytes:
    if isinstance(raw, str) and raw[:2] == "0x" and len(raw) <= 2 + 2 * _MOST_DATA:
        try:
            return bytes.fromhex(raw[2:])
        except ValueError:
            pass
    raise BadForm("data", "calldata in hexadecimal")


def _object(raw: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(raw, dict):
        raise BadForm(place, "an object")
    return raw


def _word(value: Any, place: str) -> str:
    if not isinstance(value, str) or not _WORD.fullmatch(value):
        raise BadForm(place, "a word")
    return value


def _levels(raw: Any, side: str) -> tuple[tuple[int, int], ...]:
    found = []
    for level in read_rows(raw, side, MOST_LEVELS):
        if not isinstance(level, list) or len(level) != 2:
            raise BadForm(side, "a list of price and lots")
        price, lots = (read_uint(each, 64, side) for each in level)
        found.append((price, lots))
    return tuple(found)
