"""Orders that keep near the index: at which prices they may be filled. Pure, integers.

The bounds are those of `FuturesExchange`, to the last digit: a price is near where its distance is
at most so many per cent of the fresh index. Where the index is not fresh no price is.
"""

from typing import Final

from pargrade.futures.order import is_near
from pargrade.units import Price

_PERCENT: Final = 100


def is_near_index(percent: int, price: int, spot: int) -> bool:
    """Whether an order of so many per cent may be filled at a price; 0 for any price.

    `spot` is the fresh index, USD per SCU with 8 decimals; 0 for none.
    """
    return not percent or bool(spot and is_near(Price(price), Price(spot), percent))


def near_bounds(percent: int, spot: int) -> tuple[int, int]:
    """The lowest and highest price that are near, rounded towards the index; (1, 0) for none."""
    if not spot:
        return 1, 0
    low, high = spot * (_PERCENT - percent), spot * (_PERCENT + percent)
    return -(-low // _PERCENT), high // _PERCENT
