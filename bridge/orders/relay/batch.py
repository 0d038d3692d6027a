"""A batch of orders from the body of a request, read strictly."""

from typing import Any, Final

from pydantic_core import from_json

from bridge.orders.book.entry import TimeInForce
from bridge.orders.relay.submission import OrderSubmission
from bridge.orders.signed.json_form import read_account, read_order, read_roll, read_uint
from bridge.orders.signed.listing import VenueRules
from bridge.orders.signed.refusals import BadForm, OrderRefused, OtherVenue
from pargrade.chain.hashing import address_of

MOST_ORDERS: Final = 100
_RULES: Final = {
    "GTC": TimeInForce.REST,
    "IOC": TimeInForce.IOC,
    "POST": TimeInForce.POST_ONLY,
    "CALL": TimeInForce.CALL,
}
_ROLL_RULES: Final = ("GTC", "IOC")


def read_body(body: bytes) -> Any:
    """A JSON document. Raises BadForm."""
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError:
        raise BadForm("the body", "JSON") from None


def read_submissions(raw: Any, rules: VenueRules) -> list[OrderSubmission | OrderRefused]:
    """Orders of a batch; each that is malformed is refused alone. Raises BadForm, OtherVenue."""
    if not isinstance(raw, dict) or raw.keys() != {"chain_id", "exchange", "orders"}:
        raise BadForm("the body", "an object of chain_id, exchange and orders")
    chain_id = read_uint(raw["chain_id"], 64, "chain_id")
    exchange = address_of(read_account(raw["exchange"], "exchange"))
    if (chain_id, exchange) != (rules.chain_id, rules.exchange):
        raise OtherVenue(chain_id, exchange)
    orders = raw["orders"]
    if not isinstance(orders, list) or not 1 <= len(orders) <= MOST_ORDERS:
        raise BadForm("orders", f"a list of 1 to {MOST_ORDERS}")
    found: list[OrderSubmission | OrderRefused] = []
    for place, each in enumerate(orders):
        try:
            found.append(_read_submission(each, f"orders[{place}]"))
        except OrderRefused as refused:
            found.append(refused)
    return found


def _read_submission(raw: Any, place: str) -> OrderSubmission:
    if not isinstance(raw, dict) or not raw.keys() <= {"order", "roll", "signature", "rule"}:
        raise BadForm(place, "an object of order or roll, signature, and perhaps rule")
    rule = raw.get("rule", "GTC")
    if not isinstance(rule, str) or rule not in _RULES:
        raise BadForm(f"{place}.rule", "GTC, IOC, POST or CALL")
    signature = raw.get("signature")
    if "roll" in raw and "order" not in raw:
        if rule not in _ROLL_RULES:
            raise BadForm(f"{place}.rule", "GTC or IOC for a roll")
        return OrderSubmission(read_roll(raw["roll"], signature, f"{place}.roll"), _RULES[rule])
    return OrderSubmission(read_order(raw.get("order"), signature, f"{place}.order"), _RULES[rule])
