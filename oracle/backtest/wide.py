"""The chain of one index over every provider of a recording: a yardstick, and never an index.

It shows what linking over the lines that two days share does to a change of panel, where the
index itself has no value because too few of its own providers are left. It reads hyperscalers,
marketplaces and venues whose terms keep them out of an index, so nobody may publish its values.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from oracle.backtest.track import Track
from oracle.index.daily_chain import DailyChain
from oracle.index.level import entries_of
from oracle.index.method import Method
from oracle.index.panel import Panel
from oracle.quotes.classes import Firmness
from oracle.quotes.columns import Columns
from oracle.quotes.history import History
from oracle.sources.venue import Terms


@dataclass(frozen=True, slots=True)
class Wide:
    """The yardstick at midnights, and what every provider asked then."""

    track: Track
    prices: Mapping[str, Mapping[int, int]]
    """By provider, then midnight: the lower median of its lines, USD with 8 decimals."""
    restricted: frozenset[str]
    """Providers that a term of use keeps out: shown in sums only, never by name."""


def read_wide(columns: Columns, method: Method, panel: Panel, midnights: Iterable[int]) -> Wide:
    """The yardstick of an index of one kind of hardware: a panel, and who may not be on one."""
    barred = columns.terms.each(lambda terms: terms is Terms.RESTRICTED)
    names = columns.provider
    restricted = frozenset(names.words[code] for code in set(names.codes[barred].tolist()))
    everybody = Panel("everybody", tuple(panel.members | restricted), panel.lag_s)
    chain = DailyChain(History.of(_lifted(columns)), _widened(method), everybody)
    answers = []
    prices: dict[str, dict[int, int]] = {}
    for midnight in midnights:
        answers.append((midnight, chain.value(midnight)))
        for entry in entries_of(chain.fixing(midnight).prices, chain.method):
            prices.setdefault(entry.provider, {})[midnight] = entry.unit8
    return Wide(Track.of(method.index, answers), prices, restricted)


def _widened(method: Method) -> Method:
    # Its hash is empty: a node that were handed this method could not report by it.
    return replace(method, firmness=frozenset(Firmness), method_hash=b"")


def _lifted(columns: Columns) -> Columns:
    return replace(columns, terms=columns.terms.mapped(lambda _: Terms.UNSTATED))
