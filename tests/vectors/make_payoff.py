"""Vectors of payoffs, redemption, averages and the settlement ladder, from exact fractions alone.

python tests/vectors/make_payoff.py
"""

from fractions import Fraction
from math import floor
from random import Random

from tests.vectors.columns import Row, write

CENT = 10**6
STEP = 10**4
LOT = 10**16
DAY = 86_400
CHALLENGE = DAY
EXPIRY = 1_780_272_000
UINT64 = 2**64 - 1
WAITING, FULL, REDUCED, CLOSED, DELIVER = range(5)


def lot_quote(price: int, decimals: int) -> int:
    """Value of 0.01 SCU in base units of the quote token."""
    return floor(Fraction(price, 10**8) / 100 * 10**decimals)


def split(price: int, reference: int, decimals: int, delivered: bool) -> dict[str, int]:
    locked = lot_quote(reference, decimals)
    if delivered:
        long_quote, short_units = 0, 0
    else:
        long_quote = lot_quote(min(price, reference), decimals)
        short_units = LOT if price <= reference else floor(LOT * Fraction(reference, price))
    return {
        "longQuote": long_quote,
        "shortQuote": locked - long_quote,
        "longUnits": LOT - short_units,
        "shortUnits": short_units,
    }


def payoff_case(price: int, reference: int, decimals: int, delivered: bool) -> Row:
    return {
        "price": price,
        "referencePrice": reference,
        "quoteDecimals": decimals,
        "delivered": delivered,
        "quotePerLot": lot_quote(reference, decimals),
        **split(price, reference, decimals, delivered),
    }


def banded_case(price: int, low: int, reference: int, high: int, decimals: int) -> Row:
    """LONG stands for the part of the band below S, SHORT for the part above it."""
    below, inside, above = (
        lot_quote(p, decimals) for p in (low, sorted((low, price, high))[1], high)
    )
    at_reference = lot_quote(reference, decimals)
    return {
        "price": price,
        "low": low,
        "referencePrice": reference,
        "high": high,
        "quoteDecimals": decimals,
        "longLock": at_reference - below,
        "shortLock": above - at_reference,
        "longQuote": inside - below,
        "shortQuote": above - inside,
    }


def last_price_case(random: Random, spans: int) -> Row:
    """Coverage and value time of spans in their order; the first covered for a day gives S."""
    covered = [random.choice((0, 1, DAY - 1, DAY, 3 * DAY)) for _ in range(spans)]
    values = [random.randrange(1, 10**9) * each for each in covered]
    reference = random.randrange(1, 1_000) * CENT
    found = [
        round(Fraction(v, c * STEP)) * STEP
        for v, c in zip(values, covered, strict=True)
        if c >= DAY
    ]
    row: Row = {"referencePrice": reference, "price": found[0] if found else reference}
    for number in range(3):
        row[f"coveredTime{number}"] = covered[number] if number < spans else 0
        row[f"valueTime{number}"] = values[number] if number < spans else 0
    return row


