"""What each node of a committee has fetched when a slot opens: drawn over recorded lists."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from oracle.manipulation.committee.recorded_lists import RecordedLists
from oracle.protocol.batch.table import Fetched, Table
from pargrade.clock import DAY_S


@dataclass(frozen=True, slots=True)
class FetchConditions:
    """How nodes fetch."""

    period_s: int = 900
    """A node asks every provider so often, at a second of its own."""
    success: float = 0.9
    """Chance of each fetch."""
    skew_s: float = 1.0
    """Clocks are off by so much at most."""
    keeps: bool = True
    """Whether the newest list that came is kept while fetches fail, for a day; otherwise a fetch
    that failed leaves the node without the list."""


def draw_tables(
    lists: RecordedLists,
    watched: Sequence[Sequence[str]],
    slot: int,
    conditions: FetchConditions,
    draw: random.Random,
) -> tuple[Table, ...]:
    """The table of each node at a slot, in unix seconds, of the providers that it watches."""
    return tuple(_draw_table(lists, each, slot, conditions, draw) for each in watched)


def _draw_table(
    lists: RecordedLists,
    providers: Sequence[str],
    slot: int,
    conditions: FetchConditions,
    draw: random.Random,
) -> Table:
    skew_s = draw.uniform(-conditions.skew_s, conditions.skew_s)
    table: dict[str, Fetched] = {}
    for provider in providers:
        fetched_at = slot - draw.uniform(0, conditions.period_s)
        while draw.random() >= conditions.success:
            fetched_at -= conditions.period_s if conditions.keeps else DAY_S
        if fetched_at <= slot - DAY_S:
            continue
        stamp = min(int(fetched_at + skew_s), slot)
        for name, section in lists.sections_at(provider, int(fetched_at)).items():
            table[name] = Fetched(stamp, section)
    return table
