"""Vectors of orders: typed hashes by eth-account, money and lanes from exact fractions alone.

python tests/vectors/make_order.py
"""

from fractions import Fraction
from math import floor
from random import Random

from eth_account.messages import encode_typed_data
from eth_utils import keccak

from tests.vectors.columns import Row, write

CENT = 10**6
UINT64 = 2**64 - 1
MINT, LONG, SHORT, MERGE = range(4)
BUY, SELL = range(2)
SPEC = [
    *(("series", "uint256"), ("side", "uint8"), ("grade", "uint8"), ("legs", "uint8")),
    *(("price", "uint64"), ("lots", "uint64"), ("maker", "address"), ("taker", "address")),
    *(("matcher", "address"), ("epoch", "uint64"), ("lane", "uint64"), ("nonce", "uint64")),
    ("expiry", "uint40"),
]
TYPES = {
    "EIP712Domain": [
        {"name": "name", "type": "string"},
        {"name": "version", "type": "string"},
        {"name": "chainId", "type": "uint256"},
        {"name": "verifyingContract", "type": "address"},
    ],
    "Order": [{"name": name, "type": kind} for name, kind in SPEC],
    "Roll": [{"name": "near", "type": "Order"}, {"name": "far", "type": "Order"}],
}
BITS = {"uint256": 256, "uint8": 8, "uint64": 64, "uint40": 40, "address": 160}


def typed(message: dict, kind: str, chain: int, contract: int) -> Row:
    """Struct hash and digest of a message whose addresses are integers."""

    def spelled(fields: dict) -> dict:
        return {
            name: f"0x{value:040x}" if name in ("maker", "taker", "matcher") else value
            for name, value in fields.items()
        }

    signable = encode_typed_data(
        full_message={
            "types": {k: v for k, v in TYPES.items() if kind == "Roll" or k != "Roll"},
            "primaryType": kind,
            "domain": {
                "name": "Pargrade FuturesExchange",
                "version": "1",
                "chainId": chain,
                "verifyingContract": f"0x{contract:040x}",
            },
            "message": {name: spelled(half) for name, half in message.items()}
            if kind == "Roll"
            else spelled(message),
        }
    )
    parts = b"\x19" + signable.version + signable.header + signable.body
    return {
        "structHash": int.from_bytes(signable.body),
        "digest": int.from_bytes(keccak(parts)),
    }


def order(random: Random) -> Row:
    fields = {name: random.getrandbits(random.randint(0, BITS[kind])) for name, kind in SPEC}
    return {**fields, "side": random.choice((BUY, SELL))}


def order_case(random: Random) -> Row:
    fields, chain = order(random), random.randrange(1, 2**32)
    contract = random.getrandbits(160)
    hashes = typed(fields, "Order", chain, contract)
    return {**fields, "chainId": chain, "contract": contract, **hashes}


def roll_case(random: Random) -> Row:
    near, far, chain = order(random), order(random), random.randrange(1, 2**32)
    contract = random.getrandbits(160)
    return {
        **{f"near_{name}": value for name, value in near.items()},
        **{f"far_{name}": value for name, value in far.items()},
        "chainId": chain,
        "contract": contract,
        **typed({"near": near, "far": far}, "Roll", chain, contract),
    }


def value(price: int, lots: int, decimals: int) -> Fraction:
    """What lots are worth at a price: 0.01 SCU each, price in hundred-millionths of a dollar."""
    return Fraction(price, 10**8) * Fraction(lots, 100) * 10**decimals