def redeem_case(random: Random, impaired: int, delivered: bool) -> Row:
    """LONG redeems `lots` after `redeemed`, on two grades; bit g of `impaired` is grade g."""
    reference = random.randrange(1, 1_000) * CENT
    price = random.choice((reference, random.randrange(1, 2 * reference // STEP + 2) * STEP))
    backing = [random.randrange(1, 10 ** random.randrange(1, 9)) for _ in range(2)]
    total = sum(backing)
    redeemed = random.choice((0, random.randrange(total)))
    lots = random.choice((1, total - redeemed, random.randrange(1, total - redeemed + 1)))
    legs = split(price, reference, 6, delivered)
    unwound = sum(lots_g for g, lots_g in enumerate(backing) if impaired >> g & 1)
    pool = legs["longQuote"] * (total - unwound) + lot_quote(reference, 6) * unwound
    share = Fraction(pool, total)
    units = [
        0 if impaired >> g & 1 else floor(Fraction(lots * legs["longUnits"] * lots_g, total))
        for g, lots_g in enumerate(backing)
    ]
    return {
        "price": price,
        "referencePrice": reference,
        "quoteDecimals": 6,
        "delivered": delivered,
        "lots0": backing[0],
        "lots1": backing[1],
        "impaired": impaired,
        "redeemed": redeemed,
        "lots": lots,
        "quote": floor((redeemed + lots) * share) - floor(redeemed * share),
        "units0": units[0],
        "units1": units[1],
    }


def average_case(value_time: int, covered_time: int) -> Row:
    # Python rounds a Fraction half to even.
    steps = round(Fraction(value_time, covered_time * STEP))
    return {"valueTime": value_time, "coveredTime": covered_time, "price": steps * STEP}


def ladder_case(now_after: int, ready_after: int) -> Row:
    """Seconds after expiry, with deadlines written as the intervals of the design."""
    intervals = {
        FULL: (ready_after, 7 * DAY),
        REDUCED: (max(ready_after, 7 * DAY), 14 * DAY - 2 * CHALLENGE),
        CLOSED: (max(ready_after, 14 * DAY - 2 * CHALLENGE), 14 * DAY),
    }
    rung = DELIVER if now_after >= 14 * DAY else WAITING
    for step, (start, end) in intervals.items():
        if start <= now_after < end:
            rung = step
    return {
        "expiry": EXPIRY,
        "readyAt": EXPIRY + ready_after,
        "challenge": CHALLENGE,
        "now": EXPIRY + now_after,
        "rung": rung,
    }


def build() -> dict[str, list[Row]]:
    random = Random(20_260_302)
    payoffs = []
    for reference in (CENT, 2 * CENT, 231 * CENT, 250 * CENT, 99_999 * CENT):
        near = [reference + n * STEP for n in (-1, 0, 1)]
        far = [0, STEP, reference // 2, 2 * reference, 3 * reference, 10**14, UINT64 // STEP * STEP]
        drawn = [random.randrange(1, 4 * reference // STEP) * STEP for _ in range(5)]
        for decimals in (2, 6, 8, 18):
            payoffs += [payoff_case(p, reference, decimals, False) for p in near + far + drawn]
            payoffs.append(payoff_case(near[2], reference, decimals, True))
            payoffs.append(payoff_case(0, reference, decimals, True))
    bands = []
    for low, reference, high in (
        (0, CENT, 2 * CENT),
        (200 * CENT, 240 * CENT, 300 * CENT),
        (239 * CENT, 240 * CENT, 241 * CENT),
        (CENT, 99_999 * CENT, 10**6 * CENT),
    ):
        edges = [e + n * STEP for e in (low, reference, high) for n in (-1, 0, 1)]
        far = [0, STEP, 10**14, UINT64 // STEP * STEP]
        drawn = [random.randrange(1, 2 * high // STEP) * STEP for _ in range(10)]
        bands += [
            banded_case(price, low, reference, high, decimals)
            for decimals in (0, 2, 6, 18)
            for price in edges + far + drawn
            if price >= 0
        ]
    last_prices = [last_price_case(random, spans) for spans in range(4) for _ in range(20)]
    redemptions = [
        redeem_case(random, impaired, delivered)
        for impaired in range(4)
        for delivered in (False, True)
        for _ in range(40)
    ]
    averages = [average_case(n * STEP + half, 1) for n in range(6) for half in (0, 4_999, 5_000)]
    averages += [average_case((2 * n + 1) * 5_000 * 7 + d, 7) for n in range(6) for d in (-1, 0, 1)]
    averages += [average_case(UINT64 * covered, covered) for covered in (1, DAY, 31 * DAY)]
    averages += [
        average_case(random.randrange(10**9) * covered + random.randrange(covered), covered)
        for covered in [random.randrange(1, 100 * DAY) for _ in range(100)]
    ]
    edges = [0, 7 * DAY, 14 * DAY - 2 * CHALLENGE, 14 * DAY]
    ladder = [
        ladder_case(now, ready)
        for ready in (0, 900, 8 * DAY, 13 * DAY, 20 * DAY)
        for now in sorted({e + d for e in [*edges, ready] for d in (-1, 0, 1)} | {5 * DAY})
    ]
    return {
        "payoff": payoffs,
        "banded": bands,
        "lastPrice": last_prices,
        "redeem": redemptions,
        "average": averages,
        "ladder": ladder,
    }


if __name__ == "__main__":
    write("payoff", build)
