"""Several nodes on one machine, each a process forked from a common parent.

The parent imports all libraries before it forks. That takes two seconds of processor time; five
separate nodes would need ten. This is for development networks. Real reporters run on machines of
their own.
"""

import gc
import logging
import os
import signal
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final, NoReturn, Protocol, TypeVar

from oracle.node.live_settings import LiveSettings
from oracle.node.recording import share_recordings
from pargrade.errors import PargradeError
from pargrade.logs.handler import set_up_logs
from pargrade.logs.log_format import LogFormat
from pargrade.process.lifeline import end_with

_log = logging.getLogger(__name__)

_LAZY_IMPORTS: Final = (
    "anyio._backends._asyncio",
    "eth_account",
    "pydantic.v1",
    "sqlite3.dbapi2",
    "uvicorn.lifespan.off",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.httptools_impl",
)
"""Modules that libraries import at first use; imported here once for all nodes."""

_PATIENCE_S: Final = 3.0
"""How long nodes may take to end before they are killed."""


class FleetConfig(Protocol):
    """What a fleet has to know of a node."""

    @property
    def name(self) -> str:
        """In logs."""
        ...

    @property
    def log_format(self) -> LogFormat:
        """Of its lines."""
        ...

    @property
    def sample(self) -> Path:
        """The recording it reads."""
        ...

    @property
    def live(self) -> LiveSettings:
        """Venues that it asks in place of the recording."""
        ...


C = TypeVar("C", bound=FleetConfig)


def run_fleet(
    read: Callable[[], Sequence[C]],
    run: Callable[[C], None],
    show_error: Callable[[PargradeError], None],
) -> None:
    """Run every node in a process of its own, until all have ended or this process is stopped.

    `read` is called after all imports. A node that ends does not end the others, because a quorum
    of the nodes is enough. `show_error` prints the error that ended a node. The fleet's own lines
    have the form of its first node's.
    """
    end, lifeline = os.pipe()
    for module in _LAZY_IMPORTS:
        import_module(module)
    configs = read()
    set_up_logs("fleet", configs[0].log_format)
    # Read once for all nodes; a node with an unreadable recording raises its own error.
    share_recordings(config.sample for config in configs if not config.live.venues)
    # Objects that the collector does not touch stay shared between the processes.
    gc.freeze()
    # Polars has calls go on after Ctrl-C; this process would wait for its nodes for ever.
    signal.siginterrupt(signal.SIGINT, True)
    names: dict[int, str] = {}
    try:
        for config in configs:
            pid = os.fork()
            if pid == 0:
                os.close(lifeline)
                set_up_logs(config.name, config.log_format)
                _run_child(config, run, end, show_error)
            names[pid] = config.name
        while names:
            pid, status = os.wait()
            _log.warning("%s ended (%d)", names.pop(pid), os.waitstatus_to_exitcode(status))
    finally:
        os.close(lifeline)
        _end_processes(list(names))


def _run_child(
    config: C, run: Callable[[C], None], end: int, show_error: Callable[[PargradeError], None]
) -> NoReturn:
    code = 1
    try:
        end_with(end)
        run(config)
        code = 0
    except PargradeError as error:
        show_error(error)
    except SystemExit as output:
        code = output.code if isinstance(output.code, int) else 1
    except KeyboardInterrupt:
        code = 130
    except BaseException:  # noqa: BLE001
        # A defect: the process ends without a traceback, so it is logged here.
        _log.exception("%s broke", config.name)
    finally:
        logging.shutdown()
        # A forked child must not return into its parent's stack.
        os._exit(code)


def _end_processes(pids: list[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE_S
    for pid in pids:
        while os.waitpid(pid, os.WNOHANG) == (0, 0):
            if time.monotonic() >= deadline:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                break
            time.sleep(0.01)
