"""The cost and the gain of an attack: a declared model, in floats.

A list price is an offer, so a provider has to sell at a wrong price while it is listed:

below the market   buyers take the whole capacity; every hour is sold at the discount
above the market   nothing is sold; the margin on the hours otherwise sold is lost
withdrawal         the same as above the market

The model leaves out fines and reputation, which raise the true cost, and slow buyers and providers
that sell mostly by contract, which lower it.
"""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

from oracle.manipulation.attack import PPM, Attack, AttackPlan
from pargrade.clock import HOUR_S

CONTRACT_SCU: Final = 730


@dataclass(frozen=True, slots=True)
class Assumptions:
    """The assumptions of the model on each bribed provider."""

    gpus: int = 1_000
    """GPUs offered at list price."""
    utilisation: float = 0.6
    """Share of them that would be sold at the honest price."""
    margin: float = 0.3
    """Share of the price that is lost with an unsold hour."""


class Bill(NamedTuple):
    """The cost of an attack and its gain, in USD."""

    cost_usd: float
    """For the whole coalition and window."""
    gain_per_contract_usd: float
    """Absolute change in value of one contract of 730 SCU."""
    break_even_contracts: int | None
    """Contracts that pay for the attack, rounded up; None when S does not move."""


def estimate_bill(plan: AttackPlan, price_usd: float, moved_usd: float, given: Assumptions) -> Bill:
    """Estimate the bill of a plan that moves S by `moved_usd`.

    `price_usd` is the market price of a GPU-hour, `moved_usd` a change of S in USD per SCU.
    """
    wrong_s, absent_s = _attack_seconds(plan)
    per_hour = given.gpus * len(plan.providers) * price_usd
    unsold = per_hour * given.utilisation * given.margin
    size = abs(plan.size_ppm) / PPM / (2 if plan.attack is Attack.DRIP else 1)
    wrong = per_hour * size if plan.size_ppm < 0 else unsold
    cost = (wrong * wrong_s + unsold * absent_s) / HOUR_S
    gain = CONTRACT_SCU * abs(moved_usd)
    return Bill(cost, gain, math.ceil(cost / gain) if gain else None)


def _attack_seconds(plan: AttackPlan) -> tuple[float, float]:
    """Seconds with wrong prices, and seconds without prices."""
    span = plan.end - plan.start
    match plan.attack:
        case Attack.BIAS | Attack.DRIP:
            return span, 0
        case Attack.SPIKE:
            return HOUR_S, 0
        case Attack.WITHDRAWAL:
            return 0, span
        case Attack.RATCHET:
            return span / 4, span / 2
