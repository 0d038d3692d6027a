"""What a maker signed in a series and anybody could still fill, whatever a relay says. Pure.

    open         lots of an order that the chain would still fill: not expired, its lane not beyond
                 its nonce, not filled yet. A relay that cancels an order ends it nowhere else
    resting      of these, what the relay has in its book by its own word
    withdrawn    of these, what was taken away at the relay, or ended there by itself
    left         of these, what the relay took and has no more: matched, and on its way to the chain

A later nonce of a lane ends the earlier ones only once it is filled, so both count in full.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from bridge.orders.client.answers import RestingOrder
from bridge.orders.client.client import SignedOffer
from bridge.orders.maker.quotes import LaneQuote
from pargrade.bindings.structs import Side
from pargrade.futures.order import Lane

_KEPT_S: Final = 900
"""For so long of the chain's time an order that is over is remembered: a re-organisation may bring
it back to life."""


@dataclass(slots=True)
class SignedQuote:
    """A quote as it was signed: one order, or alternatives of one lane and nonce."""

    quote: LaneQuote
    nonce: int
    expiry: int
    offers: tuple[SignedOffer, ...]
    hashes: frozenset[bytes]
    rests: int = 0
    """Lots that the relay had at the last look."""
    is_accepted: bool = False
    """Whether the relay gave a receipt for it. What it refused it has seen all the same."""
    withdrawn: int = 0
    """Lots that the relay, by its own word, matches no more."""
    over_since: int = 0
    """Time of the first block at which the chain would fill nothing of it; 0 for not yet."""

    @property
    def may_rest(self) -> bool:
        """Whether the relay has it in its book, or may have it without a word."""
        return self.rests > 0 or not (self.is_accepted or self.withdrawn)

    def open_lots(self, lane: Lane, now: int) -> int:
        """Lots that the chain could still fill after a block of time `now`."""
        if self.expiry <= now or self.nonce < lane.nonce:
            return 0
        filled = lane.filled if self.nonce == lane.nonce else 0
        return max(self.quote.lots - filled, 0)


@dataclass(slots=True)
class Outstanding:
    """All that was signed in one series under one epoch, as of one block."""

    epoch: int
    signed: dict[int, list[SignedQuote]] = field(default_factory=dict)
    """By lane, nonces rising."""
    now: int = 0
    """Time of the block, Unix seconds."""
    _lanes: Mapping[int, Lane] = field(default_factory=dict)
    _last_nonce: int = 0

    def next_nonce(self) -> int:
        """Later than any before, in whatever lane."""
        self._last_nonce += 1
        return self._last_nonce

    def add(self, found: SignedQuote) -> None:
        """Counts a quote from now on. To be called before anybody else can have it."""
        self.signed.setdefault(found.quote.lane, []).append(found)

    def observe(self, lanes: Mapping[int, Lane], now: int) -> None:
        """Takes what the chain has of all lanes at a block of time `now`, and forgets what has
        been over for long.
        """
        self._lanes, self.now = lanes, now
        for lane, quotes in list(self.signed.items()):
            for each in quotes:
                is_over = not self.open_of(each)
                each.over_since = (each.over_since or now) if is_over else 0
            kept = [e for e in quotes if not e.over_since or now - e.over_since < _KEPT_S]
            if kept:
                self.signed[lane] = kept
            else:
                del self.signed[lane]

    def note_resting(self, orders: Iterable[RestingOrder]) -> None:
        """Takes a relay's word for what it has. Orders that were not signed here count nowhere."""
        rests: dict[bytes, int] = {}
        for order in orders:
            rests[order.order] = min(order.rests, rests.get(order.order, order.rests))
        for each in self:
            known = [rests[order] for order in each.hashes if order in rests]
            each.rests = min(min(known), each.quote.lots) if known else 0
            if known:
                each.is_accepted = True

    def newest(self, lane: int) -> SignedQuote | None:
        """What was signed last for a lane."""
        return self.signed[lane][-1] if lane in self.signed else None

    def open_of(self, each: SignedQuote) -> int:
        """Lots of it that the chain could still fill."""
        return each.open_lots(self._lanes.get(each.quote.lane, Lane()), self.now)

    def open_lots(self, side: Side) -> int:
        """Lots of a side that the chain could still fill in all."""
        return sum(self.open_of(each) for each in self if each.quote.side is side)

    def left_of(self, each: SignedQuote) -> int:
        """Lots of it that a match at the relay took, as far as its word goes."""
        if not each.is_accepted:
            return 0
        return max(self.open_of(each) - each.rests - each.withdrawn, 0)

    def left_lots(self, side: Side) -> int:
        """Lots of a side that matches at the relay took."""
        return sum(self.left_of(each) for each in self if each.quote.side is side)

    def __iter__(self) -> Iterator[SignedQuote]:
        for quotes in self.signed.values():
            yield from quotes
