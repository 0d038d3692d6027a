"""A market as it stands at one moment for one account. Values alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bridge.hedge.plan.policy import MarketSnapshot, PaidMonth
from pargrade.futures.order import Lane


@dataclass(frozen=True, slots=True)
class SeriesNow:
    """One series. Prices are USD per SCU, 8 decimals; 0 where there is none."""

    name: str
    series_id: int
    month: str
    """YYYY-MM that its window lies in."""
    style: str
    low8: int
    """L of a BANDED series."""
    price_step: int
    ask8: int
    """The limit that reaches the cheapest lot, fee included."""
    bid8: int
    """The same of the dearest bid, fee taken off."""
    held_lots: int
    """LONG lots of the account."""


@dataclass(frozen=True, slots=True)
class MarketNow:
    """What orders are judged by."""

    chain_id: int
    account: str
    instant: int
    """Unix seconds."""
    index8: int
    epoch: int
    """The account's on the exchange."""
    series: Mapping[int, SeriesNow]
    """By id."""
    lanes: Mapping[int, Lane]
    """Of the account, as far as they were asked for."""

    def snapshot(
        self, places: Mapping[int, tuple[int, int]], prices: tuple[PaidMonth, ...]
    ) -> MarketSnapshot:
        """As a plan takes it; `places` are nonce and filled lots of each series' lane."""
        return MarketSnapshot.model_validate(
            {
                "observed_at": iso_time(self.instant),
                "index_usd": _usd(self.index8),
                "account": self.account,
                "prices": [each.model_dump() for each in prices],
                "offers": [_offer(each, places[each.series_id]) for each in self.series.values()],
            }
        )


def _offer(series: SeriesNow, place: tuple[int, int]) -> dict[str, object]:
    return {
        "name": series.name,
        "month": series.month,
        "style": series.style,
        "price_usd": _usd(series.ask8) if series.ask8 else None,
        "low_usd": _usd(series.low8),
        "held_lots": series.held_lots,
        "series_id": str(series.series_id),
        "lane_nonce": place[0],
        "lane_filled": place[1],
    }


def _usd(price8: int) -> str:
    return f"{price8 // 10**8}.{price8 % 10**8:08d}"


def iso_time(instant: int) -> str:
    """An instant, unix seconds, as documents have it."""
    return f"{datetime.fromtimestamp(instant, UTC):%Y-%m-%dT%H:%M:%SZ}"
