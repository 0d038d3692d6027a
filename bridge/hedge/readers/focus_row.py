"""One FOCUS row: its cost and what it consumed, or why it is refused. This is the reference.

cost       EffectiveCost. A prepaid purchase has 0 there and its later usage has the cost, so
           nothing is counted twice; BilledCost would.
currency   kept as stated, never converted
period     ChargePeriodStart to ChargePeriodEnd; without a zone UTC, as FOCUS says
sign       credits and adjustments stand apart; negative usage is read and noted
tax        no compute: left aside and noted
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from bridge.hedge.readers.focus_columns import CATEGORIES, MAY_BE_NEGATIVE
from bridge.hedge.readers.focus_units import consumption_of
from bridge.hedge.readers.numbers import is_absent, parse_number, scaled
from bridge.hedge.readers.times import DAY_NS, is_slashed, parse_time, parse_us_date
from bridge.hedge.readers.usage import (
    Exact,
    Flaw,
    Measure,
    Refused,
    Subject,
    Usage,
)

_CURRENCY_LETTERS: Final = 3
NEGATIVE_USAGE: Final = "usage with a negative cost or quantity, read as it stands"
TAX: Final = "tax is no compute and was left aside"
PURCHASE: Final = "purchases with no effective cost: their usage carries it"


class Charge(NamedTuple):
    """The fields of a row that decide anything."""

    start_ns: int
    end_ns: int
    category: str
    cost: Exact
    currency: str
    quantity: Exact | None
    unit: str
    words: str
    """Meter, sku and description: what kind of thing was consumed."""
    subject: Subject


def parse_charge(record: Mapping[str, str | None]) -> Charge:
    """The row's fields, read. Raises Refused."""
    category = _word(record, "ChargeCategory").lower()
    if category not in CATEGORIES:
        raise Refused(Flaw.UNKNOWN_WORD, f"ChargeCategory {record.get('ChargeCategory')!r}")
    start_ns, end_ns = _period(record)
    currency = _word(record, "BillingCurrency")
    if len(currency) != _CURRENCY_LETTERS or not (currency.isascii() and currency.isupper()):
        raise Refused(Flaw.UNKNOWN_UNIT, f"BillingCurrency {currency!r}")
    cost = parse_number(record.get("EffectiveCost") or "")
    quantity = record.get("ConsumedQuantity")
    counted = None if is_absent(quantity) else parse_number(str(quantity))
    names = ("SkuMeter", "SkuId", "ChargeDescription")
    return Charge(
        start_ns,
        end_ns,
        category,
        cost,
        currency,
        counted,
        _word(record, "ConsumedUnit"),
        " ".join(filter(None, (_word(record, name) for name in names))),
        subject_of(record),
    )


def charge_usages(charge: Charge) -> Iterator[Usage]:
    """Cost of a charge, and the tokens, requests or GPU-hours it is for. Raises Refused."""
    if charge.category == "tax" or (charge.category == "purchase" and not charge.cost):
        return
    span = (charge.start_ns, charge.end_ns)
    is_credit = charge.category in MAY_BE_NEGATIVE
    measure = Measure.CREDITS if is_credit else Measure.SPEND
    yield Usage(*span, measure, charge.cost, charge.subject, charge.currency)
    if charge.category != "usage" or not charge.quantity:
        return
    consumed = consumption_of(charge.unit, charge.words)
    if consumed is not None:
        subject = charge.subject._replace(hardware=consumed.hardware)
        yield Usage(*span, consumed.measure, scaled(charge.quantity, consumed.scale), subject)


def charge_note(charge: Charge) -> str:
    """What has to be known of a charge beside its amounts; empty for most."""
    if charge.category == "tax":
        return TAX
    if charge.category == "purchase" and not charge.cost:
        return PURCHASE
    negative = charge.cost < 0 or (charge.quantity or 0) < 0
    return NEGATIVE_USAGE if negative and charge.category not in MAY_BE_NEGATIVE else ""


def subject_of(record: Mapping[str, str | None]) -> Subject:
    """Team by sub-account, service by its name."""
    team = _word(record, "SubAccountName") or _word(record, "SubAccountId")
    return Subject(team=team, service=_word(record, "ServiceName"))


def _word(record: Mapping[str, str | None], name: str) -> str:
    text = record.get(name)
    return "" if text is None or is_absent(text) else text.strip()


def _period(record: Mapping[str, str | None]) -> tuple[int, int]:
    texts = [record.get(name) or "" for name in ("ChargePeriodStart", "ChargePeriodEnd")]
    if any(map(is_slashed, texts)):
        _require_us_dates(record)
        start_ns, end_ns = map(parse_us_date, texts)
    else:
        start_ns, end_ns = map(parse_time, texts)
    if end_ns <= start_ns:
        raise Refused(Flaw.BACKWARDS, f"{texts[0]} to {texts[1]}")
    return start_ns, end_ns


def _require_us_dates(record: Mapping[str, str | None]) -> None:
    """Month/day is proven where it makes the billing period a month. Raises Refused.

    Read as day/month such a period would be a day, which bills are not made for.
    """
    texts = [record.get(name) or "" for name in ("BillingPeriodStart", "BillingPeriodEnd")]
    if all(map(is_slashed, texts)):
        first, last = map(parse_us_date, texts)
        if _is_first(texts[0]) and _is_first(texts[1]) and 28 <= (last - first) // DAY_NS <= 31:
            return
    evidence = f"{record.get('ChargePeriodStart')}, and the billing period is no month"
    raise Refused(Flaw.AMBIGUOUS_DATE, evidence)


def _is_first(text: str) -> bool:
    return int(text.strip().split("/")[1]) == 1
