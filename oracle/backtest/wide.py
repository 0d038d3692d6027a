"""The chain of one index over every provider of a recording, for comparison only.

It shows how linking over common lines treats a change of panel where the index itself has no value,
because too few of its own providers are left. It reads hyperscalers, marketplaces and venues whose
terms keep them out of an index, so its values may not be published as an index.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from oracle.backtest.track import Track
from oracle.index.chain import chain_of
from oracle.index.level import entries_of
from oracle.index.method import Method
from oracle.index.panel import Panel
from oracle.quotes.classes import Firmness
from oracle.quotes.columns import Columns
from oracle.quotes.history import History
from oracle.sources.venue import Terms


@dataclass(frozen=True, slots=True)
class WideChain:
    """The chain over every provider at midnights, and the prices of these providers."""

    track: Track
    prices: Mapping[str, Mapping[int, int]]
    """By provider, then midnight: the lower median of its lines, USD with 8 decimals."""
    restricted: frozenset[str]
    """Providers whose terms keep them out of an index. They are shown in sums, never by name."""


def run_wide_chain(
    columns: Columns, method: Method, panel: Panel, midnights: Iterable[int]
) -> WideChain:
    """Run an index of one kind of hardware over `panel` and all restricted providers.

    `midnights` are in unix seconds, ascending.
    """
    barred = columns.terms.each(lambda terms: terms is Terms.RESTRICTED)
    names = columns.provider
    restricted = frozenset(names.words[code] for code in set(names.codes[barred].tolist()))
    everybody = Panel("everybody", tuple(panel.members | restricted), panel.lag_s)
    chain = chain_of(History.of(_without_terms(columns)), _all_classes(method), everybody)
    values = []
    prices: dict[str, dict[int, int]] = {}
    for midnight in midnights:
        values.append((midnight, chain.value(midnight)))
        for entry in entries_of(chain.fixing(midnight).prices, chain.method):
            prices.setdefault(entry.provider, {})[midnight] = entry.unit8
    return WideChain(Track.of(method.index, values), prices, restricted)


def _all_classes(method: Method) -> Method:
    # An empty hash, so that no node can report by this method.
    return replace(method, firmness=frozenset(Firmness), method_hash=b"")


def _without_terms(columns: Columns) -> Columns:
    return replace(columns, terms=columns.terms.mapped(lambda _: Terms.UNSTATED))
