"""`pargrade` that is killed with SIGKILL around the commit of an observation.

    python killed_at_commit.py before|after oracle run CONFIG

`after` is the worst moment there is: the observation is on disk, and nobody has heard of it.
"""

import os
import signal
import sys
from typing import Any

from oracle.journal import Journal
from pargrade.cli import main

moment = sys.argv.pop(1)
commit = Journal.record


def record(*arguments: Any) -> Any:
    if moment == "after":
        commit(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)


Journal.record = record  # type: ignore[method-assign]
main()
