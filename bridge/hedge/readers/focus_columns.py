"""The columns of FOCUS 1.0 to 1.2 that are read, and the words that may stand in them."""

from collections.abc import Iterable
from typing import Final

from bridge.hedge.readers.errors import MissingColumns

FORM: Final = "FOCUS"
REQUIRED: Final = (
    *("EffectiveCost", "BillingCurrency", "ChargeCategory"),
    *("ChargePeriodStart", "ChargePeriodEnd"),
)
OPTIONAL: Final = (
    *("BillingPeriodStart", "BillingPeriodEnd", "ChargeClass", "ChargeDescription"),
    *("ConsumedQuantity", "ConsumedUnit", "ServiceName", "SkuMeter", "SkuId"),
    *("SubAccountName", "SubAccountId"),
)
USED: Final = frozenset((*REQUIRED, *OPTIONAL))
CATEGORIES: Final = frozenset({"usage", "purchase", "tax", "credit", "adjustment"})
MAY_BE_NEGATIVE: Final = frozenset({"credit", "adjustment"})
_SIGNATURE: Final = frozenset({"ChargeCategory", "ChargePeriodStart", "BillingCurrency"})


def is_focus(columns: Iterable[str]) -> bool:
    """Whether a table is a FOCUS export, by columns that nothing else has."""
    return _SIGNATURE.issubset(columns)


def require_focus(columns: Iterable[str]) -> None:
    """Raises MissingColumns for a table without a column that a cost needs."""
    found = set(columns)
    missing = [name for name in REQUIRED if name not in found]
    if missing:
        raise MissingColumns(FORM, missing)
