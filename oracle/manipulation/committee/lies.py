"""Tables of lying witnesses: what a batch can say that was not fetched."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final

from oracle.manipulation.committee.recorded_lists import RecordedLists
from oracle.protocol.batch.section import LinePrice, pack_section, read_section
from oracle.protocol.batch.table import Fetched, Table
from pargrade.clock import DAY_S

Lie = Callable[[Table, RecordedLists, int], Table]
"""The table that a node shows for a slot in place of its own."""


def scale(numerator: int, denominator: int) -> Lie:
    """Every price by a factor, rounded down, stamped now."""

    def lie(table: Table, _: RecordedLists, slot: int) -> Table:
        return {
            name: Fetched(slot, _scaled(each.section, numerator, denominator))
            for name, each in table.items()
        }

    return lie


def repeat_yesterday(table: Table, lists: RecordedLists, slot: int) -> Table:
    """The lists of a day ago, stamped now."""
    yesterday: dict[str, Fetched] = {}
    for provider in {name.partition("/")[0] for name in table}:
        for name, section in lists.sections_at(provider, slot - DAY_S).items():
            yesterday[name] = Fetched(slot, section)
    return yesterday


def stamp_now(table: Table, _: RecordedLists, slot: int) -> Table:
    """The true lists, as if they had just been fetched."""
    return {name: replace(each, fetched_at=slot) for name, each in table.items()}


def drop_half(table: Table, _: RecordedLists, slot: int) -> Table:
    """Every second line of every list."""
    return {name: replace(each, section=_halved(each.section)) for name, each in table.items()}


def show_nothing(table: Table, _: RecordedLists, slot: int) -> Table:
    """No list at all."""
    return {}


LIES: Final[Mapping[str, Lie]] = {
    "all prices threefold": scale(3, 1),
    "all prices a tenth higher": scale(11, 10),
    "all prices a third": scale(1, 3),
    "yesterday's prices, stamped now": repeat_yesterday,
    "true prices, stamped now": stamp_now,
    "half of the lines": drop_half,
    "nothing": show_nothing,
}


@lru_cache(maxsize=16_384)
def _scaled(section: bytes, numerator: int, denominator: int) -> bytes:
    return pack_section(
        LinePrice(line, max(1, price8 * numerator // denominator), stated)
        for line, price8, stated in read_section(section)
    )


@lru_cache(maxsize=16_384)
def _halved(section: bytes) -> bytes:
    return pack_section(read_section(section)[::2])
