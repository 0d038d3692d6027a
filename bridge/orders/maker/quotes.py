"""What a maker wants to have at a relay: a lane for each rung, and for its part in a call. Pure.

Every rung has a lane of its own. A new order of the lane has a later nonce and takes the place of
the old one, on the chain too once it is filled. Lanes differ by epoch: each life of a maker has an
epoch of its own, and begins its nonces anew in it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

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


def lane_of(series: int, epoch: int, side: Side, place: str) -> int:
    """A lane by what it is for."""
    words = series.to_bytes(32) + epoch.to_bytes(8) + bytes((side,)) + place.encode()
    return int.from_bytes(keccak(b"maker" + words)[:8])


def wanted_quotes(
    series: int, epoch: int, ladder: Sequence[LadderQuote], call_step: int
) -> list[LaneQuote]:
    """A lane for each rung, those first that matter most: of each side the first rung, then the
    same in the next call, then the others.

    In a call the maker sells at the first ask and `call_step` after `call_step` above it, and buys
    up to the first bid; 0 for no part in it.
    """
    found = list[LaneQuote]()
    for side in (Side.BUY, Side.SELL):
        for level, rung in enumerate(rung for rung in ladder if rung.side is side):
            lane = lane_of(series, epoch, side, str(level))
            found.append(LaneQuote(lane, side, (rung.price,), rung.lots, "GTC"))
            if level == 0 and call_step:
                lane = lane_of(series, epoch, side, "call")
                prices = tuple(_call_prices(rung, call_step))
                found.append(LaneQuote(lane, side, prices, rung.lots, "CALL"))
    return found


def _call_prices(rung: LadderQuote, step: int) -> Iterator[int]:
    steps = 1 if rung.side is Side.BUY else CALL_STEPS
    return (rung.price + number * step for number in range(steps))
