"""The file a node's quotes are in, read again when it has grown."""

import logging
import os
from functools import lru_cache
from pathlib import Path
from typing import Final

from oracle.index.daily_chain import DailyChain
from oracle.index.method import Method
from oracle.index.panel import Panel
from oracle.quotes.history import History
from oracle.sources.errors import SourceDown, SourceError
from oracle.sources.recorded import load_recorded
from oracle.sources.venue import load_venues

_log = logging.getLogger(__name__)

_Stamp = tuple[int, int]

_GZIP: Final = b"\x1f\x8b"


class Recording:
    """One panel's daily chain over a recording. For one thread at a time."""

    def __init__(self, path: Path, method: Method, panel: Panel) -> None:
        """Raises SourceDown when the file is not to be read, SourceMalformed."""
        self.method = method
        self._path = path
        self._panel = panel
        self._stamp = _stamp(path)
        self._chain = DailyChain(_read(path, self._stamp), method, panel)

    def chain(self) -> DailyChain:
        """The chain over what the file holds now.

        While the file is missing, or half written, the quotes of before go on ageing: the node has
        no value any more once they are stale, and needs no other rule for a source that fails.
        """
        try:
            stamp = _stamp(self._path)
            if stamp != self._stamp and _is_whole(self._path):
                self._stamp = stamp
                self._chain = DailyChain(_read(self._path, stamp), self.method, self._panel)
        except SourceError as failure:
            _log.warning("going on with the quotes of before: %s", failure)
        return self._chain


def history_of(path: Path) -> History:
    """The quotes in a recording. Raises SourceDown when it is not to be read, SourceMalformed."""
    return _read(path, _stamp(path))


@lru_cache(maxsize=4)
def _read(path: Path, stamp: _Stamp) -> History:
    # Kept by what the file was, so that nodes forked from one process share what it has read.
    try:
        return History.of(load_recorded(path, load_venues()))
    except OSError as failure:
        raise _down(path, failure) from None


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
