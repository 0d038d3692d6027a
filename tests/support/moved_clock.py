"""Wrong clocks, for processes that are started with them (tests.support.forked)."""

import os
import time
from typing import Final

from pargrade.process.schedule import Schedule

_TWO_DAYS_S: Final = 2 * 86_400

_true: Final = time.time


def move_clocks() -> None:
    """All are an hour ahead in every other second; by the process, one is two days ahead besides,
    another two days behind.
    """
    time.time = _moved
    # It took the true clock as its default when it was imported.
    Schedule.__init__.__defaults__ = (time.monotonic, _moved)


def _moved() -> float:
    jumping_s = 3_600 * (int(time.monotonic()) % 2)
    return _true() + jumping_s + (_TWO_DAYS_S, -_TWO_DAYS_S, 0)[os.getpid() % 3]
