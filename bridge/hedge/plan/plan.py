"""A plan: lots to hold for each month, what they cost, and every bound that made them fewer.

    wanted   forecast x ratio x share, in lots of 0.01 SCU, rounded down: never more than the need
    to buy   wanted less held, bounded by the policy; each bound that bites is named
    limit    price and the policy's slippage, down to the tick, at most max_price_usd
    cash     lots x limit of a COVERED series, lots x (limit - L) of a BANDED one, rounded up

A plan never sells: what is held beyond the need is named as such.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, Final

from bridge.hedge.exposure.months import next_month
from bridge.hedge.forecast.forecast import MonthForecast, scu_fraction
from bridge.hedge.plan.budget import LOTS_A_SCU, Budget, limit_of
from bridge.hedge.plan.policy import MarketSnapshot, Policy, SeriesOffer
from bridge.hedge.plan.ratio import Ratio, hedge_ratio, monthly_drift, monthly_volatility
from bridge.hedge.readers.times import SECOND_NS, parse_time
from pargrade.canonical import content_hash
from pargrade.clock import HOUR_S
from pargrade.errors import PargradeError
from pargrade.units import Rounding, divide

_PRICE_ONE: Final = 10**8
_AS_TEXT: Final = ("price8", "cash_usd6", "drift_usd6", "deviation_usd6", "limit8")
"""Amounts that may be beyond what JSON's readers take for whole numbers."""
FORMAT: Final = "pargrade-hedge-plan-2"


class RunawayForecast(PargradeError):
    """A forecast beyond what the policy believes."""

    hint = "Look at the history and the outlook; raise max_growth if the need is real."

    def __init__(self, month: str, scu: float, most: float) -> None:
        self.month = month
        super().__init__(f"the forecast of {month} is {scu:,.0f} SCU, more than {most:,.0f}")


@dataclass(frozen=True, slots=True)
class PlannedMonth:
    """One month's line. Lots are whole, cash is micro-dollars."""

    month: str
    series: str
    style: str
    forecast_scu: str
    low_scu: str
    high_scu: str
    ratio: str
    wanted_lots: int
    held_lots: int
    buy_lots: int
    price8: int
    cash_usd6: int
    drift_usd6: int
    """Expected cost of locking now: lots x (price - expected price then). Negative is a gain."""
    deviation_usd6: int
    """One standard deviation of the month's cost that the lots take away."""
    bounds: tuple[str, ...]
    limit8: int = 0
    """The most that an order of this month pays for an SCU, fee included."""
    series_id: str = ""
    lane_nonce: int = 1
    lane_filled: int = 0
    """Where the lane of purchases stood: an order is for these lots and `buy_lots` together."""

    @property
    def open_scu(self) -> Fraction:
        """Expected need that stays unhedged, at least 0."""
        held = Fraction(self.held_lots + self.buy_lots, LOTS_A_SCU)
        return max(Fraction(self.forecast_scu) - held, Fraction(0))


@dataclass(frozen=True, slots=True)
class HedgePlan:
    """All months, and what the plan was made from."""

    team: str
    made_from: Mapping[str, str]
    """Hashes of the policy, the history and the market."""
    observed_at: str
    index8: int
    ratio: Ratio
    months: tuple[PlannedMonth, ...]
    account: str = ""
    """Whose orders these would be; nobody's in a plan from a market file without it."""
    valid_until: int = 0
    """Unix seconds; no order of the plan lives longer."""

    def to_json(self) -> dict[str, Any]:
        """The plan without floats: what its hash is of."""
        return {
            "format": FORMAT,
            "team": self.team,
            "made_from": dict(self.made_from),
            "observed_at": self.observed_at,
            "index8": str(self.index8),
            "account": self.account,
            "valid_until": self.valid_until,
            "ratio": {"value": f"{self.ratio.value:.4f}", "reason": self.ratio.reason},
            "months": [_month_json(each) for each in self.months],
        }

    @property
    def hash(self) -> str:
        """0x and 64 digits: keccak256 of the canonical JSON."""
        return "0x" + content_hash(self.to_json()).hex()

    @property
    def cash_usd6(self) -> int:
        """Cash tied up by what would be bought, micro-dollars."""
        return sum(each.cash_usd6 for each in self.months)


