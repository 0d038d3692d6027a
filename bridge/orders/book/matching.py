"""Which resting orders an incoming one meets, and for how many lots: a plan, nothing changed.

The rule: best price first, at a price the earliest first. A resting order is passed over where the
two may not meet (another taker is named, or no way is open to both), and at an order of the same
maker the walk ends. The price is the resting order's; the incoming order's limit includes the fee.
"""

from dataclasses import dataclass, field
from typing import Final

from bridge.orders.book.entry import BookFill, BookOrder, OrderEnd
from bridge.orders.book.half import BookHalf
from bridge.orders.book.lanes import Lanes, Tallies, Tally
from bridge.orders.signed.order import NOBODY

MOST_FILLS: Final = 100
"""Of one order: a transaction of 150 fills comes near the gas limit of a block's transaction."""

MOST_PASSED: Final = 1_000
"""Resting orders passed over by one order, so that nobody makes matching slow for all."""

_BPS: Final = 10_000


@dataclass(slots=True)
class FillPlan:
    """Fills of one incoming order against one half of a book."""

    fills: list[BookFill] = field(default_factory=list)
    makers: list[BookOrder] = field(default_factory=list)
    """The resting order of each fill."""
    lots: int = 0
    end: OrderEnd = OrderEnd.NONE
    """Why the walk ended before the price did: SELF_TRADE or TOO_LONG."""


def reaches(order: BookOrder, best: int | None, fee_bps: int) -> bool:
    """Whether an order's limit, fee included, allows the best price of the other side."""
    if best is None:
        return False
    if order.side == 0:
        return best * (_BPS + fee_bps) <= order.price * _BPS
    return best * (_BPS - fee_bps) >= order.price * _BPS


def may_meet(buyer: BookOrder, seller: BookOrder) -> bool:
    """Whether two orders are of two makers, and neither names another counterparty."""
    return (
        buyer.maker != seller.maker
        and seller.taker in (NOBODY, buyer.maker)
        and buyer.taker in (NOBODY, seller.maker)
    )


def plan_fills(
    order: BookOrder,
    wanted: int,
    opposite: BookHalf,
    lanes: Lanes,
    tallies: Tallies,
    fee_bps: int,
    *,
    near: tuple[int, int] | None = None,
    shared: bool = False,
) -> FillPlan:
    """The fills of an order for so many lots. `tallies` takes what the plan needs of lanes.

    `near` is the lowest and highest price at which it may be filled at all; who rests is inside
    its own. `shared`, whether another plan goes on from the same tallies.
    """
    plan = FillPlan()
    if near is not None and near[0] > near[1]:
        return plan
    buys = order.side == 0
    limit, with_fee = order.price * _BPS, _BPS + fee_bps if buys else _BPS - fee_bps
    if near is not None:
        limit = min(limit, near[1] * with_fee) if buys else max(limit, near[0] * with_fee)
    ways, maker, allowed = order.ways, order.maker, order.taker
    passed = 0
    for resting in opposite.walk():
        paid = resting.price * with_fee
        if paid > limit if buys else paid < limit:
            break
        is_off = near is not None and not near[0] <= resting.price <= near[1]
        if resting.maker == maker and not is_off:
            plan.end = OrderEnd.SELF_TRADE
            break
        common = 0 if is_off else ways & resting.ways
        meets = resting.taker in (NOBODY, maker) and allowed in (NOBODY, resting.maker)
        left = lanes.left(resting, tallies) if common and meets else 0
        if not left:
            passed += 1
            if passed > MOST_PASSED:
                plan.end = OrderEnd.TOO_LONG
                break
            continue
        lots = min(left, wanted - plan.lots)
        plan.fills.append(BookFill(resting.hash, resting.price, lots, common & -common))
        plan.makers.append(resting)
        plan.lots += lots
        if plan.lots == wanted and not shared:
            break
        count_lots(tallies, resting, lots)
        if plan.lots == wanted:
            break
        if len(plan.fills) == MOST_FILLS:
            plan.end = OrderEnd.TOO_LONG
            break
    return plan


def count_lots(tallies: Tallies, order: BookOrder, lots: int) -> None:
    """Adds lots of an order to what a plan takes of its lane."""
    tally = tallies.get(order.key)
    if tally is not None and tally.nonce == order.nonce:
        lots += tally.lots
    tallies[order.key] = Tally(order.nonce, lots)
