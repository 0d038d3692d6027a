"""Logarithms and their inverse as integers: exact to the last digit on every machine.

`decimal` rounds ln and exp correctly, so no result depends on a processor or a library of floats.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from typing import Final

LOG_ONE: Final = 10**10
"""A natural logarithm of 1.0: logarithms carry ten decimals."""

_CONTEXT: Final = Context(prec=40, rounding=ROUND_HALF_EVEN)


@lru_cache(maxsize=65_536)
def log_of(amount: int) -> int:
    """The natural logarithm of a positive integer, ten decimals, half-even."""
    scaled = _CONTEXT.multiply(Decimal(amount).ln(_CONTEXT), Decimal(LOG_ONE))
    return int(scaled.to_integral_value(ROUND_HALF_EVEN))


def amount_of(log: int) -> int:
    """The integer whose natural logarithm this is, half-even: the inverse of `log_of`."""
    exact = _CONTEXT.divide(Decimal(log), Decimal(LOG_ONE)).exp(_CONTEXT)
    return int(exact.to_integral_value(ROUND_HALF_EVEN))
