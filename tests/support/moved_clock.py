"""Wrong clocks, for processes that are started with them (tests.support.forked)."""

import os
import time
from typing import Final

from pargrade.process.schedule import Schedule

_TWO_DAYS_S: Final = 2 * 86_400

_true: Final = time.time


_forks = 0
"""Of this process, and before it was forked of the one that it was forked from."""
_kind = 0


def _count_fork() -> None:
    global _forks  # what a fork inherits is a module's
    _forks += 1


os.register_at_fork(before=_count_fork)


def move_clocks() -> None:
    """Of processes that are forked one after another, one is two days ahead, the next two days
    behind, and the next an hour ahead in every other second.
    """
    global _kind
    _kind = _forks % 3
    time.time = _moved
    # It took the true clock as its default when it was imported.
    Schedule.__init__.__defaults__ = (time.monotonic, _moved)


def _moved() -> float:
    jumping_s = 3_600 * (int(time.monotonic()) % 2)
    return _true() + (_TWO_DAYS_S, -_TWO_DAYS_S, jumping_s)[_kind]
