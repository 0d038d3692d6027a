"""How much of a credit can be paid, where a token takes more than it pays."""

from collections.abc import Callable
from typing import Final

_PRECISION: Final = 10**6
"""A millionth of it may stay behind: twenty questions to the chain, not a hundred."""


def find_payable(is_paid: Callable[[int], bool], credit: int, step: int) -> int:
    """Most base units of a credit of which a payment goes through; 0 where none does.

    In whole steps, to a millionth. For tokens whose fee grows with what is paid.
    """
    low, high = 0, credit // step
    while high - low > max(1, high // _PRECISION):
        middle = (low + high) // 2
        if is_paid(middle * step):
            low = middle
        else:
            high = middle
    return low * step
