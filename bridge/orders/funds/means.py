"""Which ways of filling an order its maker can pay for. Pure.

What a leg takes of whom is IFuturesExchange's: the buyer pays the seller Q(F) less what the leg
hands over; opening locks collateral through the market, closing gives a position through an
operator. An order's own price is the worst it can trade at, so what it needs there is enough.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from bridge.orders.funds.series_terms import SeriesDetail
from bridge.orders.signed.order import SignedOrder
from bridge.orders.signed.way import leg_and_grade
from pargrade.bindings.structs import Leg, Side
from pargrade.units import LOT

_LOT: Final = int(LOT)


class TokenMeans(NamedTuple):
    """A maker's balance of a token, and what it lets the exchange and the market take."""

    balance: int
    exchange: int
    market: int


@dataclass(frozen=True, slots=True)
class Means:
    """What a maker has of all that one series may take. Base units; positions in lots."""

    quote: TokenMeans
    units: tuple[TokenMeans, ...]
    """Of each eligible grade; none where BANDED."""
    positions: tuple[int, ...]
    """LONG, then SHORT of each grade."""
    is_operator: bool
    """Whether the exchange is the maker's operator on the market."""


class _Need(NamedTuple):
    """What one way takes of the maker of an order."""

    quote: int = 0
    """Of its balance."""
    quote_exchange: int = 0
    quote_market: int = 0
    unit: int | None = None
    """Which grade's units, from 0."""
    unit_exchange: int = 0
    unit_market: int = 0
    position: int | None = None
    """Place in `positions`."""
    operator: bool = False


def paid_ways(order: SignedOrder, ways: int, lots: int, terms: SeriesDetail, means: Means) -> int:
    """Those of `ways` that the maker can pay for so many lots."""
    found = 0
    for way in _bits(ways):
        if not lacking(order, way, lots, terms, means):
            found |= way
    return found


def lacking(order: SignedOrder, way: int, lots: int, terms: SeriesDetail, means: Means) -> str:
    """What the maker lacks for one way; empty where it lacks nothing."""
    need = _need(order, way, lots, terms)
    if need.operator and not means.is_operator:
        return "the exchange is not its operator on the market"
    if need.position is not None and means.positions[need.position] < lots:
        return f"it holds {means.positions[need.position]} of {lots} lots to give"
    wanted = TokenMeans(need.quote, need.quote_exchange, need.quote_market)
    why = _short_of("quote", means.quote, wanted)
    if why or need.unit is None:
        return why
    amount = need.unit_exchange + need.unit_market
    wanted = TokenMeans(amount, need.unit_exchange, need.unit_market)
    return _short_of("unit", means.units[need.unit], wanted)


def _short_of(name: str, has: TokenMeans, wanted: TokenMeans) -> str:
    if has.balance < wanted.balance:
        return f"it has {has.balance} of {wanted.balance} base units of {name}"
    if has.exchange < wanted.exchange:
        return f"it lets the exchange take {has.exchange} of {wanted.exchange} of {name}"
    if has.market < wanted.market:
        return f"it lets the market take {has.market} of {wanted.market} of {name}"
    return ""


def why_unpaid(order: SignedOrder, ways: int, lots: int, terms: SeriesDetail, means: Means) -> str:
    """What is lacking for the way that is preferred, for people."""
    return "; ".join(
        f"{leg_and_grade(way)[0].name}: {lacking(order, way, lots, terms, means)}"
        for way in list(_bits(ways))[:4]
    )


def _need(order: SignedOrder, way: int, lots: int, terms: SeriesDetail) -> _Need:
    leg, grade = leg_and_grade(way)
    due = terms.due(leg, order.price) * lots
    if order.side == Side.BUY:
        return _need_of_buyer(leg, grade, lots, due, terms)
    return _need_of_seller(leg, grade, lots, -due, terms)


def _need_of_buyer(leg: Leg, grade: int, lots: int, due: int, terms: SeriesDetail) -> _Need:
    pays = max(due, 0)
    if leg is Leg.MINT:
        lock = terms.long_lock * lots
        return _Need(
            quote=max(lock + due, 0), quote_exchange=pays, quote_market=lock, operator=True
        )
    if leg is Leg.LONG:
        return _Need(quote=pays, quote_exchange=pays)
    returned = terms.short_lock * lots if leg is Leg.MERGE else 0
    return _Need(quote=max(pays - returned, 0), quote_exchange=pays, position=grade, operator=True)


def _need_of_seller(leg: Leg, grade: int, lots: int, due: int, terms: SeriesDetail) -> _Need:
    """`due` is what the seller pays; negative where it is paid."""
    pays = max(due, 0)
    if leg is Leg.LONG:
        return _Need(quote=pays, quote_exchange=pays, position=0, operator=True)
    if leg is Leg.MERGE:
        returned = terms.long_lock * lots
        return _Need(quote=max(pays - returned, 0), quote_exchange=pays, position=0, operator=True)
    units = None if terms.is_banded else grade - 1
    amount = 0 if terms.is_banded else lots * _LOT
    if leg is Leg.SHORT:
        return _Need(quote=pays, quote_exchange=pays, unit=units, unit_exchange=amount)
    lock = terms.short_lock * lots
    return _Need(
        quote=max(lock + due, 0),
        quote_exchange=pays,
        quote_market=lock,
        unit=units,
        unit_market=amount,
        operator=True,
    )


def _bits(ways: int) -> Iterator[int]:
    while ways:
        way = ways & -ways
        yield way
        ways ^= way
