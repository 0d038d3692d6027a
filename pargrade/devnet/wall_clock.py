"""Makes a development chain's time pass as time does on the wall, or several times as fast."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final, Self

from pargrade.chain.errors import ChainError, RpcDown
from pargrade.devnet.anvil import DevChain

STATES: Final = 256
"""Blocks behind the head whose state is kept: a chain by the clock has a block every two seconds,
and anvil's memory of one costs up to a megabyte.
"""

FASTEST: Final = 3_600
"""Seconds of the chain in a second."""

_PAUSE_S: Final = 2.0
_LEAST_PAUSE_S: Final = 0.5
_MINUTE_S: Final = 60
"""A block at least this often by the chain's own time, where the least pause allows it: rounds are
due on a grid of minutes.
"""

_log: Final = logging.getLogger(__name__)

Clock = Callable[[], float]
"""Seconds."""


class WallClock:
    """Mines an empty block now and then; transactions are mined at once, as before.

    Used as a context manager. Blocks that many transactions have put ahead of the clock are waited
    for. A machine that slept, or whose clock was set forward, is followed; one whose clock was set
    back is not.
    """

    def __init__(
        self,
        chain: DevChain,
        speed: int = 1,
        *,
        start: int = 0,
        monotonic: Clock = time.monotonic,
        wall: Clock = time.time,
    ) -> None:
        """`speed` is seconds of the chain in a second, 1 to FASTEST.

        The chain's time goes on from `start`, Unix seconds, or from its head where that is later.
        """
        self._chain = chain
        self._speed = speed
        self._start = start
        self._monotonic = monotonic
        self._wall = wall
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wall clock", daemon=True)

    @property
    def pause_s(self) -> float:
        """Seconds from one empty block to the next."""
        return max(_LEAST_PAUSE_S, min(_PAUSE_S, _MINUTE_S / self._speed))

    def now(self) -> int:
        """What time it is on the chain, Unix seconds."""
        slept = self._wall() - self._began_wall
        passed = max(self._monotonic() - self._began, slept)
        return self._start + int(passed * self._speed)

    def begin(self) -> None:
        """Sets the chain to the start and lets its time pass. Raises ChainError."""
        self._start = max(self._start, self._chain.head().timestamp + 1)
        self._began, self._began_wall = self._monotonic(), self._wall()
        self._chain.release_time()
        self._chain.mine_at(self._start)

    def tick(self) -> None:
        """Mines a block at the time it is now, unless the head is there. Raises ChainError."""
        now = self.now()
        if self._chain.head().timestamp < now:
            self._chain.mine_at(now)

    def __enter__(self) -> Self:
        self.begin()
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(self.pause_s):
            try:
                self.tick()
            except RpcDown:
                # Whoever started the chain looks after it; one that is only slow comes back.
                _log.debug("the chain does not answer")
            except ChainError as refused:
                # A transaction was mined in between and took a later time.
                _log.debug("no block by the clock: %s", refused)
        self._chain.close()
