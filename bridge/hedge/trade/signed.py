"""The exchange's orders of a plan. Pure: the same plan, account and epoch give the same orders."""

from dataclasses import replace

from bridge.hedge.trade.lane import lane_of
from bridge.hedge.trade.wanted import OrderAction, Wanted, WantedOrder
from pargrade.bindings.structs import Order, Roll, Side
from pargrade.chain.hashing import Address, parse_address
from pargrade.futures.order import ANYONE, CLOSING, OPENING, mask, roll_of


def exchange_order(
    wanted: Wanted, order: WantedOrder, epoch: int, matcher: Address
) -> Order | Roll:
    """What the account signs. A purchase opens LONG alone, a sale closes LONG alone.

    Its lots are those the lane has filled and those wanted now, so a repeat adds nothing. Only
    the relay may submit it: what was not filled at once is nobody's option until it expires.
    """
    side = Side.BUY if order.action is OrderAction.BUY else Side.SELL
    made = Order(
        series=order.series_id,
        side=side,
        grade=0,
        legs=mask(OPENING[side] if side is Side.BUY else CLOSING[side]),
        price=order.limit8,
        lots=signed_lots(order),
        maker=parse_address(wanted.account),
        taker=ANYONE,
        matcher=matcher,
        epoch=epoch,
        lane=lane_in(wanted.team, order),
        nonce=order.lane_nonce,
        expiry=wanted.valid_until,
    )
    if order.action is not OrderAction.ROLL:
        return made
    far = replace(
        made,
        series=order.far_id,
        side=Side.BUY,
        legs=mask(OPENING[Side.BUY]),
        price=order.far_limit8,
    )
    return roll_of(made, far)


def signed_lots(order: WantedOrder) -> int:
    """Lots of a lane in all, when the order is filled."""
    return order.lane_filled + order.lots


def lane_in(team: str, order: WantedOrder) -> int:
    """The lane an order is in."""
    side = Side.BUY if order.action is OrderAction.BUY else Side.SELL
    return lane_of(team, side, order.series_id, order.far_id)
