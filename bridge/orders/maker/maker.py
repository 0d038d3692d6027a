"""A maker's pass over its series: what it wants to quote, against what it signed before."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from bridge.orders.book.mark import MarkSource
from bridge.orders.client.answers import RestingOrder
from bridge.orders.client.client import RelayRefused
from bridge.orders.client.trader import Trader
from bridge.orders.funds.chain_lanes import read_chain_lanes
from bridge.orders.funds.series_terms import SeriesDetail
from bridge.orders.maker.decision import decide, expected_inventory
from bridge.orders.maker.ladder import LadderQuote, full_ladder, within_limits
from bridge.orders.maker.outstanding import Outstanding, SignedQuote
from bridge.orders.maker.quotes import LaneQuote, wanted_quotes
from bridge.orders.maker.settings import Centre, MakerSettings
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.chain.block import BlockStamp
from pargrade.chain.errors import ContractError
from pargrade.deployment.series import ListedSeries
from pargrade.deployment.series_state import spot_index_of
from pargrade.deployment.session import Session
from pargrade.futures.order import Lane

_log = logging.getLogger("bridge.orders")

_MARK_PERCENT: Final = 10
"""As far from the fresh index as any mark is: a relay's word for one goes no farther."""
_RENEWED_PART: Final = 4
"""Orders are signed anew in the last quarter of their lives."""
_MOST_ASKED: Final = 100
"""Orders that are asked for in a pass, of those that left the book."""
_ON_THEIR_WAY: Final = frozenset({"matched", "filled"})
"""States of orders whose lots the chain has or is to have."""


@dataclass(slots=True)
class SeriesQuotes:
    """What a pass came to in one series."""

    name: str
    centre: int = 0
    """USD per SCU with 8 decimals; 0 where there is none and nothing is quoted."""
    inventory: int = 0
    """LONG less SHORT, lots."""
    expected: int = 0
    """The same, once the matches that the relay made are on the chain: what prices follow."""
    ladder: tuple[LadderQuote, ...] = ()
    placed: int = 0
    cancelled: int = 0
    refused: list[str] = field(default_factory=list)
    """What the relay did not take, by the reason's name."""
    ending: dict[int, int] = field(default_factory=dict)
    """Nonces by lane that are to be ended on the chain, for the room they hold."""

    def to_json(self) -> dict[str, Any]:
        """For machines: prices and lots as decimal text."""
        return {
            "series": self.name,
            "centre": str(self.centre),
            "inventory": str(self.inventory),
            "expected": str(self.expected),
            "ladder": [[rung.side.name, str(rung.price), str(rung.lots)] for rung in self.ladder],
            "placed": self.placed,
            "cancelled": self.cancelled,
            "refused": self.refused,
        }


