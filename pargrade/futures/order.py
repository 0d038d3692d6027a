"""Signed orders for futures positions, and what a fill of them costs: the twin of FuturesExchange.

An order is the struct the contract takes, so there is one shape of it on both sides. Prices are
USD per SCU with 8 decimals, payments base units of the quote token. See IFuturesExchange for what
each leg moves; nothing here is rounded but the fee.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Final

from pargrade.bindings.structs import ORDER, Leg, Order, Roll, Side
from pargrade.chain.hashing import Address, address_of, keccak
from pargrade.chain.keys import Key
from pargrade.chain.typed_data import Domain
from pargrade.errors import PargradeError
from pargrade.futures.payoff import lot_value
from pargrade.units import TICK, Price, Rounding, divide

ANYONE: Final = address_of(bytes(20))
"""As an order's taker or matcher: whoever likes."""
MOST_PERCENT: Final = 15
"""The farthest from the index that an order can keep its fills to, in per cent of it."""
CANCELLED: Final = 2**64 - 1
"""Lots filled, as a lane has it, where its nonce was cancelled: no order reaches them."""
OPENING: Final = {Side.BUY: (Leg.MINT, Leg.LONG), Side.SELL: (Leg.MINT, Leg.SHORT)}
"""Legs that open a position of the side."""
CLOSING: Final = {Side.BUY: (Leg.SHORT, Leg.MERGE), Side.SELL: (Leg.LONG, Leg.MERGE)}
"""Legs that close one: a buyer gives up SHORT, a seller LONG."""

_NEAR_INDEX: Final = MOST_PERCENT << 4
"""The bits of `legs` that keep an order near the index."""
_BPS: Final = 10_000
_DOMAIN_NAME: Final = "Pargrade FuturesExchange"
_ORDER: Final = (
    b"Order(uint256 series,uint8 side,uint8 grade,uint8 legs,uint64 price,uint64 lots,"
    b"address maker,address taker,address matcher,uint64 epoch,uint64 lane,uint64 nonce,"
    b"uint40 expiry)"
)
_ORDER_TYPE: Final = keccak(_ORDER)
_ROLL_TYPE: Final = keccak(b"Roll(Order near,Order far)" + _ORDER)


class NotTradable(PargradeError):
    """A price no order can trade at."""

    hint = "Take a price on the tick of $0.01 at which a lot is a whole number of base units."

    def __init__(self, price: Price, quote_decimals: int) -> None:
        self.price = price
        self.quote_decimals = quote_decimals
        super().__init__(f"{price.text()} USD cannot be traded in {quote_decimals} decimals")


class OutOfBand(PargradeError):
    """A price at which no pair of a BANDED series is minted."""

    hint = "Take a price between L and H of the series, or another leg."

    def __init__(self, price: Price, low: Price, high: Price) -> None:
        self.price = price
        self.low = low
        self.high = high
        super().__init__(
            f"{price.text()} USD is not inside the band of {low.text()} to {high.text()} USD"
        )


class OrderOver(PargradeError):
    """An order that is spent or cancelled, or has fewer lots left than wanted."""

    hint = "Ask its maker for a new order."

    def __init__(self, order: Order, lane: "Lane", lots: int) -> None:
        self.order = order
        self.lane = lane
        self.lots = lots
        super().__init__(
            f"cannot fill {lots} of {order.lots} lots at nonce {order.nonce}: its lane is at nonce "
            f"{lane.nonce} with {'all cancelled' if lane.filled == CANCELLED else lane.filled}"
        )


class BadRoll(PargradeError):
    """Two orders that do not make a roll."""

    hint = "Take opposite sides, and one maker, lots, epoch, lane and nonce."

    def __init__(self, near: Order, far: Order) -> None:
        self.near = near
        self.far = far
        super().__init__("these two orders do not make a roll")


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a lane of a maker's orders has come to."""

    nonce: int = 0
    filled: int = 0

    def remaining(self, order: Order) -> int:
        """Lots the order has left, as far as its lane says."""
        if order.nonce < self.nonce:
            return 0
        filled = self.filled if order.nonce == self.nonce else 0
        return max(order.lots - filled, 0)

    def spend(self, order: Order, lots: int) -> "Lane":
        """The lane after a fill. Raises OrderOver for what the order does not have, or no lots."""
        if not 0 < lots <= self.remaining(order):
            raise OrderOver(order, self, lots)
        return Lane(order.nonce, order.lots - self.remaining(order) + lots)

    def cancel(self, nonce: int) -> "Lane":
        """The lane after its maker cancelled a nonce; one that is over changes nothing."""
        return self if nonce < self.nonce else Lane(nonce, CANCELLED)


