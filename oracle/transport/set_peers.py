"""Whom to ask for input sets, in which order, and for how long."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

SHARE_S: Final = 60.0
"""One peer's share of time: of one set's lists each may come at the last moment."""


class Turn:
    """One peer's try to give one set."""

    def __init__(self, url: str, end: float, clock: Callable[[], float]) -> None:
        self.url = url
        self._end = end
        self._clock = clock

    @property
    def is_over(self) -> bool:
        """Whether the peer's time is used up: it is asked for nothing more."""
        return self._clock() > self._end


class SetPeers:
    """Who gave a set is asked first for the next one, and who failed last of all.

    A peer's share of time is for all sets together. One that has used it up is asked after the
    others, and where none of them has a set, with a new share. So a peer whose answers dribble
    holds up one set of many, and one that alone has them gives them all, however slowly.

    Safe to share between threads.
    """

    def __init__(
        self,
        urls: Iterable[str],
        share_s: float = SHARE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`urls` are in the order in which they are asked at first."""
        self._share_s = share_s
        self._clock = clock
        self._left = dict.fromkeys(urls, share_s)
        self._order = list(self._left)
        self._lock = threading.Lock()

    def in_turn(self) -> Iterator[str]:
        """Peers as they are to be asked for one set, until one gives it."""
        with self._lock:
            in_time = [url for url in self._order if self._left[url] > 0]
            whole = {url for url in in_time if self._left[url] == self._share_s}
        yield from in_time
        # Nobody who had time left gave it.
        with self._lock:
            late = [url for url in self._order if self._left[url] <= 0 and url not in whole]
            self._left.update(dict.fromkeys(late, self._share_s))
        yield from late

    @contextmanager
    def turn(self, url: str) -> Iterator[Turn]:
        """A peer's turn. It gave the set unless an exception leaves the block."""
        began = self._clock()
        place = len(self._order)
        try:
            yield Turn(url, began + self._left[url], self._clock)
            place = 0
        finally:
            with self._lock:
                self._left[url] -= self._clock() - began
                self._order.remove(url)
                self._order.insert(place, url)
