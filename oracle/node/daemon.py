"""A node that runs until it is told to end: polls on a schedule, and answers its peers."""

import logging
import math
import os
import socket
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import uvicorn
from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
    JobExecutionEvent,
)
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from oracle.node.api import create_api
from oracle.node.config import NodeConfig
from oracle.node.node import Node
from oracle.node.tick import Held, Idle, Outcome, tick
from oracle.node.tick_log import Bulletin
from pargrade.clock import midnight_of
from pargrade.errors import PargradeError
from pargrade.settings import BadConfig

_log = logging.getLogger(__name__)

_JOB: Final = "poll"

_MISFIRE_GRACE_S: Final = 1
"""A poll later than this is counted as missed and not made: the next one sees the same chain."""

_LOOK_AWAY_POLLS: Final = 5
"""Polls that a reporter lets pass while it is another one's turn."""

_LAST_TICK_S: Final = 1.0
"""How long a tick under way may take to finish once the node was told to end."""

_SEAL_PAUSE_S: Final = 60.0
"""Between two looks for days that can be archived."""


class NodeDaemon:
    """One node's schedule and API."""

    def __init__(self, node: Node, listening: socket.socket) -> None:
        self._node = node
        self._listening = listening
        self._bulletin = Bulletin()
        self._ticking = threading.Lock()
        self._missed = 0
        self._seal_from = time.monotonic() + _SEAL_PAUSE_S
        self._next_by = math.inf
        # A poll that outlasts the interval is normal; what is not is said by the listener.
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)}, timezone="UTC"
        )
        self._scheduler.add_listener(
            self._notice, EVENT_JOB_MISSED | EVENT_JOB_ERROR | EVENT_JOB_MAX_INSTANCES
        )
        self._scheduler.add_job(
            self._poll,
            "interval",
            seconds=node.config.pace.poll_ms / 1000,
            id=_JOB,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=_MISFIRE_GRACE_S,
        )

    def run(self) -> None:
        """Runs until SIGTERM or SIGINT, in the main thread."""
        server = uvicorn.Server(
            uvicorn.Config(
                create_api(self._node, lambda: self._missed, self._asked),
                http="httptools",
                ws="none",
                lifespan="off",
                proxy_headers=False,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=1,
            )
        )
        logging.getLogger("uvicorn").setLevel(logging.WARNING)
        self._scheduler.start()
        _log.info("%s answers at %s", self._node.config.name, self._node.config.url)
        try:
            server.run(sockets=[self._listening])
        finally:
            self._scheduler.shutdown(wait=False)
            ended = self._ticking.acquire(timeout=_LAST_TICK_S)
            self._node.close()
            if not ended:
                _leave()

    def _poll(self) -> None:
        now = time.monotonic()
        # Polls that were due while the whole process stood still are merged into one, silently.
        if now > self._next_by + _MISFIRE_GRACE_S:
            self._miss(f"for {now - self._next_by:.1f} s")
        pause_s = 0.0
        with self._ticking:
            try:
                outcome = tick(self._node, now)
                self._seal(now)
            except PargradeError as error:
                self._bulletin.failed(error)
                pause_s = self._node.config.pace.retry_ms / 1000
            else:
                self._bulletin.report(outcome)
                pause_s = self._pause_s(outcome)
        self._next_by = time.monotonic() + pause_s + self._node.config.pace.poll_ms / 1000
        if pause_s:
            self._look_in(pause_s)

    def _seal(self, now: float) -> None:
        """Has the days that are over archived: now and then, as replayed days may last a second."""
        latest = self._node.reporter.latest
        if latest is None or now < self._seal_from:
            return
        today = midnight_of(latest.as_of)
        if self._node.journal.days_to_seal(today):
            self._node.archivist.seal(today)
        self._seal_from = now + _SEAL_PAUSE_S

    def _look_in(self, seconds: float) -> None:
        # There is no job any more when the node was told to end meanwhile.
        with suppress(JobLookupError):
            later = datetime.now(UTC) + timedelta(seconds=seconds)
            self._scheduler.modify_job(_JOB, next_run_time=later)

    def _asked(self) -> None:
        """Another node is about to bring a round, after which it may be this one's turn."""
        self._look_in(self._node.config.pace.poll_ms / 1000)

    def _pause_s(self, outcome: Outcome) -> float:
        """How long not to look at the chain.

        While nothing is due only the reporter whose turn comes next looks at every poll. The others
        are woken by its question, or else take over much later than they look.
        """
        pace = self._node.config.pace
        match outcome:
            case Held():
                return pace.retry_ms / 1000
            case Idle(places_before=places) if places != 0:
                return _LOOK_AWAY_POLLS * pace.poll_ms / 1000
        return 0.0

    def _miss(self, when: str) -> None:
        self._missed += 1
        _log.warning("no poll was made %s: the process or its machine stood still", when)

    def _notice(self, event: Any) -> None:
        if event.code == EVENT_JOB_MISSED:
            self._miss(f"at {event.scheduled_run_time}")
        elif isinstance(event, JobExecutionEvent) and event.exception is not None:
            _log.error("a poll broke: %r\n%s", event.exception, event.traceback)


def listen(config: NodeConfig) -> socket.socket:
    """The node's address, taken before anything else: it also keeps a second copy from starting.

    Raises BadConfig when it is not to be had.
    """
    # Named as TCP, or else asyncio leaves Nagle's algorithm on, and every answer waits for the
    # reader's delayed acknowledgement: 40 ms instead of 1.
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((config.host, config.port))
        listening.listen(128)
    except OSError as failure:
        listening.close()
        where = f"{config.host}:{config.port}"
        hint = "Another process has this port, perhaps this node itself; end it or change the port."
        raise BadConfig(config.path, f"api {where}: {failure.strerror}", hint) from None
    return listening


def run_node(config: NodeConfig) -> None:
    """Runs a node until it is told to end. Raises what Node.open raises, and BadConfig."""
    with listen(config) as listening:
        NodeDaemon(Node.open(config), listening).run()


def _leave() -> None:
    """Ends the process under a tick that waits for a chain.

    Nothing is lost: what was signed is in the journal, and a sent transaction does not need us.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(143)
