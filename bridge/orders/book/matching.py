"""Which resting orders an incoming one meets, and for how many lots: a plan, nothing changed.

The rule: best price first, at a price the earliest first. A resting order that names another taker,
or shares no way with the one that comes, is not met at all; at one of the same maker the walk ends.
The price is the resting order's; the incoming order's limit includes the fee.
"""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from bridge.orders.book.entry import BookFill, BookOrder, OrderEnd, Spent
from bridge.orders.book.half import BookHalf
from bridge.orders.book.lanes import Lanes, Tallies
from bridge.orders.book.queues import Queue
from bridge.orders.signed.order import NOBODY

MOST_FILLS: Final = 100
"""Of one order: a transaction of 150 fills comes near the gas limit of a block's transaction."""

MOST_PASSED: Final = 1_000
"""Orders that one order looks at and may not take, so that nobody makes matching slow for all.

Only an order that names a taker, which goes past everybody else, and a roll, which goes past lots
that its own plan has taken, look at such orders: others cannot be made to.
"""

_BPS: Final = 10_000
_NONE: Final = OrderEnd.NONE
"""A member of an enumeration takes 0.2 us to look up in its class."""


class FillPlan(Struct):
    """Fills of one incoming order against one half of a book."""

    fills: list[BookFill] = []
    makers: list[BookOrder] = []
    """The resting order of each fill."""
    spent: list[Spent] = []
    """What each takes of its lane."""
    lots: int = 0
    passed: int = 0
    """Resting orders that it looked at and may not take."""
    end: OrderEnd = _NONE
    """Why the walk ended before the price did: SELF_TRADE or TOO_LONG."""


def reaches(order: BookOrder, best: int | None, fee_bps: int) -> bool:
    """Whether an order's limit, fee included, allows the best price of the other side."""
    if best is None:
        return False
    if order.side == 0:
        return best * (_BPS + fee_bps) <= order.price * _BPS
    return best * (_BPS - fee_bps) >= order.price * _BPS


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
    start = None
    if near is not None:
        limit = min(limit, near[1] * with_fee) if buys else max(limit, near[0] * with_fee)
        start = near[0] if buys else near[1]
    for price, queue in opposite.offers(order.maker, order.ways, order.price, start):
        paid = price * with_fee
        if paid > limit if buys else paid < limit:
            break
        if _walk_queue(plan, order, wanted, queue, lanes, tallies, shared):
            break
    return plan


def _walk_queue(
    plan: FillPlan,
    order: BookOrder,
    wanted: int,
    queue: Queue,
    lanes: Lanes,
    tallies: Tallies,
    shared: bool,  # a keyword takes longer
) -> bool:
    """Adds the fills of one price. Whether the walk ends here."""
    ways, maker, allowed = order.ways, order.maker, order.taker
    is_open = allowed == NOBODY
    for resting in queue:
        if not resting.live:
            continue
        other = resting.maker
        if other == maker:
            plan.end = OrderEnd.SELF_TRADE
            return True
        meets = is_open or allowed == other
        left = lanes.left(resting, tallies) if meets else 0
        if not left:
            # The match ends an alternative of lots that it takes: nobody looks at that twice.
            plan.passed += shared or not meets
            if plan.passed > MOST_PASSED:
                plan.end = OrderEnd.TOO_LONG
                return True
            continue
        missing = wanted - plan.lots
        lots = left if left < missing else missing
        common = ways & resting.ways
        plan.fills.append(BookFill(resting.hash, resting.price, lots, common & -common))
        plan.makers.append(resting)
        plan.spent.append((resting.key, resting.nonce, lots))
        plan.lots += lots
        is_whole = plan.lots == wanted
        if shared or not is_whole:
            count_lots(tallies, resting, lots)
        if is_whole:
            return True
        if len(plan.fills) == MOST_FILLS:
            plan.end = OrderEnd.TOO_LONG
            return True
    return False


def count_lots(tallies: Tallies, order: BookOrder, lots: int) -> None:
    """Adds lots of an order to what a plan takes of its lane."""
    nonce, counted = tallies.get(order.key, (0, 0))
    tallies[order.key] = (order.nonce, lots + counted if nonce == order.nonce else lots)


def lots_of(orders: Iterable[BookOrder], lanes: Lanes, tallies: Tallies) -> int:
    """Lots that can be taken of orders in turn: alternatives of one lane count once."""
    lots = 0
    for order in orders:
        left = lanes.left(order, tallies)
        if left:
            count_lots(tallies, order, left)
            lots += left
    return lots
