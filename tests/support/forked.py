"""The `pargrade` command in a process forked from one that has imported everything: the same
`main`, without the seconds a fresh interpreter takes.

Not forked from this one: Polars may have been used here, and its threads do not survive a fork.
"""

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Self

from pargrade.cli import main

_PR_SET_PDEATHSIG: Final = 1

_SERVER: Final = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["eth_account", "oracle.node.fleet", __name__])


def nothing() -> None:
    """Prepares nothing."""


class Forked:
    """A running command; what it prints goes to `log`. `prepare`, a function of a module, is called
    in it first.
    """

    def __init__(self, *words: object, log: Path, prepare: Callable[[], None] = nothing) -> None:
        self._process = _SERVER.Process(
            target=_run, args=([str(word) for word in words], log, dict(os.environ), prepare)
        )
        self._process.start()

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def code(self) -> int | None:
        """How it ended: an exit code, or a signal's number below zero."""
        return self._process.exitcode

    def kill(self) -> None:
        self._process.kill()
        self._process.join()

    def stop(self, patience: float = 5.0) -> None:
        """Asks it to end, and ends it when it does not."""
        self._process.terminate()
        self._process.join(patience)
        self.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()


def _run(
    words: list[str], log: Path, environment: dict[str, str], prepare: Callable[[], None]
) -> None:
    # However the tests end, what they started ends.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # The server keeps that of the test which happened to start it.
    os.environ.clear()
    os.environ.update(environment)
    with log.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", buffering=1) for number in (1, 2))
    sys.argv = ["pargrade", *words]
    code: Any = 1
    try:
        prepare()
        main()
    except SystemExit as end:
        code = end.code
    finally:
        os._exit(code if isinstance(code, int) else 1)
