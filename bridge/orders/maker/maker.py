"""A maker's pass over its series: what it wants to quote, against what rests at the relay."""

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bridge.orders.book.mark import MarkSource
from bridge.orders.client.client import RelayRefused
from bridge.orders.client.trader import Trader
from bridge.orders.funds.series_terms import SeriesDetail
from bridge.orders.maker.ladder import LadderQuote, make_ladder
from bridge.orders.maker.quotes import (
    LaneQuote,
    LaneState,
    book_quotes,
    call_quotes,
    is_current,
    resting_lanes,
)
from bridge.orders.maker.settings import Centre, MakerSettings
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.chain.block import BlockStamp
from pargrade.chain.errors import ContractError
from pargrade.deployment.series import ListedSeries
from pargrade.deployment.series_state import spot_index_of
from pargrade.deployment.session import Session

_log = logging.getLogger("bridge.orders")


@dataclass(slots=True)
class SeriesQuotes:
    """What a pass came to in one series."""

    name: str
    centre: int = 0
    """USD per SCU with 8 decimals; 0 where there is none and nothing is quoted."""
    inventory: int = 0
    """LONG less SHORT, lots."""
    ladder: tuple[LadderQuote, ...] = ()
    placed: int = 0
    cancelled: int = 0
    refused: list[str] = field(default_factory=list)
    """What the relay did not take, by the reason's name."""

    def to_json(self) -> dict[str, Any]:
        """For machines: prices and lots as decimal text."""
        return {
            "series": self.name,
            "centre": str(self.centre),
            "inventory": str(self.inventory),
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
        """What would be quoted now. Nothing is sent. Raises ChainError, RelayDown."""
        found = SeriesQuotes(series.name)
        found.inventory = self._inventory(series)
        if series.block.timestamp < series.view.terms.expiry:
            found.centre = self._centre(series)
        listing = _detail(series).listing
        found.ladder = make_ladder(found.centre, found.inventory, self._settings.terms, listing)
        return found

    def requote(self, series: ListedSeries) -> SeriesQuotes:
        """Brings the relay to what is wanted: cancels first, then places. Raises ChainError,
        RelayDown, RelayRefused.
        """
        found = self.plan(series)
        wanted = book_quotes(series.number, found.ladder)
        if self._settings.call:
            step = _detail(series).listing.price_step
            wanted += call_quotes(series.number, found.ladder, step)
        now = series.block.timestamp
        resting = self._resting(series)
        current = {
            quote.lane
            for quote in wanted
            if quote.lane in resting
            and is_current(quote, resting[quote.lane], now + self._settings.lifetime // 2)
        }
        gone = {lane: state for lane, state in resting.items() if lane not in current}
        found.cancelled = self._cancel(gone, now)
        self._place(series, [quote for quote in wanted if quote.lane not in current], found)
        return found

    def withdraw(self, series: ListedSeries) -> int:
        """Takes all quotes of a series away. Returns how many. Raises RelayDown, RelayRefused."""
        return self._cancel(self._resting(series), series.block.timestamp)

    def _resting(self, series: ListedSeries) -> dict[int, LaneState]:
        orders = self._trader.relay.resting(self._trader.key.address)
        return resting_lanes(orders, series.number)

    def _cancel(self, lanes: dict[int, LaneState], now: int) -> int:
        deadline = now + self._settings.lifetime
        return sum(
            len(self._trader.cancel_lane(lane, state.nonce, deadline))
            for lane, state in lanes.items()
        )

    def _place(
        self, series: ListedSeries, quotes: Iterable[LaneQuote], found: SeriesQuotes
    ) -> None:
        epoch, offers = self._trader.epoch(), []
        nonce = time.time_ns() // 1_000  # Later than any of an earlier life.
        expiry = min(series.block.timestamp + self._settings.lifetime, series.view.terms.expiry)
        for quote in quotes:
            for price in quote.prices:
                order = self._trader.order(
                    series.number,
                    quote.side,
                    price,
                    quote.lots,
                    expiry,
                    lane=quote.lane,
                    nonce=nonce,
                    epoch=epoch,
                )
                offers.append(self._trader.sign(order, quote.rule))
        for result in self._trader.place_signed(offers):
            if isinstance(result, RelayRefused):
                found.refused.append(result.title)
                _log.warning("%s: an order is not taken: %s", series.name, result)
            else:
                found.placed += 1

    def _centre(self, series: ListedSeries) -> int:
        if self._settings.around is Centre.MARK:
            calls = self._trader.relay.calls(series.number, 1)
            if calls and calls[0].source is MarkSource.CALL:
                return calls[0].mark
        try:
            return int(self._index.fresh(series.view.terms.index, block=series.block).value)
        except ContractError:
            return 0

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
