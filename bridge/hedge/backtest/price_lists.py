"""Price lists by month, and the index of a provider's rivals. Pure.

index    chained: each month by the mean log change of the providers listed then and the month
         before, the provider itself left out; with fewer than three of them it stands still
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Final

from bridge.hedge.exposure.months import month_days, next_month
from bridge.hedge.plan.policy import PaidMonth
from bridge.hedge.readers.csv_rows import as_record, open_table
from bridge.hedge.readers.errors import MissingColumns, Unreadable
from bridge.hedge.readers.numbers import parse_amount
from bridge.hedge.readers.usage import Refused

_COLUMNS: Final = ("month", "provider", "price_usd")
LEAST_RIVALS: Final = 3
_MOST_MONTHS: Final = 600


@dataclass(frozen=True, slots=True)
class PriceLists:
    """USD per GPU-hour, by provider and month."""

    prices: Mapping[str, Mapping[str, float]]

    @property
    def months(self) -> tuple[str, ...]:
        """Every month from the first to the last of any provider."""
        known = sorted({month for listed in self.prices.values() for month in listed})
        found = known[:1]
        while known and found[-1] < known[-1]:
            found.append(next_month(found[-1]))
        return tuple(found)

    def paid(self, provider: str) -> list[PaidMonth]:
        """What a provider's customer paid, beside the index of the others, to 6 decimals."""
        index = self._index_without(provider)
        listed = self.prices[provider]
        return [
            PaidMonth(month=month, index_usd=_exact(index[month]), paid_usd=_exact(listed[month]))
            for month in self.months
            if month in listed and month in index
        ]

    def _index_without(self, provider: str) -> dict[str, float]:
        """Levels from the first month with three rivals; it begins at their median."""
        rivals = [listed for name, listed in self.prices.items() if name != provider]
        found: dict[str, float] = {}
        level, before = 0.0, ""
        for month in self.months:
            there = [listed[month] for listed in rivals if month in listed]
            if not level:
                level = median(there) if len(there) >= LEAST_RIVALS else 0.0
            else:
                changes = [
                    math.log(listed[month] / listed[before])
                    for listed in rivals
                    if month in listed and before in listed
                ]
                if len(changes) >= LEAST_RIVALS:
                    level *= math.exp(sum(changes) / len(changes))
            if level:
                found[month] = level
            before = month
        return found


def read_price_lists(text: str) -> PriceLists:
    """A table of month, provider and price_usd. Raises Unreadable for any row that is none."""
    table = open_table(text)
    missing = [name for name in _COLUMNS if name not in table.columns]
    if missing:
        raise MissingColumns("price lists", missing)
    prices: dict[str, dict[str, float]] = {}
    for row in table.rows:
        try:
            record = as_record(row, table.columns)
            month, provider = record["month"], record["provider"]
            month_days(month)
            price = float(parse_amount(record["price_usd"]))
        except (Refused, ValueError) as bad:
            raise Unreadable(f"line {row.line}: {bad}") from None
        listed = prices.setdefault(provider, {})
        if not provider or not 0 < price < math.inf or month in listed:
            raise Unreadable(f"line {row.line}: no provider, no price, or a month that is there")
        listed[month] = price
    found = PriceLists(prices)
    if not prices or len(found.months) > _MOST_MONTHS:
        raise Unreadable("no prices, or more than 600 months")
    return found


def _exact(price: float) -> Decimal:
    return Decimal(f"{price:.6f}")
