"""Signed orders for tests: made of random fields, and sent as JSON."""

from dataclasses import replace
from random import Random
from typing import Any, Final

from bridge.orders.signed.listing import Listing, VenueRules
from bridge.orders.signed.order import SignedOrder
from pargrade.bindings.structs import Leg, Order, Side
from pargrade.chain.hashing import Address, address_of
from pargrade.chain.keys import Key
from pargrade.devnet.anvil import devnet_keys
from pargrade.futures import order as twin

KEYS: Final = devnet_keys()
MAKER: Final = KEYS[10]
CHAIN_ID: Final = 31_337
EXCHANGE: Final = address_of(b"\xec" * 20)
MATCHER: Final = KEYS[3].address
DOMAIN: Final = twin.exchange_domain(CHAIN_ID, EXCHANGE)
RULES: Final = VenueRules(CHAIN_ID, EXCHANGE, MATCHER)
NOW: Final = 1_772_582_400
COVERED: Final = Listing(7 << 200, NOW + 30 * 86_400, 0, 0, 2, 6)
BANDED: Final = Listing(9 << 200, NOW + 60 * 86_400, 150_000_000, 400_000_000, 1, 6)
LISTINGS: Final = {listing.series: listing for listing in (COVERED, BANDED)}
BASE: Final = Order(
    series=COVERED.series,
    side=Side.BUY,
    grade=0,
    legs=15,
    price=231_000_000,
    lots=100,
    maker=MAKER.address,
    taker=twin.ANYONE,
    matcher=twin.ANYONE,
    epoch=0,
    lane=1,
    nonce=1,
    expiry=NOW + 3_600,
)


def any_order(random: Random) -> Order:
    """Every field of any size it has room for."""

    def bits(most: int) -> int:
        return random.getrandbits(random.randint(0, most))

    def account() -> Address:
        return address_of(bits(160).to_bytes(20))

    return Order(
        series=bits(256),
        side=random.choice(list(Side)),
        grade=bits(8),
        legs=bits(8),
        price=bits(64),
        lots=bits(64),
        maker=account(),
        taker=account(),
        matcher=account(),
        epoch=bits(64),
        lane=bits(64),
        nonce=bits(64),
        expiry=bits(40),
    )


def order(key: Key = MAKER, **changes: Any) -> Order:
    """The ordinary order with some fields changed, made by a key."""
    return replace(BASE, **{"maker": key.address, **changes})


def signed(made: Order, key: Key = MAKER, domain: Any = DOMAIN) -> SignedOrder:
    """An order with its maker's signature."""
    return SignedOrder.of_struct(made, twin.sign(made, domain, key))


def long_form(signature: bytes) -> bytes:
    """65 bytes of a signature that has 64 of EIP-2098."""
    word = int.from_bytes(signature[32:])
    return signature[:32] + (word & (1 << 255) - 1).to_bytes(32) + bytes((27 + (word >> 255),))


def legs(*chosen: Leg) -> int:
    """A mask of legs."""
    return twin.mask(chosen)
