"""What the one who submits a round can choose: today among values, with a common report nothing."""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from oracle.manipulation.committee.input_sets import (
    SlotBatches,
    accepted_sets,
    claims_of,
    is_accepted,
)
from oracle.manipulation.committee.lies import LIES, Lie
from oracle.manipulation.committee.line_valuation import LineValuation
from oracle.manipulation.committee.recorded_lists import RecordedLists
from oracle.manipulation.quorum import find_reach
from oracle.protocol.batch.table import Table
from oracle.protocol.committee.bounds import Bounds
from oracle.protocol.report.attested import Lines, own_lines

MIXES = 3
"""Draws in which each liar tells a lie of its own."""


class ValueSpan(NamedTuple):
    """The lowest and the highest value of a choice, 8 decimals."""

    low8: int
    high8: int

    @property
    def part(self) -> float:
        """High less low, against low: 0.01 is one per cent."""
        return (self.high8 - self.low8) / self.low8


@dataclass(frozen=True, slots=True)
class CommonRound:
    """One slot of a committee: its tables and everything they are valued with."""

    bounds: Bounds
    slot: int
    tables: tuple[Table, ...]
    """By position, as fetched."""
    up: frozenset[int]
    """Positions that take part."""

    @property
    def can_end(self) -> bool:
        """Whether enough nodes are up for a certified digest."""
        return len(self.up) >= max(self.bounds.prepares, self.bounds.signatures)

    @property
    def stands_still(self) -> bool:
        """Whether all nodes saw every list in the same state, however long ago they fetched it."""
        seen: dict[str, set[bytes]] = {}
        for table in self.tables:
            for provider, fetched in table.items():
                seen.setdefault(provider, set()).add(fetched.section)
        return all(len(found) == 1 for found in seen.values())

    def honest_lines(self) -> Iterator[Lines]:
        """The lines of every set that a leader can get accepted where nobody's batch is a lie."""
        if not self.can_end:
            return
        batches = SlotBatches(self.bounds, self.slot)
        roots = [batches.add(position, self.tables[position]) for position in sorted(self.up)]
        claims = claims_of(dict.fromkeys(self.up, roots))
        yield from map(batches.lines, accepted_sets(roots, claims, self.bounds))

    def lines_with_late(self, late: int, holders: Iterable[int]) -> Iterator[Lines]:
        """The same where one honest batch reached a few nodes only, so that it may be left out."""
        batches = SlotBatches(self.bounds, self.slot)
        roots = [batches.add(position, table) for position, table in enumerate(self.tables)]
        few = {*holders, late}
        in_time = [root for root in roots if root.position != late]
        held = {each: roots if each in few else in_time for each in range(self.bounds.nodes)}
        yield from map(batches.lines, accepted_sets(roots, claims_of(held), self.bounds))

    def lines_with_liars(
        self, liars: Sequence[int], lists: RecordedLists, draw: random.Random
    ) -> Iterator[Lines]:
        """The same where some nodes, one of whom may lead, lie and choose who gets their batches.

        Honest batches reach everyone. How many of the liars' are in is the leader's choice, and
        liars of one kind are alike: so many of them, by position, stand for all sets of so many.
        """
        honest = [each for each in range(self.bounds.nodes) if each not in liars]
        batches = SlotBatches(self.bounds, self.slot)
        roots = [batches.add(position, self.tables[position]) for position in honest]
        claims = claims_of(dict.fromkeys(honest, roots))
        for lies in _tellings(liars, draw):
            lying = [
                batches.add(liar, lie(self.tables[liar], lists, self.slot))
                for liar, lie in lies.items()
            ]
            for count in range(1, len(lying) + 1):
                inputs = tuple(sorted((*roots, *lying[:count])))
                if is_accepted(inputs, claims, self.bounds):
                    yield batches.lines(inputs)
        if is_accepted(tuple(roots), claims, self.bounds):
            yield batches.lines(tuple(roots))


def span_of(
    lines: Iterable[Lines], slot: int, valuations: Mapping[str, LineValuation]
) -> dict[str, ValueSpan | None]:
    """The span of every index over the lines of several input sets.

    None where there is no set, or one that gives no value: the choice is then about that, too.
    """
    found: dict[str, list[int | None]] = {name: [] for name in valuations}
    for each in lines:
        for name, valuation in valuations.items():
            found[name].append(valuation.value8(each, slot))
    spans: dict[str, ValueSpan | None] = {}
    for name, values in found.items():
        known = [value8 for value8 in values if value8 is not None]
        whole = bool(known) and len(known) == len(values)
        spans[name] = ValueSpan(min(known), max(known)) if whole else None
    return spans


def span_of_medians(values: Sequence[int | None], quorum: int, liars: int) -> ValueSpan | None:
    """The span of today's rounds: medians over every quorum of nodes that have a value.

    Of the nodes the last `liars` lie. None where there is no quorum.
    """
    honest = [value8 for value8 in values[: len(values) - liars] if value8 is not None]
    if len(honest) + liars < quorum:
        return None
    low8, high8 = find_reach(honest, quorum, liars)
    return None if low8 is None or high8 is None else ValueSpan(low8, high8)


def own_values(
    tables: Sequence[Table], slot: int, valuations: Sequence[LineValuation]
) -> list[int | None]:
    """What each node would sign by itself, of its own table and its own chain."""
    return [
        valuation.value8(own_lines(table), slot)
        for table, valuation in zip(tables, valuations, strict=True)
    ]


def _tellings(liars: Sequence[int], draw: random.Random) -> Iterator[dict[int, Lie]]:
    """Which lie each liar tells: all the same, or each its own."""
    for lie in LIES.values():
        yield dict.fromkeys(liars, lie)
    every: list[Callable[..., Any]] = list(LIES.values())
    for _ in range(MIXES):
        yield {liar: draw.choice(every) for liar in liars}
