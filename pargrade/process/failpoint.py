"""Dying on purpose at a named step, to prove that a restart makes good.

Every step of the bridge that someone outside can see (a commit, a transaction, a receipt) is
followed by `reached`. Where PARGRADE_KILL_AT names a step, or its n-th time as "step:n", the
process kills itself there as the kernel would: no clean-up, no handlers, nothing flushed.
"""

import logging
import os
import signal
from collections import Counter
from typing import Final

VARIABLE: Final = "PARGRADE_KILL_AT"

_log = logging.getLogger("bridge.steps")
_times: Counter[str] = Counter()


def reached(step: str) -> None:
    """Marks a step as done, and is the last line this process runs if it is the one named."""
    _times[step] += 1
    _log.debug("step %s:%d", step, _times[step])
    named, _, time = os.environ.get(VARIABLE, "").partition(":")
    if named == step and _times[step] == int(time or 1):
        os.kill(os.getpid(), signal.SIGKILL)
