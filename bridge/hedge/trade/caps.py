"""The policy's bounds on prices, lots and cash, held against orders at today's positions. Pure."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from bridge.hedge.plan.plan import HedgePlan
from bridge.hedge.plan.policy import Policy
from bridge.hedge.trade.market_now import MarketNow, SeriesNow
from bridge.hedge.trade.objection import Circumstances, Ground, Objection
from bridge.hedge.trade.signed import lane_in, signed_lots
from bridge.hedge.trade.wanted import OrderAction, Wanted, WantedOrder
from pargrade.futures.order import CANCELLED

_LOT_USD8: Final = 10**10
"""Lots times a price of 8 decimals is dollars times this."""


def cap_objections(
    wanted: Wanted,
    today: HedgePlan | None,
    policy: Policy,
    now: MarketNow,
    known: Circumstances,
) -> Iterator[Objection]:
    """Every bound that the orders of a plan, at their limits, would break."""
    yield from _prices(wanted, policy, now)
    yield from _lots(wanted, today, policy, now)
    yield from _cash(wanted, policy, now, known)


def remaining_lots(wanted: Wanted, order: WantedOrder, now: MarketNow) -> int:
    """Lots that the exchange would still fill of an order, whatever the plan says of its lane."""
    lane = now.lanes[lane_in(wanted.team, order)]
    if lane.nonce < order.lane_nonce:
        return signed_lots(order)
    if lane.nonce > order.lane_nonce or lane.filled == CANCELLED:
        return 0
    return max(signed_lots(order) - lane.filled, 0)


def _buys(wanted: Wanted, now: MarketNow) -> list[tuple[WantedOrder, SeriesNow, int, int]]:
    """Purchases, of rolls too: order, series, limit and remaining lots."""
    found = []
    for order in wanted.orders:
        if order.action is OrderAction.SELL:
            continue
        is_roll = order.action is OrderAction.ROLL
        series = now.series.get(order.far_id if is_roll else order.series_id)
        limit = order.far_limit8 if is_roll else order.limit8
        if series is not None:
            found.append((order, series, limit, remaining_lots(wanted, order, now)))
    return found


def _prices(wanted: Wanted, policy: Policy, now: MarketNow) -> Iterator[Objection]:
    most = Fraction(policy.max_price_usd) * 10**8
    slipped = 1 + Fraction(policy.orders.slippage)
    for order, series, limit, _ in _buys(wanted, now):
        if series.name not in policy.series or series.style not in policy.styles:
            yield Objection(Ground.SERIES, f"{series.name}, {series.style}")
        if limit > most:
            yield Objection(Ground.PRICE, f"{series.name} at {limit}, max_price_usd is {most}")
        planned = order.price8 or limit
        if limit > planned * slipped:
            yield Objection(Ground.PRICE, f"{series.name} at {limit}, more than the slippage")
        if limit % series.price_step or limit <= series.low8:
            yield Objection(Ground.PRICE, f"{series.name} at {limit}: off the tick, or below L")


def _lots(
    wanted: Wanted, today: HedgePlan | None, policy: Policy, now: MarketNow
) -> Iterator[Objection]:
    buys = _buys(wanted, now)
    months: dict[str, int] = {}
    for series in now.series.values():
        months[series.month] = months.get(series.month, 0) + series.held_lots
    for _, series, _, lots in buys:
        months[series.month] += lots
    for month in sorted({series.month for _, series, _, _ in buys}):
        if months[month] > policy.max_lots_a_month:
            yield Objection(Ground.LOTS, f"{months[month]} in {month}, max_lots_a_month")
    fresh = sum(lots for order, _, _, lots in buys if order.action is OrderAction.BUY)
    total = fresh + sum(series.held_lots for series in now.series.values())
    if fresh and total > policy.max_lots:
        yield Objection(Ground.LOTS, f"{total} in all, max_lots {policy.max_lots}")
    needs = {line.month: line.wanted_lots for line in today.months} if today else {}
    loose = 1 + Fraction(policy.need_tolerance)
    for order, series, _, _ in buys:
        if order.action is OrderAction.BUY:
            need = needs.get(series.month, 0) * loose
            if months[series.month] > need:
                why = f"{months[series.month]} in {series.month}, {int(need)} are needed"
                yield Objection(Ground.LOTS, why)
    sold: dict[int, int] = {}
    for order in wanted.orders:
        if order.action is not OrderAction.BUY:
            left = remaining_lots(wanted, order, now)
            sold[order.series_id] = sold.get(order.series_id, 0) + left
    for series_id, left in sold.items():
        near = now.series.get(series_id)
        if near is not None and left > near.held_lots:
            yield Objection(Ground.LOTS, f"{left} of {near.name} to sell, {near.held_lots}")


def _cash(
    wanted: Wanted, policy: Policy, now: MarketNow, known: Circumstances
) -> Iterator[Objection]:
    spent = sum(
        lots * (limit - (series.low8 if series.style == "BANDED" else 0))
        for _, series, limit, lots in _buys(wanted, now)
    )
    if spent > Fraction(policy.max_cash_usd) * _LOT_USD8:
        usd = float(Fraction(spent, _LOT_USD8))
        yield Objection(Ground.CASH, f"{usd:,.2f} USD, max_cash_usd {policy.max_cash_usd}")
    rule = policy.orders
    if rule.approve_above_usd is None:
        return
    moved = sum(
        max(order.lots, remaining_lots(wanted, order, now)) * max(order.limit8, order.far_limit8)
        for order in wanted.orders
    )
    if moved <= Fraction(rule.approve_above_usd) * _LOT_USD8:
        return
    agreed = {each for each in known.approvers if each in rule.approvers and each != wanted.account}
    if len(agreed) < rule.approvals:
        why = f"{len(agreed)} of {rule.approvals} approvals above {rule.approve_above_usd} USD"
        yield Objection(Ground.APPROVAL, why)
