"""Vectors of wrapping and unwrapping, from exact fractions alone.

python tests/vectors/make_conversion.py
"""

from fractions import Fraction
from math import ceil, floor
from random import Random

from tests.vectors.columns import Row, write

DECIMALS = (0, 2, 6, 8, 18, 24)
# The least and greatest published factors, the devnet's, par, and ones that divide badly.
FACTORS4 = (1, 3, 712, 6_324, 7_019, 9_999, 10_000, 10_001, 30_000, 18_939, 10**9)
UINT96 = 2**96 - 1
MOST_UNITS = 2**128 - 1
"""A deposit cap has 128 bits, so no supply has more."""


def par(decimals: int, scu_per_token: int) -> Fraction:
    """Wei of units per token base unit."""
    return Fraction(scu_per_token, 10**decimals)


def wrap_case(decimals: int, factor4: int, arrived: int) -> Row:
    scu_per_token = factor4 * 10**14
    return {
        "decimals": decimals,
        "scuPerToken": scu_per_token,
        "arrived": arrived,
        "units": floor(arrived * par(decimals, scu_per_token)),
    }


def unwrap_case(decimals: int, factor4: int, units: int, balance: int, supply: int) -> Row:
    scu_per_token = factor4 * 10**14
    worth = par(decimals, scu_per_token)
    short = balance * worth < supply
    tokens = floor(Fraction(units * balance, supply)) if short else floor(units / worth)
    return {
        "decimals": decimals,
        "scuPerToken": scu_per_token,
        "units": units,
        "balance": balance,
        "supply": supply,
        "short": short,
        "tokens": tokens,
        "burned": units if short else ceil(tokens * worth),
    }


def build() -> dict[str, list[Row]]:
    random = Random(20_260_301)
    wraps, unwraps = [], []
    for decimals in DECIMALS:
        for factor4 in FACTORS4:
            worth = par(decimals, factor4 * 10**14)
            one_wei = ceil(1 / worth)
            amounts = {0, 1, one_wei, max(0, one_wei - 1), 10**decimals, UINT96}
            amounts.add(random.randrange(1, 10 ** random.randrange(1, 29)))
            wraps += [wrap_case(decimals, factor4, arrived) for arrived in sorted(amounts)]

            balance = random.randrange(1, 10 ** random.randrange(6, 28)) + 2 * one_wei
            balance = min(balance, floor((MOST_UNITS - 1) / worth))
            backed = floor(balance * worth)
            units = random.randrange(1, backed + 1)
            unwraps += [
                # Fully backed to the wei, and with a donation on top.
                unwrap_case(decimals, factor4, backed, balance, backed),
                unwrap_case(decimals, factor4, units, balance + 7 * one_wei, backed),
                # Less than one token's worth, and nothing.
                unwrap_case(decimals, factor4, min(backed, floor(worth)), balance, backed),
                unwrap_case(decimals, factor4, 0, balance, backed),
                # One wei of units too many, half gone, all gone.
                unwrap_case(decimals, factor4, units, balance, backed + 1),
                unwrap_case(decimals, factor4, units, balance // 2, backed),
                unwrap_case(decimals, factor4, units, 0, backed),
            ]
    return {"wrap": wraps, "unwrap": unwraps}


if __name__ == "__main__":
    write("conversion", build)
