"""A pipe whose other end is held by whoever started us: when it closes, we end.

The kernel closes it however the starter ends, SIGKILL included, so no node is left behind.
"""

import os
import signal
import threading


def end_with(pipe: int) -> None:
    """Sends this process SIGTERM once the file descriptor reaches its end."""
    threading.Thread(target=_watch, args=(pipe,), name="lifeline", daemon=True).start()


def _watch(pipe: int) -> None:
    try:
        while os.read(pipe, 4096):
            continue
    except OSError:
        return
    os.kill(os.getpid(), signal.SIGTERM)
