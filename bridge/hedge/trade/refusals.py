"""What stands against carrying out a plan now. Pure; every reason is named, not the first alone.

A plan is read as a stranger's: whatever it says, its orders are within the policy, at today's
positions, or they are refused. Nothing here depends on how the plan came about.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bridge.hedge.plan.drift import moved_since
from bridge.hedge.plan.from_exposure import hash_of
from bridge.hedge.plan.plan import HedgePlan
from bridge.hedge.plan.policy import Policy
from bridge.hedge.trade.caps import cap_objections
from bridge.hedge.trade.lane import filled_since
from bridge.hedge.trade.market_now import MarketNow
from bridge.hedge.trade.objection import Circumstances, Ground, Objection
from bridge.hedge.trade.signed import lane_in
from bridge.hedge.trade.wanted import OrderAction, Wanted
from pargrade.clock import HOUR_S


def resuming_objections(
    wanted: Wanted, policy: Policy, now: MarketNow, known: Circumstances
) -> list[Objection]:
    """What stands against finishing a plan whose orders were decided before."""
    return [*_stops(policy, now, known), *_terms(wanted, policy, now)]


def objections(
    wanted: Wanted,
    document: Mapping[str, Any],
    today: HedgePlan | None,
    policy: Policy,
    now: MarketNow,
    known: Circumstances,
) -> list[Objection]:
    """Everything that stands against a plan. `today` is the plan of now; an exit needs none."""
    found = resuming_objections(wanted, policy, now, known)
    found += _cooldown(policy, now, known)
    found += _positions(wanted, now)
    if not wanted.is_exit and today is not None:
        found += _moves(wanted, document, today, policy, now)
    return [*found, *cap_objections(wanted, today, policy, now, known)]


def _stops(policy: Policy, now: MarketNow, known: Circumstances) -> Iterator[Objection]:
    if not policy.orders.enabled:
        yield Objection(Ground.STOPPED, "the policy has enabled: false")
    for stop in known.stops:
        yield Objection(Ground.STOPPED, stop)
    if not policy.orders.allows_hour(now.instant):
        yield Objection(Ground.HOURS, f"orders are sent {policy.orders.hours} UTC")


def _terms(wanted: Wanted, policy: Policy, now: MarketNow) -> Iterator[Objection]:
    if wanted.team != policy.team:
        yield Objection(Ground.FOREIGN, f"a plan of {wanted.team}; the policy is {policy.team}'s")
    if wanted.account != now.account:
        yield Objection(Ground.FOREIGN, f"a plan for {wanted.account}, not {now.account}")
    if wanted.policy != hash_of(policy):
        yield Objection(Ground.POLICY, f"{wanted.policy[:10]} then, {hash_of(policy)[:10]} now")
    if now.instant >= wanted.valid_until:
        yield Objection(Ground.OVER, f"it was valid until {wanted.valid_until}")
    if wanted.valid_until > now.instant + policy.orders.valid_hours * HOUR_S:
        yield Objection(Ground.OVER, f"it is of a time to come: {wanted.valid_until}")
    for order in wanted.orders:
        for name, series_id in ((order.series, order.series_id), (order.far, order.far_id)):
            found = now.series.get(series_id)
            if series_id and (found is None or found.name != name):
                yield Objection(Ground.SERIES, f"{name or series_id} is not traded")


def _cooldown(policy: Policy, now: MarketNow, known: Circumstances) -> Iterator[Objection]:
    free = known.last_other + policy.orders.cooldown_hours * HOUR_S
    if known.last_other and now.instant < free:
        yield Objection(Ground.COOLDOWN, f"another plan was begun; the next may be at {free}")


def _positions(wanted: Wanted, now: MarketNow) -> Iterator[Objection]:
    for order in wanted.orders:
        lane = now.lanes[lane_in(wanted.team, order)]
        if lane.nonce > order.lane_nonce:
            yield Objection(Ground.POSITION, f"the lane of {order.series} has gone on")
        elif order.lane_filled > (lane.filled if lane.nonce == order.lane_nonce else 0):
            yield Objection(Ground.POSITION, f"the lane of {order.series} has not filled as much")
        since = filled_since(lane, order.lane_nonce, order.lane_filled)
        signed = since if order.action is OrderAction.BUY else -since
        yield from _position(order.series, order.series_id, order.held_lots + signed, now)
        if order.action is OrderAction.ROLL:
            yield from _position(order.far, order.far_id, order.far_held_lots + since, now)


def _position(name: str, series_id: int, expected: int, now: MarketNow) -> Iterator[Objection]:
    found = now.series.get(series_id)
    if found is not None and found.held_lots != expected:
        why = f"{expected} lots of {name} expected, {found.held_lots} are held"
        yield Objection(Ground.POSITION, why)


def _moves(
    wanted: Wanted,
    document: Mapping[str, Any],
    today: HedgePlan,
    policy: Policy,
    now: MarketNow,
) -> Iterator[Objection]:
    filled = {
        order.series: filled_since(
            now.lanes[lane_in(wanted.team, order)], order.lane_nonce, order.lane_filled
        )
        for order in wanted.orders
    }
    for moved in moved_since(document, today, policy, filled):
        if moved.what == "policy":
            continue  # named by `_terms`, for exits too
        yield Objection(Ground.DATA, moved.describe())
