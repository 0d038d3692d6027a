"""A plan from a need, a policy and a market: the way that a command and a pipeline both take."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.hedge.exposure.exposure import Exposure
from bridge.hedge.exposure.months import sum_months
from bridge.hedge.forecast.forecast import MonthForecast, forecast_months
from bridge.hedge.forecast.history import Limits, require_current, whole_history
from bridge.hedge.forecast.outlook import Outlook, with_outlook
from bridge.hedge.plan.plan import HedgePlan, make_plan
from bridge.hedge.plan.policy import MarketSnapshot, Policy
from bridge.hedge.readers.times import DAY_NS, parse_time
from bridge.hedge.strict import Strict
from pargrade.canonical import content_hash


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with the forecasts it rests on."""

    plan: HedgePlan
    forecasts: tuple[MonthForecast, ...]


def plan_exposure(
    exposure: Exposure, policy: Policy, market: MarketSnapshot, outlook: Outlook | None = None
) -> Planned:
    """What to buy. Raises UnfitHistory, RunawayForecast. Same inputs, same plan, same hash."""
    planned = outlook or Outlook()
    rule = policy.history
    limits = Limits(rule.min_days, rule.max_missing, rule.max_still_days, rule.max_jump)
    history = whole_history(exposure.days, limits)
    require_current(history, parse_time(market.observed_at) // DAY_NS, limits)
    bare = forecast_months(history, policy.last_lead + 1)
    forecasts: Sequence[MonthForecast] = [with_outlook(each, planned) for each in bare]
    days = {str(day): f"{amount.numerator}/{amount.denominator}"
            for day, amount in exposure.days.items()}  # fmt: skip
    made_from = {
        "policy": hash_of(policy),
        "market": hash_of(market),
        "outlook": hash_of(planned),
        "history": "0x" + content_hash(days).hex(),
    }
    largest = max(float(total) for total in sum_months(exposure.days).values())
    plan = make_plan(forecasts, largest, policy, market, made_from)
    return Planned(plan, tuple(forecasts))


def hash_of(settings: Strict) -> str:
    """keccak256 of a settings file's content, however it was written."""
    return "0x" + content_hash(settings.model_dump(mode="json")).hex()
