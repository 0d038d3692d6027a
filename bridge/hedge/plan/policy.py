"""What a platform engineer allows the pipeline to do, and the market it may do it in."""

from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, model_validator

from bridge.hedge.plan.order_rule import Account, OrderRule
from bridge.hedge.readers.times import parse_time
from bridge.hedge.readers.usage import Refused
from bridge.hedge.strict import Count, Month, NotNegative, Positive, Share, Strict
from pargrade.units import TICK, Price, parse_amount

_MOST_LEAD: Final = 23
_MOST_DIGITS: Final = 78
"""Of 2^256 - 1."""


class HistoryRule(Strict):
    """What a history has to be to be planned on."""

    min_days: Count = 180
    max_missing: Count = 7
    max_still_days: Count = 3
    max_jump: Count = 20


class Policy(Strict):
    """Limits of one team's hedge. Every amount a plan holds is within all of them."""

    team: str
    styles: tuple[Literal["NET", "DELIVERY", "BANDED"], ...]
    series: tuple[str, ...]
    """The series that may be bought, by name."""
    first_lead: Count = 1
    """Months ahead of the running one that are hedged first."""
    last_lead: Count = 6
    share: Share
    """The most of a month's expected need that is locked."""
    max_lots_a_month: Count
    max_lots: Count
    """Of all months, with what is held already."""
    max_cash_usd: Positive
    max_price_usd: Positive
    max_growth: Positive = Decimal(2)
    """A month's forecast beyond this many times the largest month of the history is refused."""
    least_moves: Count = 3
    price_tolerance: Share = Decimal("0.02")
    need_tolerance: Share = Decimal("0.10")
    history: HistoryRule = HistoryRule()
    orders: OrderRule = OrderRule()

    model_config = Strict.model_config | {"strict": False}

    @model_validator(mode="after")
    def _require_leads(self) -> "Policy":
        if not self.first_lead <= self.last_lead <= _MOST_LEAD:
            raise ValueError(f"first_lead <= last_lead <= {_MOST_LEAD} does not hold")
        return self


def _number(value: Any) -> str:
    text = value if isinstance(value, str) else ""
    if text and not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise ValueError(f"{value!r} is no number in digits")
    return text


Number = Annotated[str, BeforeValidator(_number)]


class SeriesOffer(Strict):
    """A series that can be bought, for the month it settles over."""

    name: str
    month: Month
    style: Literal["NET", "DELIVERY", "BANDED"]
    price_usd: Positive | None = None
    """What the cheapest lot costs, fee included; absent where nobody offers one."""
    low_usd: NotNegative = Decimal(0)
    """L of a BANDED series, below which it pays nothing."""
    held_lots: Count = 0
    """LONG lots the team has already."""
    series_id: Number = ""
    """The series' id on the chain, in digits; orders need it."""
    lane_nonce: Count = 1
    """Nonce of the team's lane of purchases in this series."""
    lane_filled: Count = 0
    """Lots that this nonce has bought so far."""

    @property
    def price(self) -> Price:
        """The price, 8 decimals; 0 where there is none."""
        return Price(parse_amount(f"{self.price_usd or 0:f}", Price.DECIMALS))

    @property
    def low(self) -> Price:
        """L of a BANDED series, zero for others."""
        return Price(parse_amount(f"{self.low_usd:f}", Price.DECIMALS))

    @property
    def is_on_tick(self) -> bool:
        """Whether an order could have the price."""
        return self.price % TICK == 0


class PaidMonth(Strict):
    """What the index was in a month, and what the team paid for the same compute."""

    month: Month
    index_usd: Positive
    paid_usd: Positive | None = None


class MarketSnapshot(Strict):
    """Prices and positions a plan is made at, and the past prices its ratio rests on."""

    observed_at: str
    index_usd: Positive
    offers: tuple[SeriesOffer, ...]
    prices: tuple[PaidMonth, ...] = ()
    account: Account = ""
    """Whose positions these are; orders need it."""

    model_config = Strict.model_config | {"strict": False}

    @model_validator(mode="after")
    def _require_single(self) -> "MarketSnapshot":
        try:
            parse_time(self.observed_at)
        except Refused as refused:
            raise ValueError(f"observed_at: {refused}") from None
        _require_distinct("offer", [offer.name for offer in self.offers])
        _require_distinct("price of", [price.month for price in self.prices])
        return self


def _require_distinct(what: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{what} {name} stands twice")