def mask(legs: Iterable[Leg]) -> int:
    """An order's lower four `legs`: bit n allows leg n. The upper four are `near_index`."""
    return reduce(int.__or__, (1 << leg for leg in legs), 0)


def roll_of(near: Order, far: Order) -> Roll:
    """A roll of what `near` closes into what `far` opens: the legs are narrowed to that.

    Raises BadRoll for orders that do not belong together.
    """
    common = ("maker", "lots", "epoch", "lane", "nonce")
    if near.side == far.side or any(getattr(near, f) != getattr(far, f) for f in common):
        raise BadRoll(near, far)
    return Roll(
        replace(near, legs=near.legs & (mask(CLOSING[near.side]) | _NEAR_INDEX)),
        replace(far, legs=far.legs & (mask(OPENING[far.side]) | _NEAR_INDEX)),
    )


def struct_hash(signed: Order | Roll) -> bytes:
    """EIP-712 hash of the struct, without the domain: what Filled and Taken call the order."""
    if isinstance(signed, Order):
        return keccak(_ORDER_TYPE + ORDER.encode(signed))
    return keccak(_ROLL_TYPE + struct_hash(signed.near) + struct_hash(signed.far))


def exchange_domain(chain_id: int, exchange: Address) -> Domain:
    """Whom a maker signs for."""
    return Domain(_DOMAIN_NAME, chain_id, exchange)


def digest(signed: Order | Roll, domain: Domain) -> bytes:
    """What the maker signs: 32 bytes of EIP-712."""
    return domain.digest(struct_hash(signed))


def sign(signed: Order | Roll, domain: Domain, key: Key) -> bytes:
    """The maker's signature, 64 bytes of EIP-2098. Deterministic."""
    return key.sign(digest(signed, domain)).compact


def is_tradable(price: Price, quote_decimals: int) -> bool:
    """Whether a maker's price is on the tick and exact per lot in the quote token."""
    return price > 0 and price % TICK == 0 and price * 10**quote_decimals % 10**10 == 0


def near_index(percent: int) -> int:
    """Bits of an order's `legs` that keep its fills within so many per cent of the fresh index.

    0 for any distance, at most MOST_PERCENT.
    """
    if not 0 <= percent <= MOST_PERCENT:
        raise ValueError(f"an order keeps within 0 to {MOST_PERCENT} per cent, not {percent}")
    return percent << 4


def is_near(price: Price, spot: Price, percent: int) -> bool:
    """Whether a price is within so many per cent of an index, to the last digit."""
    return abs(int(price) - int(spot)) * 100 <= int(spot) * percent


def is_within(side: Side, price: Price, limit: Price, fee_bps: int) -> bool:
    """Whether a taker's limit allows the price with the fee on top, to the last digit."""
    if side is Side.BUY:
        return int(price) * (_BPS + fee_bps) <= int(limit) * _BPS
    return int(price) * (_BPS - fee_bps) >= int(limit) * _BPS


def payment(
    leg: Leg,
    price: Price,
    reference: Price,
    lots: int,
    quote_decimals: int,
    band: tuple[Price, Price] | None = None,
) -> int:
    """What the buyer pays the seller beside the locks; negative where the seller pays.

    A pair is paid its premium over K, LONG what it is worth above L, and SHORT's part of the lock
    goes with it, so that its seller pays H less the price. `band` is L and H of a BANDED series;
    without one L is zero and H is K, since SHORT locks units. Raises NotTradable and OutOfBand.
    """
    if not is_tradable(price, quote_decimals):
        raise NotTradable(price, quote_decimals)
    if band and leg is Leg.MINT and not band[0] < price < band[1]:
        raise OutOfBand(price, *band)
    low, high = band or (Price(0), reference)
    held = {Leg.LONG: low, Leg.SHORT: high}.get(leg, reference)
    return lots * (lot_value(price, quote_decimals) - lot_value(held, quote_decimals))


def fee(price: Price, lots: int, fee_bps: int, quote_decimals: int) -> int:
    """The taker's fee, rounded down in the taker's favour."""
    return divide(lots * lot_value(price, quote_decimals) * fee_bps, _BPS, Rounding.FLOOR)
