"""What a maker wants to have at a relay, and what of it is there. Pure.

Every rung has a lane of its own, the same in every life of the maker: a new order of the lane with
a later nonce takes the place of the old one, on the chain too once it is filled.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.orders.client.answers import RestingOrder
from bridge.orders.maker.ladder import LadderQuote
from pargrade.bindings.structs import Side
from pargrade.chain.hashing import keccak

CALL_STEPS: Final = 20
"""Prices, from the first ask up, that a maker signs to sell for in a call."""


@dataclass(frozen=True, slots=True)
class LaneQuote:
    """What one lane offers: one price, or alternatives of a call."""

    lane: int
    side: Side
    prices: tuple[int, ...]
    lots: int
    rule: str


@dataclass(frozen=True, slots=True)
class LaneState:
    """What rests of a lane."""

    nonce: int
    prices: tuple[int, ...]
    lots: int
    """The least that any of its orders has left."""
    expiry: int
    """The first of its orders'."""


def lane_of(series: int, side: Side, place: str) -> int:
    """A lane by what it is for."""
    return int.from_bytes(
        keccak(b"maker" + series.to_bytes(32) + bytes((side,)) + place.encode())[:8]
    )


def book_quotes(series: int, ladder: Sequence[LadderQuote]) -> list[LaneQuote]:
    """A lane for each rung."""
    found, counts = list[LaneQuote](), {Side.BUY: 0, Side.SELL: 0}
    for rung in ladder:
        lane = lane_of(series, rung.side, str(counts[rung.side]))
        counts[rung.side] += 1
        found.append(LaneQuote(lane, rung.side, (rung.price,), rung.lots, "GTC"))
    return found


def call_quotes(series: int, ladder: Sequence[LadderQuote], step: int) -> list[LaneQuote]:
    """The first bid and the first ask again, for the next call: any price from there on."""
    found = list[LaneQuote]()
    for side in (Side.BUY, Side.SELL):
        first = next((rung for rung in ladder if rung.side is side), None)
        if first is not None:
            steps = 1 if side is Side.BUY else CALL_STEPS
            prices = tuple(first.price + n * step for n in range(steps))
            lane = lane_of(series, side, "call")
            found.append(LaneQuote(lane, side, prices, first.lots, "CALL"))
    return found


def resting_lanes(orders: Iterable[RestingOrder], series: int) -> dict[int, LaneState]:
    """What a maker has resting in a series, by lane, from what the relay says."""
    found: dict[int, LaneState] = {}
    for order in orders:
        if order.series != series:
            continue
        lane, price = order.lane, order.price
        fresh = LaneState(order.nonce, (price,), order.rests, order.expiry)
        known = found.get(lane)
        if known is not None and known.nonce == fresh.nonce:
            prices = tuple(sorted((*known.prices, price)))
            lots, expiry = min(known.lots, fresh.lots), min(known.expiry, fresh.expiry)
            fresh = LaneState(known.nonce, prices, lots, expiry)
        elif known is not None and known.nonce > fresh.nonce:
            fresh = known
        found[lane] = fresh
    return found


def is_current(quote: LaneQuote, state: LaneState, renewed_at: int) -> bool:
    """Whether a lane has what is wanted, at least half of its lots, and lives beyond a time."""
    enough = quote.lots <= 2 * state.lots and state.lots <= quote.lots
    return state.prices == quote.prices and enough and state.expiry > renewed_at