def make_plan(
    forecasts: Sequence[MonthForecast],
    largest_month: float,
    policy: Policy,
    market: MarketSnapshot,
    made_from: Mapping[str, str],
) -> HedgePlan:
    """The plan of what to buy now. Raises RunawayForecast. Same inputs, same plan."""
    for each in forecasts:
        most = largest_month * float(policy.max_growth)
        if each.scu > most:
            raise RunawayForecast(each.month, each.scu, most)
    ratio = hedge_ratio(market.prices, policy.least_moves)
    budget = Budget(policy, sum(offer.held_lots for offer in market.offers))
    wanted_months = _months_in_reach(forecasts, policy)
    lines = [_plan_month(each, lead, ratio, market, budget) for lead, each in wanted_months]
    index8 = int(Fraction(market.index_usd) * _PRICE_ONE)
    return HedgePlan(
        policy.team,
        made_from,
        market.observed_at,
        index8,
        ratio,
        tuple(lines),
        market.account,
        parse_time(market.observed_at) // SECOND_NS + policy.orders.valid_hours * HOUR_S,
    )


def _months_in_reach(
    forecasts: Sequence[MonthForecast], policy: Policy
) -> list[tuple[int, MonthForecast]]:
    """The months the policy hedges, with how far ahead of the running one each is."""
    running = forecasts[0].month
    reach = {
        next_month(running, lead): lead for lead in range(policy.first_lead, policy.last_lead + 1)
    }
    return [(reach[each.month], each) for each in forecasts if each.month in reach]


def _plan_month(
    forecast: MonthForecast, lead: int, ratio: Ratio, market: MarketSnapshot, budget: Budget
) -> PlannedMonth:
    policy = budget.policy
    offer, bounds = _offer_for(forecast.month, market, policy)
    need = scu_fraction(forecast.scu)
    exact = need * Fraction(f"{ratio.value:.4f}") * Fraction(policy.share) * LOTS_A_SCU
    wanted = divide(exact.numerator, exact.denominator, Rounding.FLOOR)
    if wanted == 0 and ratio.value == 0:
        bounds += (f"ratio 0: {ratio.reason}",)
    held = _held(forecast.month, market)
    lots = cash6 = price8 = 0
    if offer is not None:
        price8 = int(offer.price)
        lots, cash6, hit = budget.take(max(wanted - held, 0), offer)
        bounds += hit
    if held > wanted:
        bounds += (f"{held - wanted} lots more are held than wanted",)
    drift6, deviation6 = _expected(lots, price8, lead, market)
    low, high = forecast.intervals[0].low, forecast.intervals[0].high
    return PlannedMonth(
        forecast.month,
        "" if offer is None else offer.name,
        "" if offer is None else offer.style,
        _six(forecast.scu),
        _six(low),
        _six(high),
        f"{ratio.value:.4f}",
        wanted,
        held,
        lots,
        price8,
        cash6,
        drift6,
        deviation6,
        bounds,
        *((0, "") if offer is None else (limit_of(offer, policy), offer.series_id)),
        *((1, 0) if offer is None else (offer.lane_nonce, offer.lane_filled)),
    )


def _held(month: str, market: MarketSnapshot) -> int:
    return sum(offer.held_lots for offer in market.offers if offer.month == month)


def _offer_for(
    month: str, market: MarketSnapshot, policy: Policy
) -> tuple[SeriesOffer | None, tuple[str, ...]]:
    """The cheapest allowed offer of a month, or why there is none."""
    offers = [offer for offer in market.offers if offer.month == month]
    if not offers:
        return None, ("no series settles over this month",)
    named = [o for o in offers if o.name in policy.series and o.style in policy.styles]
    if not named:
        return None, ("no series of this month is in the policy",)
    named = [offer for offer in named if offer.price_usd is not None]
    if not named:
        return None, ("nobody offers a series of this month",)
    limit = int(Fraction(policy.max_price_usd) * _PRICE_ONE)
    cheap = [offer for offer in named if offer.price <= limit]
    if not cheap:
        return None, (f"max_price_usd {policy.max_price_usd}",)
    traded = [offer for offer in cheap if offer.is_on_tick and offer.price > offer.low]
    if not traded:
        return None, ("no price of this month is on the tick and above L",)
    return min(traded, key=lambda offer: (offer.price, offer.name)), ()


def _expected(lots: int, price8: int, lead: int, market: MarketSnapshot) -> tuple[int, int]:
    """Expected cost of locking, and the deviation it removes, micro-dollars, to the nearest."""
    spot = float(market.index_usd)
    then = spot * (1 + monthly_drift(market.prices)) ** lead
    scu = lots / LOTS_A_SCU
    drift = scu * (price8 / _PRICE_ONE - then)
    deviation = scu * spot * monthly_volatility(market.prices) * float(lead) ** 0.5
    return round(drift * 10**6), round(deviation * 10**6)


def _month_json(each: PlannedMonth) -> dict[str, Any]:
    raw = asdict(each)
    return {**raw, **{name: str(raw[name]) for name in _AS_TEXT}, "bounds": list(each.bounds)}


def _six(amount: float) -> str:
    return f"{amount:.6f}"
