"""What a trade would cost and pay, before anything is signed. Pure.

Amounts are for all lots together: quote in base units of the quote token, units in wei.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from bridge.orders.funds.series_terms import SeriesDetail
from pargrade.bindings.structs import Leg, Side
from pargrade.futures.payoff import Band, LotPayoff, Style, banded_payoff, payoff
from pargrade.units import LOT, Price

_BPS: Final = 10_000
_MOVES: Final = (-30, 0, 30)
"""Percent of K at which a quote says what each side gets."""


@dataclass(frozen=True, slots=True)
class PayoffCase:
    """What the two sides of a position are paid at a settlement price."""

    settlement: int
    """S: USD per SCU, 8 decimals."""
    long_quote: int
    long_units: int
    short_quote: int
    short_units: int

    def to_json(self) -> dict[str, str]:
        """Decimal text."""
        return {
            "settlement": str(self.settlement),
            "long_quote": str(self.long_quote),
            "long_units": str(self.long_units),
            "short_quote": str(self.short_quote),
            "short_units": str(self.short_units),
        }


@dataclass(frozen=True, slots=True)
class TradeQuote:
    """A trade as the book and the terms have it now, opening a position."""

    side: Side
    lots: int
    now: int
    """Lots the book would fill at once."""
    average: int
    """Price of those, rounded against the taker; 0 for none."""
    worst: int
    limit: int
    """What to sign at: the price given, else the worst with the fee, on the tick."""
    quote_tied: int
    """Quote that leaves the account: lock and premium, of all lots at the limit."""
    units_tied: int
    fee: int
    """Of the lots filled at once, rounded up."""
    index: int
    """The fresh index, USD per SCU with 8 decimals; 0 for none."""
    scenarios: tuple[PayoffCase, ...]

    @property
    def basis(self) -> int | None:
        """What an SCU costs here above the index, fee apart: by the average of what is filled at
        once, else by the limit. None without a fresh index, or without a price.
        """
        price = self.average or self.limit
        return price - self.index if price and self.index else None

    @property
    def basis_percent(self) -> str | None:
        """The basis in per cent of the index, with two decimals, half of the last to even."""
        if self.basis is None:
            return None
        return f"{Decimal(100 * self.basis) / self.index:+.2f}"

    def to_json(self) -> dict[str, Any]:
        """Decimal text for amounts."""
        return {
            "side": self.side.name,
            "lots": str(self.lots),
            "fills_now": str(self.now),
            "average_price": str(self.average),
            "worst_price": str(self.worst),
            "limit_price": str(self.limit),
            "quote_tied_up": str(self.quote_tied),
            "units_tied_up": str(self.units_tied),
            "fee": str(self.fee),
            "index": str(self.index) if self.index else None,
            "basis": None if self.basis is None else str(self.basis),
            "basis_percent": self.basis_percent,
            "scenarios": [scenario.to_json() for scenario in self.scenarios],
        }


def make_quote(
    terms: SeriesDetail,
    style: Style,
    side: Side,
    lots: int,
    levels: Sequence[tuple[int, int]],
    fee_bps: int,
    limit: int | None = None,
    index: int = 0,
) -> TradeQuote:
    """A quote for so many lots against `levels`: price and lots of the other side, best first.

    `index` is the fresh one, 0 for none.
    """
    buys = side is Side.BUY
    filled = paid = worst = fee = 0
    per_lot = 10 ** (10 - terms.listing.quote_decimals)
    for price, offered in levels:
        with_fee = price * (_BPS + fee_bps if buys else _BPS - fee_bps)
        if limit is not None and (with_fee > limit * _BPS if buys else with_fee < limit * _BPS):
            break
        taken = min(offered, lots - filled)
        filled, paid, worst = filled + taken, paid + taken * price, price
        fee -= -taken * price * fee_bps // (per_lot * _BPS)
        if filled == lots:
            break
    average = 0 if not filled else -(-paid // filled) if buys else paid // filled
    chosen = limit or limit_with_fee(worst, fee_bps, terms.listing.price_step, buys=buys)
    quote, units = _tied(terms, buys, chosen, lots) if chosen else (0, 0)
    scenarios = tuple(
        _scenario(terms, style, lots, terms.reference_price * (100 + move) // 100)
        for move in _MOVES
    )
    return TradeQuote(
        side, lots, filled, average, worst, chosen, quote, units, fee, index, scenarios
    )


def limit_with_fee(price: int, fee_bps: int, step: int, *, buys: bool) -> int:
    """The least limit on the tick that reaches a price with the fee on top."""
    if buys:
        return -(-price * (_BPS + fee_bps) // (_BPS * step)) * step
    return price * (_BPS - fee_bps) // (_BPS * step) * step


def _tied(terms: SeriesDetail, buys: bool, price: int, lots: int) -> tuple[int, int]:
    premium = terms.due(Leg.MINT, price)
    if buys:
        return (terms.long_lock + premium) * lots, 0
    units = 0 if terms.is_banded else lots * int(LOT)
    return max(terms.short_lock - premium, 0) * lots, units


def _scenario(terms: SeriesDetail, style: Style, lots: int, settlement: int) -> PayoffCase:
    listing, reference = terms.listing, Price(terms.reference_price)
    if style is Style.BANDED:
        band = Band(Price(listing.low), reference, Price(listing.high))
        paid: LotPayoff = banded_payoff(band, Price(settlement), listing.quote_decimals)
    else:
        paid = payoff(style, Price(settlement), reference, listing.quote_decimals)
    return PayoffCase(
        settlement,
        paid.long_quote * lots,
        int(paid.long_units) * lots,
        paid.short_quote * lots,
        int(paid.short_units) * lots,
    )
