"""Cutting the holders of a series into pages that one transaction moves or redeems. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pargrade.chain.hashing import Address

PAGE: Final = 40
"""Holders of a side in a transaction: some four million gas."""


@dataclass(frozen=True, slots=True)
class PairPage:
    """Holders of both sides of one grade, and the lots that move from LONG to LONG and so on."""

    grade: int
    longs: tuple[Address, ...]
    shorts: tuple[Address, ...]
    lots: int


def cut_pages(
    longs: Mapping[Address, int],
    shorts: Sequence[Mapping[Address, int]],
    most: int,
    size: int = PAGE,
) -> Iterator[PairPage]:
    """Pages that move as many lots as both sides have, in the order of the holders.

    Shorts are by grade; `most` is the most lots of a page, and with 0 there is none. As the
    contract does, a page takes the lots of its first holders first; who has some left is in the
    next page again.
    """
    left = dict(longs)
    for grade, of_grade in enumerate(shorts):
        against = dict(of_grade)
        while left and against and most > 0:
            page_longs, page_shorts = tuple(left)[:size], tuple(against)[:size]
            lots = min(
                sum(left[holder] for holder in page_longs),
                sum(against[holder] for holder in page_shorts),
                most,
            )
            used_longs = _spend(left, page_longs, lots)
            used_shorts = _spend(against, page_shorts, lots)
            yield PairPage(grade, used_longs, used_shorts, lots)


def cut_holders(held: Mapping[Address, int], size: int = PAGE) -> Iterator[tuple[Address, ...]]:
    """Holders in pages, in their order."""
    holders = tuple(held)
    for start in range(0, len(holders), size):
        yield holders[start : start + size]


def _spend(left: dict[Address, int], holders: Sequence[Address], lots: int) -> tuple[Address, ...]:
    """Takes lots from the first of these holders on; who gave any. Who has none left is dropped."""
    used = []
    for holder in holders:
        if not lots:
            break
        taken = min(left[holder], lots)
        lots -= taken
        left[holder] -= taken
        used.append(holder)
        if not left[holder]:
            del left[holder]
    return tuple(used)
