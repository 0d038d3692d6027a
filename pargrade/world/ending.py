"""Ending a world from another process."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from pargrade.world.errors import NotUp, StillUp
from pargrade.world.place import owner_of

_PATIENCE_S: Final = 90.0
_PAUSE_S: Final = 0.05


def end_world(folder: Path) -> int:
    """Asks the process that runs the world to end, waits for it, and returns its number.

    Raises NotUp, StillUp.
    """
    process = owner_of(folder)
    if process is None:
        raise NotUp(folder)
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE_S
    while owner_of(folder) == process:
        if time.monotonic() > deadline:
            raise StillUp(folder, process, _PATIENCE_S)
        time.sleep(_PAUSE_S)
    return process
