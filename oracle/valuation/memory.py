"""What all nodes remember alike: the opening history, and what was agreed on at each midnight.

Which rounds there were is read from the chain. So that no two nodes differ because one of them saw
a block later, a midnight takes the last round that had certainly landed when its first slot opens.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from oracle.index.chain import Chain, chain_of
from oracle.index.method import Method
from oracle.index.panel import Panel
from oracle.protocol.committee.committee import USABLE_SLOTS
from oracle.protocol.report.attested import Lines
from oracle.quotes.history import History
from oracle.quotes.quote import Quote
from oracle.sources.venue import load_venues
from oracle.valuation.lists import join, quotes_of
from pargrade.clock import DAY_S, midnight_of

SETTLED_SLOTS: Final = USABLE_SLOTS + 1
"""So many slots before a midnight a round has landed one slot before it, or never will."""


class AgreedRound(NamedTuple):
    """A round on chain and what it was made of."""

    slot: int
    """Unix seconds."""
    epoch: int
    root: bytes
    """Input root, 32 bytes."""


@dataclass(frozen=True, slots=True)
class CommonMemory:
    """A day's part of every valuation: the chain up to the last midnight, and the quotes in view.

    The same for all nodes with the same opening history: what follows depends on it and on the
    lines alone.
    """

    midnight: int
    """Slots of the day that begins here are valued with it, unix seconds."""
    chain: Chain
    recent: tuple[Quote, ...]
    """Those that a value of the day can still see."""

    def value_chain(self, lines: Lines) -> Chain:
        """The chain of the day's instants, over what was remembered and these lines."""
        part = History.of(join([*self.recent, *quotes_of(lines)]))
        return self.chain.continued(part, self.midnight + DAY_S)


def common_panel() -> Panel:
    """Every provider that the venue table knows, whose hash is part of the method's."""
    return Panel("common", tuple(load_venues().by_slug), 0)


def midnight_rounds(
    rounds: Iterable[AgreedRound], until: int, grid_s: int
) -> dict[int, AgreedRound]:
    """The round of every midnight that the agreed rounds decide, up to one (unix seconds).

    Midnights of before the first round are the opening history's. One before which nothing landed
    for a day has no round.
    """
    ordered = sorted(rounds)
    if not ordered:
        return {}
    slots = [each.slot for each in ordered]
    found: dict[int, AgreedRound] = {}
    for midnight in range(midnight_of(slots[0]) + DAY_S, until + 1, DAY_S):
        last = midnight - SETTLED_SLOTS * grid_s
        known = bisect_right(slots, last)
        if known and slots[known - 1] > last - DAY_S:
            found[midnight] = ordered[known - 1]
    return found


def make_memory(
    method: Method,
    opening: History,
    first_slot: int | None,
    agreed: Mapping[int, Sequence[Quote]],
    midnight: int,
) -> CommonMemory:
    """The memory of a day.

    `first_slot` is that of the first round on chain, None before it; `agreed` are the quotes that
    stand for the lines of the midnights that rounds decide. A list that is agreed on later may be
    older than a midnight, so no day's memory follows from that of the day before.
    """
    opened_until = midnight if first_slot is None else min(midnight, midnight_of(first_slot))
    quotes: list[Quote] = list(opening.columns.take(slice(opening.position(opened_until))).quotes())
    for instant in sorted(agreed):
        if opened_until < instant <= midnight:
            quotes += agreed[instant]
    history = History.of(join(quotes))
    chain = chain_of(history, method, common_panel())
    seen = history.columns.take(slice(history.position(midnight - method.view_s - DAY_S), None))
    # Made once a day: every value of the day continues it.
    chain = chain.continued(history, midnight + DAY_S)
    return CommonMemory(midnight, chain, tuple(seen.quotes()))
