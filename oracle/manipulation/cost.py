"""What an attack costs and what it has to win: a declared model, in floats, deciding nothing.

A list price is an offer, so who lists a false one has to stand by it while it is seen:

below the market   buyers take the whole capacity, and every hour of it is sold at the discount
above the market   nobody buys, and the margin on the hours otherwise sold is lost
withdrawal         as above: nothing is sold

Left out are fines, reputation, buyers who are slow, and providers that sell by contract and hardly
at list. The last of these makes the true cost lower, the first makes it higher.
"""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

from oracle.manipulation.attack import HOUR_S, Attack, AttackPlan

CONTRACT_SCU: Final = 730
_PPM: Final = 10**6


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What the model takes as given of each bribed provider."""

    gpus: int = 1_000
    """GPUs offered at list price."""
    utilisation: float = 0.6
    """Share of them that would be sold at the honest price."""
    margin: float = 0.3
    """Share of the price that is lost with an hour that is not sold."""


class Bill(NamedTuple):
    """One attack's cost against its gain."""

    cost_usd: float
    gain_per_contract_usd: float
    """What one contract of 730 SCU moves by; its sign is dropped."""
    break_even_contracts: int | None
    """Contracts from which it pays; None when S does not move."""


def bill(plan: AttackPlan, price_usd: float, moved_usd: float, given: Assumptions) -> Bill:
    """What a plan costs at a market price per GPU-hour, when it moves S by `moved_usd`."""
    off_s, gone_s = _times(plan)
    per_hour = given.gpus * len(plan.providers) * price_usd
    unsold = per_hour * given.utilisation * given.margin
    size = abs(plan.size_ppm) / _PPM / (2 if plan.attack is Attack.DRIP else 1)
    off = per_hour * size if plan.size_ppm < 0 else unsold
    cost = (off * off_s + unsold * gone_s) / HOUR_S
    gain = CONTRACT_SCU * abs(moved_usd)
    return Bill(cost, gain, math.ceil(cost / gain) if gain else None)


def _times(plan: AttackPlan) -> tuple[float, float]:
    """Seconds in which false prices stand, and seconds in which there are none."""
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
