"""The orders that a plan's document asks for, decoded strictly.

A plan's hash says that nobody changed it since it was made. It does not say who made it, so its
numbers are read as those of a stranger, and its orders are checked against the policy again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from bridge.hedge.plan.drift import EXIT_FORMAT, NotAPlan
from bridge.hedge.plan.order_rule import Account
from bridge.hedge.plan.plan import FORMAT
from bridge.hedge.strict import Month, Strict
from pargrade.canonical import content_hash

_BITS_64: Final = (1 << 64) - 1


def _digits(value: Any) -> int:
    if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) > 78:
        raise ValueError(f"{str(value)[:80]!r} is no number in digits")
    return int(value)


Digits = Annotated[int, BeforeValidator(_digits)]
Lots64 = Annotated[int, Field(ge=0, le=_BITS_64, strict=True)]


class OrderAction(StrEnum):
    """What an order does."""

    BUY = "BUY"
    SELL = "SELL"
    ROLL = "ROLL"


class WantedOrder(Strict):
    """One order of a plan. Prices are USD per SCU with 8 decimals, fee included."""

    action: OrderAction
    series: str
    series_id: Digits
    lots: Annotated[int, Field(ge=1, le=_BITS_64, strict=True)]
    limit8: Digits
    """The most a purchase pays, the least a sale gets; in a roll the least for what is sold."""
    price8: Digits = Field(default=0, validate_default=False)
    """What the market asked when a purchase was planned."""
    held_lots: Lots64
    lane_nonce: Annotated[int, Field(ge=1, le=_BITS_64, strict=True)]
    lane_filled: Lots64
    far: str = ""
    """The series a roll buys."""
    far_id: Digits = Field(default=0, validate_default=False)
    far_limit8: Digits = Field(default=0, validate_default=False)
    far_held_lots: Lots64 = 0

    model_config = Strict.model_config | {"strict": False}

    @model_validator(mode="after")
    def _require_far(self) -> "WantedOrder":
        if (self.action is OrderAction.ROLL) != bool(self.far and self.far_id and self.far_limit8):
            raise ValueError("a roll, and nothing else, has a far series with its limit")
        if self.far_id == self.series_id:
            raise ValueError("a roll goes into another series")
        if max(self.limit8, self.far_limit8, self.lots + self.lane_filled) > _BITS_64:
            raise ValueError("more than 64 bits")
        if max(self.series_id, self.far_id) >> 256:
            raise ValueError("an id of more than 256 bits")
        return self

    def to_json(self) -> dict[str, Any]:
        """As an exit's document and the audit log have it."""
        found: dict[str, Any] = {
            "action": self.action.value,
            "series": self.series,
            "series_id": str(self.series_id),
            "lots": self.lots,
            "limit8": str(self.limit8),
            "price8": str(self.price8),
            "held_lots": self.held_lots,
            "lane_nonce": self.lane_nonce,
            "lane_filled": self.lane_filled,
        }
        if self.action is OrderAction.ROLL:
            found |= {
                "far": self.far,
                "far_id": str(self.far_id),
                "far_limit8": str(self.far_limit8),
                "far_held_lots": self.far_held_lots,
            }
        return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a plan wants of the market, and for how long."""

    plan: str
    """Hash of the document: 0x and 64 digits."""
    team: str
    account: str
    policy: str
    """Hash of the policy it was made with."""
    valid_until: int
    orders: tuple[WantedOrder, ...]
    is_exit: bool
    """Whether it unwinds or rolls what is held."""


class _Month(Strict):
    """A line of a plan, as far as orders come from it."""

    month: Month
    series: str
    series_id: str
    buy_lots: Lots64
    held_lots: Lots64
    limit8: Digits
    price8: Digits
    lane_nonce: Lots64
    lane_filled: Lots64

    model_config = Strict.model_config | {"extra": "ignore"}


class _Head(Strict):
    """What every document says of itself."""

    team: str
    account: Account
    valid_until: Annotated[int, Field(ge=0, lt=1 << 40, strict=True)]

    model_config = Strict.model_config | {"extra": "ignore"}


class NothingToTrade(NotAPlan):
    """A plan that names no account: it was made from prices in a file, not from a market."""

    hint = "Write the market with `pargrade hedge market`, and plan again."


def wanted_of(document: Mapping[str, Any]) -> Wanted:
    """The orders of a plan or an exit. Raises NotAPlan, NothingToTrade."""
    is_exit = document.get("format") == EXIT_FORMAT
    try:
        head = _Head.model_validate(dict(document))
        if is_exit:
            orders = tuple(WantedOrder.model_validate(each) for each in document["orders"])
            policy = str(document["policy"])
        elif document.get("format") == FORMAT:
            orders = _purchases(document["months"])
            policy = str(document["made_from"]["policy"])
        else:
            raise NotAPlan(f"format {str(document.get('format'))[:40]!r}")
    except ValidationError as failure:
        first = failure.errors(include_url=False)[0]
        raise NotAPlan(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except (KeyError, TypeError, ValueError) as failure:
        raise NotAPlan(f"{type(failure).__name__}: {failure}") from None
    if not head.account:
        raise NothingToTrade("it names no account to trade for")
    name = "0x" + content_hash(dict(document)).hex()
    return Wanted(name, head.team, head.account, policy, head.valid_until, orders, is_exit)


def _purchases(months: Any) -> tuple[WantedOrder, ...]:
    lines = [_Month.model_validate(each) for each in months]
    return tuple(
        WantedOrder.model_validate(
            {
                "action": OrderAction.BUY,
                "series": line.series,
                "series_id": line.series_id,
                "lots": line.buy_lots,
                "limit8": str(line.limit8),
                "price8": str(line.price8),
                "held_lots": line.held_lots,
                "lane_nonce": line.lane_nonce,
                "lane_filled": line.lane_filled,
            }
        )
        for line in lines
        if line.buy_lots
    )
