"""A back-test cut into pieces that need nothing of each other: a map, here or on a cluster.

A method with a window takes every day from its own look-back, so its pieces are parts of the days.
A chain of daily links carries its level on, so a method of that kind is one piece. Whoever does the
pieces, in whatever order: the tracks are the same to the last digit.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from oracle.backtest.run import Backtest, Progress
from oracle.backtest.track import Track, TrackPoint
from oracle.index.method import Method
from oracle.index.panel import Panel
from oracle.index.series import index_history
from oracle.index.window.chain import WindowChain
from oracle.quotes.history import History
from oracle.sources.history_file import Scan
from oracle.sources.venue import load_venues
from pargrade.clock import DAY_S

PIECE_DAYS: Final = 30
"""Days of a piece; it reads a window and a look-back before them, too."""


@dataclass(frozen=True, slots=True)
class BacktestPiece:
    """Some instants of one index. Workers on other machines find the file under the same path."""

    path: Path
    method: Method
    panel: Panel
    begins: int | None
    """When the first quote of the whole history was observed, unix seconds."""
    instants: tuple[int, ...]
    """Ascending, unix seconds."""


Mapper = Callable[
    [Callable[[BacktestPiece], tuple[TrackPoint, ...]], Iterable[BacktestPiece]],
    list[tuple[TrackPoint, ...]],
]
"""Does a function of every piece and gives the results in their order."""


def run_mapped(
    source: Scan,
    methods: Sequence[Method],
    panel: Panel,
    instants: Sequence[int],
    progress: Progress,
    mapper: Mapper,
    piece_days: int = PIECE_DAYS,
) -> Backtest:
    """The tracks of a back-test, without the market, piece by piece.

    Raises SourceDown, SourceMalformed, and what the mapper raises.
    """
    begins = source.begins()
    pieces = [
        BacktestPiece(source.path, method, panel, begins, part)
        for method in methods
        for part in _parts(method, instants, piece_days)
    ]
    progress(f"{len(pieces)} pieces of {len(methods)} indices")
    found = mapper(compute_piece, pieces)
    tracks = (
        Track(
            method.index,
            tuple(
                point
                for piece, points in zip(pieces, found, strict=True)
                if piece.method.index == method.index
                for point in points
            ),
        )
        for method in methods
    )
    return Backtest(tuple(methods), panel, tuple(tracks))


def compute_piece(piece: BacktestPiece) -> tuple[TrackPoint, ...]:
    """The points of a piece, from the file. Raises SourceDown, SourceMalformed."""
    source, method = Scan(piece.path, load_venues()), piece.method
    if method.window is None:
        values = index_history(source, method, piece.panel, piece.instants)
        return tuple(TrackPoint.of(instant, value) for instant, value in values)
    first, last = piece.instants[0], piece.instants[-1]
    since = first - method.window.days * DAY_S - method.lookback_s
    history = History.of(source.between(since, last))
    chain = WindowChain(history, method, piece.panel, begin=piece.begins)
    return tuple(TrackPoint.of(instant, chain.value(instant)) for instant in piece.instants)


def _parts(method: Method, instants: Sequence[int], days: int) -> list[tuple[int, ...]]:
    if method.window is None or not instants:
        return [tuple(instants)] if instants else []
    parts: dict[int, list[int]] = {}
    for instant in instants:
        parts.setdefault((instant - instants[0]) // (days * DAY_S), []).append(instant)
    return [tuple(part) for part in parts.values()]
