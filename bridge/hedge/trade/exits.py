"""Plans to sell what is held (unwind), or to move it into a later series (roll).

They are documents like plans, named by their hash, and carried out by the same way with the same
limits. Limits name what a sale gets at least and a purchase pays at most, fees included.
"""

from dataclasses import dataclass
from typing import Any

from bridge.hedge.plan.drift import EXIT_FORMAT
from bridge.hedge.plan.from_exposure import hash_of
from bridge.hedge.plan.policy import Policy
from bridge.hedge.trade.lane import lane_of, next_place
from bridge.hedge.trade.market_now import MarketNow, SeriesNow, iso_time
from bridge.hedge.trade.wanted import OrderAction, WantedOrder
from pargrade.bindings.structs import Side
from pargrade.canonical import content_hash
from pargrade.clock import HOUR_S
from pargrade.errors import PargradeError
from pargrade.futures.order import Lane


class LotsNotHeld(PargradeError):
    """Lots that are not held, or a series that is not traded."""

    hint = "`pargrade hedge market` shows what is held."

    def __init__(self, why: str) -> None:
        super().__init__(why)


class NoBid(PargradeError):
    """A sale or roll without a limit where the book names none."""

    hint = "Give the limit yourself."

    def __init__(self, series: str) -> None:
        super().__init__(f"nobody bids for {series} now, or nobody offers it")


@dataclass(frozen=True, slots=True)
class ExitPlan:
    """One order that gives up lots of a series."""

    team: str
    account: str
    policy: str
    observed_at: str
    valid_until: int
    order: WantedOrder

    def to_json(self) -> dict[str, Any]:
        """What its hash is of."""
        return {
            "format": EXIT_FORMAT,
            "team": self.team,
            "account": self.account,
            "policy": self.policy,
            "observed_at": self.observed_at,
            "valid_until": self.valid_until,
            "orders": [self.order.to_json()],
        }

    @property
    def hash(self) -> str:
        """0x and 64 digits: keccak256 of the canonical JSON."""
        return "0x" + content_hash(self.to_json()).hex()


def series_named(now: MarketNow, name: str) -> SeriesNow:
    """A traded series by its name. Raises LotsNotHeld."""
    for series in now.series.values():
        if series.name == name:
            return series
    known = ", ".join(sorted(series.name for series in now.series.values()))
    raise LotsNotHeld(f"{name} is not traded; traded: {known or 'nothing'}")


def exit_lane(team: str, near: SeriesNow, far: SeriesNow | None) -> int:
    """The lane of sales of a series, or of rolls from one to the other."""
    return lane_of(team, Side.SELL, near.series_id, 0 if far is None else far.series_id)


def plan_exit(
    policy: Policy,
    now: MarketNow,
    lane: Lane,
    near: SeriesNow,
    lots: int | None = None,
    limits: tuple[int, int] = (0, 0),
    far: SeriesNow | None = None,
) -> ExitPlan:
    """A plan to give up lots of a series, all that are held by default; into `far` if there is one.

    `limits` are those of the near and the far series, 0 for the book's own price. Raises
    LotsNotHeld, NoBid.
    """
    chosen = near.held_lots if lots is None else lots
    if not 0 < chosen <= near.held_lots:
        raise LotsNotHeld(f"{chosen} lots of {near.name}; {near.held_lots} are held")
    least = limits[0] or near.bid8
    most = limits[1] or (0 if far is None else far.ask8)
    if not least or (far is not None and not most):
        raise NoBid(near.name if not least or far is None else far.name)
    nonce, filled = next_place(lane)
    order = WantedOrder.model_validate(
        {
            "action": OrderAction.SELL if far is None else OrderAction.ROLL,
            "series": near.name,
            "series_id": str(near.series_id),
            "lots": chosen,
            "limit8": str(least),
            "held_lots": near.held_lots,
            "lane_nonce": nonce,
            "lane_filled": filled,
            "far": "" if far is None else far.name,
            "far_id": str(0 if far is None else far.series_id),
            "far_limit8": str(most if far is not None else 0),
            "far_held_lots": 0 if far is None else far.held_lots,
        }
    )
    return ExitPlan(
        policy.team,
        now.account,
        hash_of(policy),
        iso_time(now.instant),
        now.instant + policy.orders.valid_hours * HOUR_S,
        order,
    )