def payment_case(random: Random, leg: int, *, banded: bool = False) -> Row:
    decimals = random.choice((0, 2, 4, 6, 6, 8, 18, 24))
    unit = max(CENT, 10 ** (10 - decimals))
    reference = random.randrange(1, 1_000) * unit
    price = random.choice((reference, random.randrange(1, 2_000) * unit))
    # COVERED is a band from nothing to K: its SHORT locks no quote.
    low, high = 0, reference
    if banded:
        low = random.randrange(reference // unit) * unit
        high = reference + random.randrange(1, 1_000) * unit
        if leg == MINT:
            price = random.randrange(low // unit + 1, high // unit) * unit
    lots = random.randrange(1, 10 ** random.randint(1, 12))
    fee_bps = random.randint(0, 20)
    due = value(price, lots, decimals)
    # The lock inside LONG is paid for with it, and SHORT's quote goes with it; a pair's goes its
    # own way.
    if leg == LONG:
        due -= value(low, lots, decimals)
    elif leg == SHORT:
        due -= value(high, lots, decimals)
    else:
        due -= value(reference, lots, decimals)
    assert due.denominator == 1
    return {
        "leg": leg,
        "price": price,
        "low": low,
        "referencePrice": reference,
        "high": high,
        "lots": lots,
        "quoteDecimals": decimals,
        "buyerPays": max(due, 0),
        "sellerPays": max(-due, 0),
        "feeBps": fee_bps,
        "fee": floor(value(price, lots, decimals) * fee_bps / 10_000),
    }


def tradable_case(random: Random) -> Row:
    price = random.choice((0, CENT, random.randrange(1, 10**12), random.randrange(10**5) * CENT))
    decimals = random.choice((0, 2, 3, 4, 6, 18))
    good = price > 0 and price % CENT == 0 and value(price, 1, decimals).denominator == 1
    return {"price": price, "quoteDecimals": decimals, "tradable": good}


def limit_case(random: Random) -> Row:
    side, fee_bps = random.choice((BUY, SELL)), random.randint(0, 20)
    price = random.randrange(1, 10_000) * CENT
    sign = 1 if side == BUY else -1
    all_in = price * (1 + sign * Fraction(fee_bps, 10_000))
    limit = max(0, floor(all_in) + random.choice((-CENT, -1, 0, 1, CENT)))
    within = all_in <= limit if side == BUY else all_in >= limit
    return {"side": side, "price": price, "limit": limit, "feeBps": fee_bps, "within": within}


def near_case(random: Random) -> Row:
    percent, spot = random.randint(1, 15), random.randrange(1, 10**12)
    side = random.choice((1, -1))
    edge = floor(spot * (1 + side * Fraction(percent, 100)))
    price = max(0, random.choice((edge, edge, edge, spot)) + random.choice((-CENT, -1, 0, 1, CENT)))
    near = abs(Fraction(price) - spot) <= Fraction(spot * percent, 100)
    return {"price": price, "spot": spot, "percent": percent, "near": near}


def lane_case(random: Random) -> Row:
    """A lane at (nonce, filled) meets an order; `filled` of 2^64 - 1 is a cancelled nonce."""
    nonce = random.randrange(1, 2**63)
    filled = random.choice((0, UINT64, random.randrange(1_000)))
    lane_nonce = nonce + random.choice((-1, 0, 0, 0, 1, random.randrange(2**62)))
    most, lots = random.choice((UINT64, random.randrange(2_000))), random.randrange(1_500)
    against = filled if lane_nonce == nonce else 0
    left = 0 if lane_nonce < nonce else max(most - against, 0)
    fits = 0 < lots <= left
    return {
        "nonce": nonce,
        "filled": filled,
        "orderNonce": lane_nonce,
        "orderLots": most,
        "lots": lots,
        "remaining": left,
        "fits": fits,
        "filledAfter": against + lots if fits else 0,
    }


def build() -> dict[str, list[Row]]:
    random = Random(20_260_308)
    return {
        "order": [order_case(random) for _ in range(120)],
        "roll": [roll_case(random) for _ in range(60)],
        "payment": [
            payment_case(random, leg, banded=banded)
            for leg in (MINT, LONG, SHORT, MERGE) * 80
            for banded in (False, True)
        ],
        "tradable": [tradable_case(random) for _ in range(300)],
        "limit": [limit_case(random) for _ in range(300)],
        "lane": [lane_case(random) for _ in range(300)],
        "near": [near_case(random) for _ in range(300)],
    }


if __name__ == "__main__":
    write("order", build)
