"""What a policy says of orders: whether, when, how far from the planned price, and who agrees."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, model_validator

from bridge.hedge.strict import Count, Positive, Share, Strict
from pargrade.chain.hashing import BadAddress, parse_address
from pargrade.clock import DAY_S, HOUR_S

_HOURS: Final = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_MOST_HOURS: Final = 24 * 31


def _account(value: Any) -> str:
    if value == "":
        return ""
    try:
        return parse_address(value if isinstance(value, str) else "")
    except BadAddress:
        raise ValueError(f"{value!r} is no address") from None


def _hours(value: Any) -> str:
    found = _HOURS.fullmatch(value if isinstance(value, str) else "")
    if not found:
        raise ValueError(f"{value!r} is no span of hours such as 08:00-18:00")
    if max(_seconds_of(value)) > DAY_S:
        raise ValueError(f"{value!r} goes beyond 24:00")
    return str(value)


def _seconds_of(text: str) -> tuple[int, int]:
    first, last = (part.split(":") for part in text.split("-"))
    return (
        int(first[0]) * HOUR_S + int(first[1]) * 60,
        int(last[0]) * HOUR_S + int(last[1]) * 60,
    )


def _at_most(most: int) -> Callable[[int], int]:
    def check(value: int) -> int:
        if not 1 <= value <= most:
            raise ValueError(f"{value} is not between 1 and {most}")
        return value

    return check


Account = Annotated[str, BeforeValidator(_account)]
"""An address with its checksum, or nothing."""
DayHours = Annotated[str, BeforeValidator(_hours)]


class OrderRule(Strict):
    """When a plan may be carried out, and by what orders. Times are UTC."""

    enabled: bool = True
    """The kill switch in the policy: no order while it is false."""
    stop_file: str = "STOP"
    """The kill switch as a file, beside the audit log: no order while it is there."""
    slippage: Share = Decimal(0)
    """How far an order may be above the planned price; max_price_usd holds all the same."""
    valid_hours: Count = 24
    """A plan is carried out within so many hours of its market, and its orders die then."""
    cooldown_hours: Count = 0
    """Hours after one plan before another may be carried out."""
    hours: DayHours = "00:00-24:00"
    """The time of day for orders; one that ends before it begins goes over midnight."""
    approve_above_usd: Positive | None = None
    """Cash of a plan above which other people have to agree."""
    approvals: Count = 1
    """How many of them."""
    approvers: tuple[Account, ...] = ()

    model_config = Strict.model_config | {"strict": False}

    @model_validator(mode="after")
    def _require_whole(self) -> "OrderRule":
        _at_most(_MOST_HOURS)(self.valid_hours)
        if not self.stop_file or "/" in self.stop_file or "\\" in self.stop_file:
            raise ValueError("stop_file is the name of a file, without a folder")
        if self.approve_above_usd is not None:
            if self.approvals < 1:
                raise ValueError("approvals is at least 1")
            if len(set(self.approvers) - {""}) < self.approvals:
                raise ValueError("fewer approvers than approvals")
        return self

    def allows_hour(self, instant: int) -> bool:
        """Whether orders may be sent at an instant, unix seconds."""
        first, last = _seconds_of(self.hours)
        second = instant % DAY_S
        return first <= second < last if first < last else second >= first or second < last