class Maker:
    """One account that quotes. Not shared between threads."""

    def __init__(self, session: Session, trader: Trader, settings: MakerSettings) -> None:
        self._session = session
        self._trader = trader
        self._settings = settings
        self._market = FuturesMarket(session.chain, session.deployment.address("FuturesMarket"))
        self._index = spot_index_of(session)

    def plan(self, series: ListedSeries) -> SeriesQuotes:
        """What would be quoted now by who has nothing signed. Nothing is sent. Raises ChainError,
        RelayDown.
        """
        return self._look(series, Outstanding(0))[0]

    def resting(self) -> list[RestingOrder]:
        """What the relay has of the account. Raises RelayDown, RelayRefused."""
        return self._trader.relay.resting(self._trader.key.address)

    def requote(
        self, series: ListedSeries, outstanding: Outstanding, resting: Iterable[RestingOrder]
    ) -> SeriesQuotes:
        """Brings the relay to what is wanted: cancels first, then places. Raises ChainError,
        RelayDown, RelayRefused.
        """
        outstanding.observe(self._lanes(outstanding, series.block), series.block.timestamp)
        outstanding.note_resting(resting)
        self._ask_for_gone(outstanding)
        found, ladder = self._look(series, outstanding)
        step = _detail(series).listing.price_step if self._settings.call else 0
        lifetime, now = self._settings.lifetime, series.block.timestamp
        decision = decide(
            wanted_quotes(series.number, outstanding.epoch, ladder, step),
            outstanding,
            found.inventory,
            self._settings.terms,
            now + lifetime // _RENEWED_PART,
        )
        found.ending = decision.end
        for each in decision.cancel:
            found.cancelled += self._cancel(each)
        expiry = min(now + lifetime, series.view.terms.expiry)
        signed = [self._sign(series.number, quote, outstanding, expiry) for quote in decision.sign]
        self._place([*decision.again, *signed], found)
        return found

    def withdraw(self, outstanding: Outstanding) -> int:
        """Takes all quotes of a series away. Returns how many. Raises RelayDown, RelayRefused."""
        # A lane's newest nonce ends the earlier ones.
        newest = [quotes[-1] for quotes in outstanding.signed.values()]
        return sum(
            self._cancel(each)
            for each in newest
            if outstanding.open_of(each) and each.withdrawn < each.quote.lots
        )

    def _look(
        self, series: ListedSeries, outstanding: Outstanding
    ) -> tuple[SeriesQuotes, tuple[LadderQuote, ...]]:
        """What there is to say of a series, and its ladder without limits."""
        terms, found = self._settings.terms, SeriesQuotes(series.name)
        found.inventory = self._inventory(series)
        found.expected = expected_inventory(found.inventory, outstanding)
        if series.block.timestamp < series.view.terms.expiry:
            found.centre = self._centre(series)
        listing = _detail(series).listing
        ladder = full_ladder(found.centre, found.expected, terms, listing)
        found.ladder = within_limits(ladder, found.expected, terms)
        return found, ladder

    def _lanes(self, outstanding: Outstanding, block: BlockStamp) -> dict[int, Lane]:
        exchange, maker = self._trader.exchange, bytes.fromhex(self._trader.key.address[2:])
        keys = [(maker, lane) for lane in outstanding.signed]
        found = read_chain_lanes(self._session.chain, exchange, keys, block)
        return {lane: Lane(*state) for (_, lane), state in found.items()}

    def _ask_for_gone(self, outstanding: Outstanding) -> None:
        """Of what the relay lists no more: whether it is matched, or over, as after a call."""
        gone = (each for each in outstanding if not each.rests and outstanding.left_of(each))
        for each in islice(gone, _MOST_ASKED):
            states = map(self._state_of, sorted(each.hashes))
            found = next((r for state, r in states if r or state in _ON_THEIR_WAY), None)
            if found is None:
                each.withdrawn = each.quote.lots
            else:
                each.rests = min(found, outstanding.open_of(each))

    def _state_of(self, order: bytes) -> tuple[str, int]:
        try:
            found = self._trader.relay.order(order)
        except RelayRefused:
            return "unknown", 0
        return found.state, found.rests

    def _cancel(self, each: SignedQuote) -> int:
        """No nonce but one that was signed here: a relay that names others gets nothing signed."""
        ended = self._trader.cancel_lane(each.quote.lane, each.nonce, each.expiry)
        if not each.is_accepted:
            each.withdrawn = each.quote.lots
        elif each.hashes & set(ended):
            each.withdrawn += each.rests
        each.rests = 0
        return len(each.hashes & set(ended))

    def _sign(
        self, series: int, quote: LaneQuote, outstanding: Outstanding, expiry: int
    ) -> SignedQuote:
        """Signs a quote, and counts it before anybody can have it."""
        nonce = outstanding.next_nonce()
        offers = tuple(
            self._trader.sign(
                self._trader.order(
                    series,
                    quote.side,
                    price,
                    quote.lots,
                    expiry,
                    lane=quote.lane,
                    nonce=nonce,
                    epoch=outstanding.epoch,
                ),
                quote.rule,
            )
            for price in quote.prices
        )
        hashes = frozenset(offer.signed.hash for offer in offers)
        signed = SignedQuote(quote, nonce, expiry, offers, hashes)
        outstanding.add(signed)
        return signed

    def _place(self, quotes: list[SignedQuote], found: SeriesQuotes) -> None:
        offers = [(each, offer) for each in quotes for offer in each.offers]
        results = self._trader.place_signed([offer for _, offer in offers])
        for (each, _), result in zip(offers, results, strict=True):
            if isinstance(result, RelayRefused):
                found.refused.append(result.title)
                _log.warning("%s: an order is not taken: %s", found.name, result)
            else:
                each.is_accepted, each.rests = True, min(result.rests, each.quote.lots)
                found.placed += 1

    def _centre(self, series: ListedSeries) -> int:
        """The index, or a mark; none without a fresh index, against which a mark is held."""
        try:
            index = int(self._index.fresh(series.view.terms.index, block=series.block).value)
        except ContractError:
            return 0
        if self._settings.around is Centre.MARK:
            calls = self._trader.relay.calls(series.number, 1)
            if calls and calls[0].source is MarkSource.CALL:
                most = index * _MARK_PERCENT // 100
                return max(index - most, min(calls[0].mark, index + most))
        return index

    def _inventory(self, series: ListedSeries) -> int:
        owner, block = self._trader.key.address, series.block
        held = [
            self._market.balance_of(owner, series.number + side, block=block)
            for side in series.sides
        ]
        return held[0] - sum(held[1:])


def read_traded(session: Session, names: Iterable[str], head: BlockStamp) -> list[ListedSeries]:
    """Series by name, or all of the deployment, that have not expired. Raises ChainError."""
    wanted = tuple(names) or tuple(session.deployment.series)
    found = [ListedSeries.read(session, name, head) for name in wanted]
    return [series for series in found if head.timestamp < series.view.terms.expiry]


def _detail(series: ListedSeries) -> SeriesDetail:
    return SeriesDetail.of_view(series.number, series.view, series.quote.decimals)
