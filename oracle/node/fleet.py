"""Several nodes on one machine: one process each, forked from one that has imported everything.

The libraries of a node take two seconds of processor time to import; five nodes that did it one by
one would spend ten. A development network is what this is for: in earnest, reporters run on
machines of their own.
"""

import gc
import logging
import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from typing import Final, NoReturn

from oracle.node.config import NodeConfig
from oracle.node.daemon import run_node
from oracle.node.recording import history_of
from pargrade.errors import PargradeError
from pargrade.process.lifeline import end_with

_log = logging.getLogger(__name__)

_LATE: Final = (
    "anyio._backends._asyncio",
    "apscheduler.triggers.interval",
    "eth_account",
    "pydantic.v1",
    "sqlite3.dbapi2",
    "uvicorn.lifespan.off",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.httptools_impl",
)
"""What is imported only when it is first used, which would be in every node anew."""

_PATIENCE_S: Final = 3.0
"""How long nodes may take to end before they are killed."""


def run_fleet(
    read: Callable[[], Sequence[NodeConfig]], complain: Callable[[PargradeError], None]
) -> None:
    """Runs every node in a process of its own, until all have ended or this one is told to.

    The configurations are read when all is imported. A node that ends does not end the others:
    surviving that is what a quorum is for.
    """
    log_to_stderr("fleet")
    end, lifeline = os.pipe()
    for module in _LATE:
        import_module(module)
    configs = read()
    for config in configs:
        with suppress(PargradeError):
            # Read once for all of them; the node whose recording is unreadable will say so itself.
            history_of(config.sample)
    # Nothing imported so far is garbage: left alone by the collector, it stays shared.
    gc.freeze()
    names: dict[int, str] = {}
    try:
        for config in configs:
            pid = os.fork()
            if pid == 0:
                os.close(lifeline)
                log_to_stderr(config.name)
                _be(config, end, complain)
            names[pid] = config.name
        while names:
            pid, status = os.wait()
            _log.warning("%s ended (%d)", names.pop(pid), os.waitstatus_to_exitcode(status))
    finally:
        os.close(lifeline)
        _end(list(names))


def log_to_stderr(name: str) -> None:
    """One line per event, under the node's name: stdout is for results."""
    line = f"%(asctime)s %(levelname)s {name}: %(message)s"
    logging.basicConfig(level=logging.INFO, format=line, force=True)


def _be(config: NodeConfig, end: int, complain: Callable[[PargradeError], None]) -> NoReturn:
    code = 1
    try:
        end_with(end)
        run_node(config)
        code = 0
    except PargradeError as error:
        complain(error)
    except SystemExit as output:
        code = output.code if isinstance(output.code, int) else 1
    except KeyboardInterrupt:
        code = 130
    except BaseException:  # noqa: BLE001
        # A defect. Nobody is left to say so after this process has been ended by hand.
        _log.exception("%s broke", config.name)
    finally:
        # Never back into the caller's stack: it belongs to the process that was forked from.
        os._exit(code)


def _end(pids: list[int]) -> None:
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
