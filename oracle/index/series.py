"""The index at many instants of one history."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from oracle.index.chain import Chain, chain_of
from oracle.index.daily_chain import DailyChain
from oracle.index.level import IndexValue, NoValue
from oracle.index.method import Method
from oracle.index.panel import Panel
from oracle.index.window.chain import WindowChain
from oracle.quotes.history import History
from oracle.sources.history_file import Scan
from pargrade.clock import DAY_S

PART_DAYS: Final = 7
"""Days of quotes in memory at a time, besides a look-back, when working out of core."""


def index_history(
    source: Scan,
    method: Method,
    panel: Panel,
    instants: Sequence[int],
    *,
    out_of_core: bool = False,
    part_days: int = PART_DAYS,
) -> Iterator[tuple[int, IndexValue | NoValue]]:
    """The index at every instant, in unix seconds, ascending.

    Out of core the history is read in parts of days, each with the look-back before it. A part
    starts from the last anchor of the part before, or from the midnights of its window. These hold
    all that is needed from the past, so both ways give the same values. Raises ValueError for
    instants that descend, and what a Scan raises.
    """
    if any(later < earlier for earlier, later in pairwise(instants)):
        raise ValueError("the instants are not in ascending order")
    if out_of_core:
        yield from _index_in_parts(source, method, panel, instants, part_days * DAY_S)
    else:
        chain = chain_of(History.of(source.read()), method, panel)
        yield from ((as_of, chain.value(as_of)) for as_of in instants)


def _index_in_parts(
    source: Scan, method: Method, panel: Panel, instants: Sequence[int], part_s: int
) -> Iterator[tuple[int, IndexValue | NoValue]]:
    if not instants:
        return
    first = source.begins()
    start = min(instants[0], instants[0] if first is None else first) // DAY_S * DAY_S
    chain: Chain | None = None
    place = 0
    while place < len(instants):
        end = start + part_s
        history = History.of(source.between(start - method.view_s, end - 1))
        chain = _continue(chain, history, method, panel, first, start)
        while place < len(instants) and instants[place] < end:
            yield instants[place], chain.value(instants[place])
            place += 1
        start = end


def _continue(
    before: Chain | None,
    history: History,
    method: Method,
    panel: Panel,
    first: int | None,
    start: int,
) -> Chain:
    """The chain over a part from `start` on, after the chain over the parts before it."""
    if isinstance(before, WindowChain):
        return before.continued(history, start)
    if method.window is not None:
        return WindowChain(history, method, panel, begin=first)
    anchor = before.anchor(start - 1) if isinstance(before, DailyChain) else None
    begin = None if first is None else max(-(-first // DAY_S) * DAY_S, start)
    known = () if anchor is None else (anchor,)
    return DailyChain(history, method, panel, before=known, begin=begin)
