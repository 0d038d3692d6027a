"""A back-test: a family of indices over a history, and what its quotes show beside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from oracle.backtest.naive import PanelDay, naive_median
from oracle.backtest.screening import ScreenDay, screen_days
from oracle.backtest.track import Track
from oracle.backtest.wide import Wide, read_wide
from oracle.index.daily_chain import DailyChain
from oracle.index.method import Method, Unit
from oracle.index.panel import Panel
from oracle.index.series import index_history
from oracle.quotes.history import History
from oracle.quotes.quote import Tier
from oracle.sources.history_file import Scan
from pargrade.clock import DAY_S

HOUR_S: Final = 3_600

YARDSTICK: Final = "H100 / USD"
"""The index whose providers, panel and yardstick are looked at one by one."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Market:
    """What the quotes themselves show: it takes all of them at once."""

    quotes: int
    providers: int
    screens: dict[str, tuple[ScreenDay, ...]]
    """By index, one per midnight."""
    naive: tuple[PanelDay, ...]
    """The naive line of the yardstick's hardware."""
    wide: Wide


@dataclass(frozen=True, slots=True)
class Backtest:
    """Indices over a period, with what they were computed from if it was in memory."""

    methods: tuple[Method, ...]
    panel: Panel
    tracks: tuple[Track, ...]
    market: Market | None = field(default=None)

    def track(self, index: str) -> Track | None:
        """The track of an index, None when it was not asked for."""
        return next((track for track in self.tracks if track.index == index), None)


def run_backtest(
    source: Scan,
    methods: Sequence[Method],
    panel: Panel,
    instants: Sequence[int],
    progress: Progress = lambda _: None,
) -> Backtest:
    """Every index at every instant, in unix seconds, ascending; `told` hears of each index.

    Raises SourceDown, SourceMalformed.
    """
    history = History.of(source.read())
    midnights = [instant for instant in instants if instant % DAY_S == 0]
    tracks, screens = [], {}
    for method in methods:
        progress(method.index)
        chain = DailyChain(history, method, panel)
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
    """The same tracks from a history that is read part by part, and nothing besides them."""
    tracks = []
    for method in methods:
        progress(method.index)
        answers = index_history(source, method, panel, instants, out_of_core=True)
        tracks.append(Track.of(method.index, answers))
    return Backtest(tuple(methods), panel, tuple(tracks))


def _market(
    history: History,
    methods: Sequence[Method],
    panel: Panel,
    midnights: Sequence[int],
    screens: dict[str, tuple[ScreenDay, ...]],
) -> Market | None:
    yardstick = next((method for method in methods if method.index == YARDSTICK), None)
    if yardstick is None:
        return None
    if yardstick.unit is not Unit.GPU_HOUR or yardstick.tier is not Tier.ON_DEMAND:
        raise ValueError(f"{YARDSTICK} is not the on-demand price of one kind of GPU")
    hardware, columns = yardstick.hardware[0], history.columns
    first, last = (midnights[0], midnights[-1]) if midnights else (0, 0)
    return Market(
        quotes=len(columns),
        providers=len(set(columns.provider.codes.tolist())),
        screens=screens,
        naive=tuple(
            day
            for day in naive_median(columns, hardware.model, hardware.variants[0])
            if first <= day.midnight <= last
        ),
        wide=read_wide(columns, yardstick, panel, midnights),
    )
