"""The straightforward relay: pydantic, eth_account and a sorted list, kept beside ours.

What most would write first, and right: the same checks, the same order of matching.
"""

import bisect
from typing import Any, Final

from eth_account import Account
from eth_account.messages import encode_typed_data
from pydantic import BaseModel, ConfigDict, Field

_UINT64: Final = Field(ge=0, lt=1 << 64)
TYPES: Final = {
    "Order": [
        {"name": name, "type": kind}
        for name, kind in (
            ("series", "uint256"),
            ("side", "uint8"),
            ("grade", "uint8"),
            ("legs", "uint8"),
            ("price", "uint64"),
            ("lots", "uint64"),
            ("maker", "address"),
            ("taker", "address"),
            ("matcher", "address"),
            ("epoch", "uint64"),
            ("lane", "uint64"),
            ("nonce", "uint64"),
            ("expiry", "uint40"),
        )
    ]
}


class PeerOrder(BaseModel):
    """An order's fields, validated."""

    model_config = ConfigDict(extra="forbid")

    series: int = Field(ge=0, lt=1 << 256)
    side: int = Field(ge=0, le=1)
    grade: int = Field(ge=0, lt=256)
    legs: int = Field(ge=1, le=15)
    price: int = _UINT64
    lots: int = _UINT64
    maker: str = Field(pattern="^0x[0-9a-fA-F]{40}$")
    taker: str = Field(pattern="^0x[0-9a-fA-F]{40}$")
    matcher: str = Field(pattern="^0x[0-9a-fA-F]{40}$")
    epoch: int = _UINT64
    lane: int = _UINT64
    nonce: int = _UINT64
    expiry: int = Field(ge=0, lt=1 << 40)


class PeerSubmission(BaseModel):
    """An order and its signature."""

    order: PeerOrder
    signature: str


class PeerBatch(BaseModel):
    """A batch as the API takes it."""

    orders: list[PeerSubmission]


def is_signed(submission: PeerSubmission, domain: dict[str, Any]) -> bool:
    """Whether the maker signed it."""
    message = encode_typed_data(domain, TYPES, submission.order.model_dump())
    return bool(
        Account.recover_message(message, signature=submission.signature) == submission.order.maker
    )


class PeerBook:
    """One series: a sorted list of orders for each side, walked from its front."""

    def __init__(self) -> None:
        self.sides: tuple[list[Any], list[Any]] = ([], [])
        self.left: dict[int, int] = {}

    def place(self, number: int, side: int, price: int, lots: int) -> int:
        """Matches an order and keeps its rest. Returns how many it met."""
        other = self.sides[1 - side]
        met = 0
        while other and lots:
            key, best, resting = other[0]
            if best > price if side == 0 else best < price:
                break
            taken = min(lots, self.left[resting])
            lots -= taken
            self.left[resting] -= taken
            met += 1
            if not self.left[resting]:
                other.pop(0)
                del self.left[resting]
        if lots:
            self.left[number] = lots
            key = (-price if side == 0 else price, number)
            bisect.insort(self.sides[side], (key, price, number))
        return met

    def cancel(self, number: int, side: int) -> None:
        """Looks for an order and takes it out."""
        for place, (_, _, resting) in enumerate(self.sides[side]):
            if resting == number:
                del self.sides[side][place]
                del self.left[number]
                return
