"""A chain that remembers the last price of a line that left: a proposal that is not in use.

The chain of the method links the lines that two midnights share. A line that rises, leaves and
comes back at its old price is therefore linked up and not down. Here a link starts from the last
price of each line for a limited time, so the return of a line is linked as well.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from oracle.index.daily_chain import DailyChain
from oracle.index.level import IndexValue, NoValue, apply_link, base_level, link_between, value_of
from oracle.quotes.quote import Line
from pargrade.clock import DAY_S


def compute_with_memory(
    chain: DailyChain, instants: Iterable[int], memory_s: int
) -> Iterator[tuple[int, IndexValue | NoValue]]:
    """Compute the index at ascending instants, with lines remembered for `memory_s` seconds.

    Only `value8` differs from the value of the chain itself; a chain without a value has none here.
    """
    method = chain.method
    level18, known = 0, dict[Line, int]()
    seen: dict[Line, int] = {}
    midnight: int | None = None
    for instant in instants:
        anchors = chain.anchors(instant)
        value = chain.value(instant)
        if not anchors or isinstance(value, NoValue):
            yield instant, value
            continue
        midnight = anchors[0].midnight if midnight is None else midnight
        while midnight <= anchors[-1].midnight:
            fixing = chain.fixing(midnight)
            if not known:
                level18 = base_level(fixing.prices, method)
            else:
                level18 = apply_link(level18, link_between(known, fixing.prices, method))
            if fixing.providers >= method.min_providers:
                seen |= dict.fromkeys(fixing.prices, midnight)
                known |= fixing.prices
                known = {line: p for line, p in known.items() if seen[line] >= midnight - memory_s}
            midnight += DAY_S
        link = link_between(known, chain.fixing(instant).prices, method)
        yield instant, replace(value, value8=value_of(apply_link(level18, link)))
