"""The file a node's quotes are in, read again when it has grown.

Polars reads it, and does not survive a fork: its threads are gone and its locks are still held. So
a process that forks nodes must not have read one itself, and shares what another one has read.
"""

import logging
import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Final, NamedTuple

from oracle.index.chain import Chain, chain_of
from oracle.index.method import Method
from oracle.index.panel import Panel
from oracle.quotes.history import History
from oracle.sources.errors import SourceDown, SourceError
from oracle.sources.recorded import load_recording
from oracle.sources.refused import RefusedPart
from oracle.sources.venue import load_venues
from pargrade.text import printable

_log = logging.getLogger(__name__)

_Stamp = tuple[int, int]

_MOST_SHOWN: Final = 400
"""Characters of a venue's text in a log line."""

_GZIP: Final = b"\x1f\x8b"

_MOST_KEPT: Final = 4
"""Recordings in memory."""


class RecordedHistory(NamedTuple):
    """What a recording holds."""

    history: History
    refused: tuple[RefusedPart, ...]
    """Lines that could not be read."""


class Recording:
    """One panel's daily chain over a recording. For one thread at a time."""

    def __init__(self, path: Path, method: Method, panel: Panel) -> None:
        """Raises SourceDown when the file is not to be read, SourceMalformed."""
        self.method = method
        self._path = path
        self._panel = panel
        self._read(_stamp(path))

    @property
    def refused(self) -> tuple[RefusedPart, ...]:
        """Lines that could not be read in what the chain is over."""
        return self._refused

    def has_changed(self) -> bool:
        """Whether the file is another one than the chain is over; false while it is missing."""
        try:
            return _stamp(self._path) != self._stamp
        except SourceDown:
            return False

    def chain(self) -> Chain:
        """The chain over what the file holds now.

        While the file is missing, half written or no recording any more, the quotes of before go on
        ageing: the node has no value any more once they are stale, and needs no other rule for a
        source that fails.
        """
        try:
            stamp = _stamp(self._path)
            if stamp != self._stamp and _is_whole(self._path):
                self._read(stamp)
        except SourceError as failure:
            _log.warning("going on with the quotes of before: %s", failure)
        return self._chain

    def _read(self, stamp: _Stamp) -> None:
        self._stamp = stamp
        recorded = _read(self._path, stamp)
        self._refused = recorded.refused
        self._chain = chain_of(recorded.history, self.method, self._panel)
        if recorded.refused:
            where, reason = recorded.refused[-1]
            _log.warning(
                "%s: refused %d lines, the last of them %s: %s",
                self._path.name,
                len(recorded.refused),
                where,
                printable(reason, _MOST_SHOWN),
            )


def recorded_history(path: Path) -> RecordedHistory:
    """What is in a recording. Raises SourceDown when it is not to be read, SourceMalformed."""
    return _read(path, _stamp(path))


def history_of(path: Path) -> History:
    """The quotes in a recording; see recorded_history."""
    return recorded_history(path).history


def share_recordings(paths: Iterable[Path]) -> None:
    """Read recordings in another process and keep them here, so that this one may be forked.

    One that cannot be read is left out: whoever needs it finds out.
    """
    wanted = sorted(set(paths))
    with ProcessPoolExecutor(1, get_context("fork")) as process:
        for kept in process.map(_read_whole, wanted):
            if kept is not None:
                _keep(*kept)


_Key = tuple[Path, _Stamp]

_kept: Final[dict[_Key, RecordedHistory]] = {}
"""By what the file was, so that nodes forked from one process share what it has."""


def _read_whole(path: Path) -> tuple[_Key, RecordedHistory] | None:
    try:
        stamp = _stamp(path)
        return (path, stamp), _load(path)
    except SourceError:
        return None


def _read(path: Path, stamp: _Stamp) -> RecordedHistory:
    if (path, stamp) not in _kept:
        _keep((path, stamp), _load(path))
    return _kept[path, stamp]


def _keep(key: _Key, recorded: RecordedHistory) -> None:
    while len(_kept) >= _MOST_KEPT:
        del _kept[next(iter(_kept))]
    _kept[key] = recorded


def _load(path: Path) -> RecordedHistory:
    recorded = load_recording(path, load_venues())
    return RecordedHistory(History.of(recorded.columns), recorded.refused)


def _is_whole(path: Path) -> bool:
    """Whether the last line is complete: half a line may well be read as another quote."""
    try:
        with path.open("rb") as file:
            if file.read(2) == _GZIP:
                return True
            file.seek(-1, os.SEEK_END)
            return file.read() == b"\n"
    except OSError as failure:
        raise _down(path, failure) from None


def _stamp(path: Path) -> _Stamp:
    """When the file was changed, and how long it was then."""
    try:
        found = path.stat()
    except OSError as failure:
        raise _down(path, failure) from None
    return found.st_mtime_ns, found.st_size


def _down(path: Path, failure: OSError) -> SourceDown:
    return SourceDown(str(path), failure.strerror or str(failure))
