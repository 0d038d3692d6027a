"""Hedges as FOCUS 1.2 rows, so that a team's bill has them beside the compute they are for.

A purchase is prepaid: billed when it is made, with no effective cost. When the month has settled an
adjustment carries the whole effect: what was paid less what the lots were worth at S. So effective
costs and billed costs of a series add up to the same. Amounts are exact decimals.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Context, Decimal
from fractions import Fraction
from typing import Final

from bridge.hedge.exposure.months import month_name, next_month
from bridge.hedge.results.fill import HedgeFill, HedgeResult
from bridge.hedge.trade.market_now import iso_time
from pargrade.clock import DAY_S, HOUR_S
from pargrade.units import format_amount

Row = dict[str, str]

_PLATFORM: Final = "Pargrade"
_LOTS_A_SCU: Final = 100
_NULL: Final = "NULL"
_EXACT: Final = Context(prec=60)
COLUMNS: Final = (
    *("BilledCost", "BillingAccountId", "BillingAccountName", "BillingAccountType"),
    *("BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart", "ChargeCategory"),
    *("ChargeClass", "ChargeDescription", "ChargeFrequency", "ChargePeriodEnd"),
    *("ChargePeriodStart", "ConsumedQuantity", "ConsumedUnit", "ContractedCost", "EffectiveCost"),
    *("InvoiceIssuerName", "ListCost", "PricingCategory", "PricingQuantity", "PricingUnit"),
    *("ProviderName", "PublisherName", "ServiceCategory", "ServiceName", "SubAccountId"),
    *("SubAccountName", "Tags"),
    *("x_HedgeSeries", "x_HedgeLots", "x_HedgePriceUsd", "x_HedgeSettlementUsd"),
    *("x_HedgeFeeUsd", "x_HedgePlan", "x_HedgeOrder"),
)


def focus_rows(fills: Iterable[HedgeFill], results: Iterable[HedgeResult]) -> list[Row]:
    """A row for each fill, and one for each settled series of a team."""
    return [*map(_purchase, fills), *map(_adjustment, results)]


def to_csv(rows: Sequence[Row]) -> str:
    """A FOCUS file, its header first."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _purchase(fill: HedgeFill) -> Row:
    hour = fill.instant // HOUR_S * HOUR_S
    verb = "Bought" if fill.lots > 0 else "Sold"
    scu = format_amount(abs(fill.lots), 2)
    return {
        **_common(fill.team, fill.account, fill.series, (hour, hour + HOUR_S), fill.lots),
        "BilledCost": exact_text(fill.cost_usd),
        "ContractedCost": exact_text(fill.cost_usd),
        "ListCost": exact_text(fill.cost_usd),
        "EffectiveCost": "0",
        "ChargeCategory": "Purchase" if fill.lots > 0 else "Adjustment",
        "ChargeDescription": f"{verb} {scu} SCU of {fill.series} ahead",
        "x_HedgePriceUsd": format_amount(fill.price8, 8),
        "x_HedgeFeeUsd": exact_text(fill.fee_usd),
        "x_HedgePlan": fill.plan,
        "x_HedgeOrder": fill.order,
    }


def _adjustment(result: HedgeResult) -> Row:
    end = result.end
    scu = format_amount(abs(result.lots), 2)
    back = -result.worth_usd
    return {
        **_common(result.team, result.account, end.series, (end.start, end.expiry), result.lots),
        "BilledCost": exact_text(back),
        "ContractedCost": exact_text(back),
        "ListCost": exact_text(back),
        "EffectiveCost": exact_text(result.cost_usd),
        "ChargeCategory": "Adjustment",
        "ChargeDescription": f"Hedge of {scu} SCU, {end.series}, settled",
        "x_HedgeSettlementUsd": format_amount(end.settlement8, 8),
    }


def _common(team: str, account: str, series: str, period: tuple[int, int], lots: int) -> Row:
    month = month_name(period[0] // DAY_S)
    return {
        **dict.fromkeys(COLUMNS, _NULL),
        "BillingAccountId": account,
        "BillingAccountName": account,
        "BillingAccountType": "Account",
        "BillingCurrency": "USD",
        "BillingPeriodStart": f"{month}-01T00:00:00Z",
        "BillingPeriodEnd": f"{next_month(month)}-01T00:00:00Z",
        "ChargeFrequency": "One-Time",
        "ChargePeriodStart": iso_time(period[0]),
        "ChargePeriodEnd": iso_time(period[1]),
        "InvoiceIssuerName": _PLATFORM,
        "PricingCategory": "Committed",
        "PricingQuantity": exact_text(Fraction(lots, _LOTS_A_SCU)),
        "PricingUnit": "SCU",
        "ProviderName": _PLATFORM,
        "PublisherName": _PLATFORM,
        "ServiceCategory": "Compute",
        "ServiceName": "Compute futures",
        "SubAccountId": team,
        "SubAccountName": team,
        "x_HedgeSeries": series,
        "x_HedgeLots": str(lots),
    }


def exact_text(amount: Fraction) -> str:
    """A decimal without rounding; every amount here has a power of ten below."""
    found = _EXACT.divide(Decimal(amount.numerator), Decimal(amount.denominator))
    return f"{found.normalize(_EXACT):f}"
