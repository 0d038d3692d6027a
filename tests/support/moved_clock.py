"""Wrong clocks, for processes that are started with them (tests.support.forked)."""

import os
import time
from typing import Final

from pargrade.process.schedule import Schedule

_TWO_DAYS_S: Final = 2 * 86_400

_true: Final = time.time


def move_clocks() -> None:
    """Of processes that are forked one after another, one is two days ahead, the next two days
    behind, and the next an hour ahead in every other second.
    """
    time.time = _moved
    # It took the true clock as its default when it was imported.
    Schedule.__init__.__defaults__ = (time.monotonic, _moved)


def _moved() -> float:
    jumping_s = 3_600 * (int(time.monotonic()) % 2)
    return _true() + (_TWO_DAYS_S, -_TWO_DAYS_S, jumping_s)[os.getpid() % 3]
