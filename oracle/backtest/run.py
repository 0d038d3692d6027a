"""A back-test: the indices of a family over a history, and statistics of its quotes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from oracle.backtest.naive import PanelDay, compute_naive_days
from oracle.backtest.screening import ScreenDay, screen_days
from oracle.backtest.track import Track
from oracle.backtest.wide import WideChain, run_wide_chain
from oracle.index.chain import chain_of
from oracle.index.method import Method, Unit
from oracle.index.panel import Panel
from oracle.index.series import index_history
from oracle.quotes.history import History
from oracle.quotes.quote import Tier
from oracle.sources.history_file import Scan
from pargrade.clock import DAY_S

EXAMINED_INDEX: Final = "H100 / USD"
"""The index whose providers, panel and quotes are examined one by one."""

Progress = Callable[[str], None]
"""Receives the name of each part of the work before it starts."""


@dataclass(frozen=True, slots=True)
class Market:
    """Statistics of the quotes, which need the whole history in memory."""

    quotes: int
    providers: int
    screens: dict[str, tuple[ScreenDay, ...]]
    """By index, one entry per midnight."""
    naive: tuple[PanelDay, ...]
    """The naive index of the hardware of EXAMINED_INDEX."""
    wide: WideChain


@dataclass(frozen=True, slots=True)
class Backtest:
    """Indices over a period, and the market if EXAMINED_INDEX ran with the history in memory."""

    methods: tuple[Method, ...]
    panel: Panel
    tracks: tuple[Track, ...]
    market: Market | None = None

    def find_track(self, index: str) -> Track | None:
        """The track of an index by name; None when the index did not run."""
        return next((track for track in self.tracks if track.index == index), None)


def run_backtest(
    source: Scan,
    methods: Sequence[Method],
    panel: Panel,
    instants: Sequence[int],
    progress: Progress = lambda _: None,
) -> Backtest:
    """Run every index at every instant, in unix seconds, ascending.

    `progress` receives the name of each index. Raises SourceDown, SourceMalformed.
    """
    history = History.of(source.read())
    midnights = [instant for instant in instants if instant % DAY_S == 0]
    tracks, screens = [], {}
    for method in methods:
        progress(method.index)
        chain = chain_of(history, method, panel)
        tracks.append(
            Track.of(method.index, ((instant, chain.value(instant)) for instant in instants))
        )
        screens[method.index] = screen_days(chain, midnights)
    market = _market(history, methods, panel, midnights, screens)
    return Backtest(tuple(methods), panel, tuple(tracks), market)


def run_out_of_core(
    source: Scan,
    methods: Sequence[Method],
    panel: Panel,
    instants: Sequence[int],
    progress: Progress = lambda _: None,
) -> Backtest:
    """Compute the same tracks from a history that is read in parts, without the market.

    Raises SourceDown, SourceMalformed.
    """
    tracks = []
    for method in methods:
        progress(method.index)
        values = index_history(source, method, panel, instants, out_of_core=True)
        tracks.append(Track.of(method.index, values))
    return Backtest(tuple(methods), panel, tuple(tracks))


def _market(
    history: History,
    methods: Sequence[Method],
    panel: Panel,
    midnights: Sequence[int],
    screens: dict[str, tuple[ScreenDay, ...]],
) -> Market | None:
    examined = next((method for method in methods if method.index == EXAMINED_INDEX), None)
    if examined is None:
        return None
    if examined.unit is not Unit.GPU_HOUR or examined.tier is not Tier.ON_DEMAND:
        raise ValueError(f"{EXAMINED_INDEX} is not the on-demand price of one kind of GPU")
    hardware, columns = examined.hardware[0], history.columns
    first, last = (midnights[0], midnights[-1]) if midnights else (0, 0)
    return Market(
        quotes=len(columns),
        providers=len(set(columns.provider.codes.tolist())),
        screens=screens,
        naive=tuple(
            day
            for day in compute_naive_days(columns, hardware.model, hardware.variants[0])
            if first <= day.midnight <= last
        ),
        wide=run_wide_chain(columns, examined, panel, midnights),
    )
