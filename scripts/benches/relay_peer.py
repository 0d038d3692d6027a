"""The straightforward relay: pydantic, eth_account and a sorted list, kept beside ours.

What a good engineer writes in an afternoon, and right: the same checks, the same order of matching,
the same fills. Its choices, each the one that comes first to hand:

orders    pydantic models from the socket to the book, and so are fills: they are the API's response
book      a Python list a side, the best first, kept sorted by `bisect.insort` with a key
lookups   dicts by number, lane, maker and epoch; lots left follow from the lane, as on the chain
signature eth_account on the model's fields

Nothing is slowed down and nothing is tuned: no slots, no queue a price, no heap of expiries.
"""

import bisect
from typing import Any, Final

from eth_account import Account
from eth_account.messages import encode_typed_data
from pydantic import BaseModel, ConfigDict, Field

NOBODY: Final = bytes(20)
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


class PeerRest(BaseModel):
    """An order of the book, with all that a fill of it asks."""

    number: int
    side: int
    price: int
    lots: int
    maker: bytes
    taker: bytes
    lane: int
    nonce: int
    epoch: int
    expiry: int
    ways: int
    """Bit mask of legs and grades that it allows."""


class PeerFill(BaseModel):
    """Lots of a resting order that an incoming one takes."""

    number: int
    price: int
    lots: int
    way: int


def rank(order: PeerRest) -> tuple[int, int]:
    """Where an order stands on its side: by price, the best first, then by time."""
    return (-order.price if order.side == 0 else order.price, order.number)


class PeerBook:
    """One series: a sorted list of orders for each side, walked from its front.

    It hands out no fill that the chain would refuse: lanes, epochs, expiries, named takers, own
    orders and what a maker can pay for are looked up in dicts for each order that is met. It does
    less than ours in what is not matching: alternatives of a lane stay until they are met, nothing
    is kept by maker or by expiry, and levels that change are not noted for subscribers.
    """

    def __init__(self, fee_bps: int = 0) -> None:
        self.sides: tuple[list[PeerRest], list[PeerRest]] = ([], [])
        self.fee_bps = fee_bps
        self.orders: dict[int, PeerRest] = {}
        self.lanes: dict[tuple[bytes, int], tuple[int, int]] = {}
        """Nonce, and lots filled or matched."""
        self.epochs: dict[bytes, int] = {}
        self.payable: dict[bytes, int] = {}
        """Ways that a maker's funds, approvals and operator allow."""
        self.matches: dict[int, list[PeerFill]] = {}

    def left(self, order: PeerRest) -> int:
        """Lots that an order has left by its lane."""
        nonce, filled = self.lanes.get((order.maker, order.lane), (0, 0))
        if order.nonce < nonce:
            return 0
        return order.lots - filled if order.nonce == nonce else order.lots

    def spend(self, order: PeerRest, lots: int) -> None:
        """Counts lots of an order in its lane."""
        key = (order.maker, order.lane)
        nonce, filled = self.lanes.get(key, (0, 0))
        self.lanes[key] = (order.nonce, lots + (filled if nonce == order.nonce else 0))

    def refuse(self, order: PeerRest, now: int) -> None:
        """Raises ValueError for an order that may not be placed."""
        if now >= order.expiry:
            raise ValueError("expired")
        if order.epoch < self.epochs.get(order.maker, 0):
            raise ValueError("of an epoch that is over")
        if order.number in self.orders or self.left(order) <= 0:
            raise ValueError("replayed")

    def meets(self, order: PeerRest, other: PeerRest) -> int:
        """The first way in which two orders can be filled from each other; 0 for none."""
        if other.taker not in (NOBODY, order.maker) or order.taker not in (NOBODY, other.maker):
            return 0
        ways = order.ways & other.ways & self.payable[order.maker] & self.payable[other.maker]
        return ways & -ways

    def place(self, order: PeerRest, now: int = 0) -> list[PeerFill]:
        """Matches an order and keeps its rest. Returns its fills."""
        self.refuse(order, now)
        side, other = self.sides[order.side], self.sides[1 - order.side]
        buys, lots = order.side == 0, self.left(order)
        with_fee = 10_000 + self.fee_bps if buys else 10_000 - self.fee_bps
        fills: list[PeerFill] = []
        place = 0
        while place < len(other) and lots:
            resting = other[place]
            paid = resting.price * with_fee
            if paid > order.price * 10_000 if buys else paid < order.price * 10_000:
                break
            if resting.maker == order.maker:
                lots = 0
                break
            left = self.left(resting) if now < resting.expiry else 0
            if left <= 0:
                del other[place]
                del self.orders[resting.number]
                continue
            way = self.meets(order, resting)
            if not way:
                place += 1
                continue
            taken = min(lots, left)
            lots -= taken
            fills.append(PeerFill(number=resting.number, price=resting.price, lots=taken, way=way))
            self.spend(order, taken)
            self.spend(resting, taken)
            if taken == left:
                del other[place]
                del self.orders[resting.number]
        if fills:
            self.matches[order.number] = fills
        if lots:
            self.orders[order.number] = order
            bisect.insort(side, order, key=rank)
        return fills

    def cancel(self, number: int) -> None:
        """Finds an order by its place in the list and takes it out."""
        order = self.orders.pop(number)
        side = self.sides[order.side]
        del side[bisect.bisect_left(side, rank(order), key=rank)]
