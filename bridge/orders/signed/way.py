"""Ways in which an order may be filled: a leg, and a grade where the leg has one, as a bit mask.

    bits 0-7     MERGE of grade 1-8     both sides close: collateral comes back
    bit  8       LONG                   a position changes hands
    bits 9-16    SHORT of grade 1-8     a position changes hands
    bits 17-24   MINT of grade 1-8      both sides open: collateral is locked

The lowest bit that two orders share is the way they are filled by: what frees collateral first.
"""

from functools import lru_cache
from typing import Final

from pargrade.bindings.structs import Leg

MOST_GRADES: Final = 8
LONG_WAY: Final = 1 << 8
ALL_WAYS: Final = (1 << 25) - 1

_FIRST: Final = {Leg.MERGE: 0, Leg.SHORT: 9, Leg.MINT: 17}
ALL_LEGS: Final = 15
"""The lower four bits of an order's `legs`; the upper four keep it near the index."""


def way_of(leg: Leg, grade: int) -> int:
    """The bit of a leg and a grade, counted from 1; LONG has no grade."""
    return LONG_WAY if leg is Leg.LONG else 1 << _FIRST[leg] + grade - 1


MINT_WAYS: Final = sum(way_of(Leg.MINT, grade) for grade in range(1, MOST_GRADES + 1))


@lru_cache(maxsize=4_096)
def signed_ways(legs: int, grade: int, grades: int) -> int:
    """What a mask of legs and a grade (0 for any) allow in a series of so many grades."""
    chosen = (grade,) if grade else range(1, grades + 1)
    ways = LONG_WAY if legs & 1 << Leg.LONG else 0
    for leg in _FIRST:
        if legs & 1 << leg:
            ways |= sum(way_of(leg, g) for g in chosen if g <= grades)
    return ways


def leg_and_grade(way: int) -> tuple[Leg, int]:
    """The leg and the grade of one bit; the grade of LONG is 0."""
    return _TABLE[way]


_TABLE: Final = {
    LONG_WAY: (Leg.LONG, 0),
    **{way_of(leg, g): (leg, g) for leg in _FIRST for g in range(1, MOST_GRADES + 1)},
}
