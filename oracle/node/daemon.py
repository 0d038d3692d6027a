"""A node as a service: polls on a schedule and serves the API."""

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
from oracle.node.tick_log import TickLog
from pargrade.clock import midnight_of
from pargrade.errors import PargradeError
from pargrade.settings import BadConfig

_log = logging.getLogger(__name__)

_JOB: Final = "poll"

_MISFIRE_GRACE_S: Final = 1
"""A poll later than this is counted as missed and not made; the next poll reads the same chain."""

_POLLS_SKIPPED: Final = 5
"""A reporter polls once in this many polls while it is another reporter's turn."""

_LAST_TICK_S: Final = 1.0
"""How long a running tick may take to finish after SIGTERM."""

_ARCHIVE_PAUSE_S: Final = 60.0
"""Between two checks for days that can be archived."""


class NodeDaemon:
    """One node's schedule and API."""

    def __init__(self, node: Node, listening: socket.socket) -> None:
        self._node = node
        self._socket = listening
        self._tick_log = TickLog()
        self._tick_lock = threading.Lock()
        self._missed = 0
        self._next_archive_at = time.monotonic() + _ARCHIVE_PAUSE_S
        self._next_poll_by = math.inf
        # A poll that takes longer than the interval is normal; the listener logs what is not.
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)}, timezone="UTC"
        )
        self._scheduler.add_listener(
            self._log_job_event, EVENT_JOB_MISSED | EVENT_JOB_ERROR | EVENT_JOB_MAX_INSTANCES
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
        """Run in the main thread until SIGTERM or SIGINT."""
        server = uvicorn.Server(
            uvicorn.Config(
                create_api(self._node, lambda: self._missed, self._poll_soon),
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
            server.run(sockets=[self._socket])
        finally:
            self._scheduler.shutdown(wait=False)
            ended = self._tick_lock.acquire(timeout=_LAST_TICK_S)
            self._node.close()
            if not ended:
                _exit_at_once()

    def _poll(self) -> None:
        now = time.monotonic()
        # The scheduler merges the polls that were due while the whole process stood still.
        if now > self._next_poll_by + _MISFIRE_GRACE_S:
            self._count_missed(f"for {now - self._next_poll_by:.1f} s")
        pause_s = 0.0
        with self._tick_lock:
            try:
                outcome = tick(self._node, now)
                self._archive_finished_days(now)
            except PargradeError as error:
                self._tick_log.log_failure(error)
                pause_s = self._node.config.pace.retry_ms / 1000
            else:
                self._tick_log.log_outcome(outcome)
                pause_s = self._pause_s(outcome)
        self._next_poll_by = time.monotonic() + pause_s + self._node.config.pace.poll_ms / 1000
        if pause_s:
            self._schedule_poll(pause_s)

    def _archive_finished_days(self, now: float) -> None:
        """Archive finished days, at most once per pause: a replayed day may last a second."""
        latest = self._node.reporter.latest
        if latest is None or now < self._next_archive_at:
            return
        today = midnight_of(latest.as_of)
        if self._node.journal.days_to_seal(today):
            self._node.archivist.seal(today)
        self._next_archive_at = now + _ARCHIVE_PAUSE_S

    def _schedule_poll(self, seconds: float) -> None:
        # There is no job any more once the node is ending.
        with suppress(JobLookupError):
            later = datetime.now(UTC) + timedelta(seconds=seconds)
            self._scheduler.modify_job(_JOB, next_run_time=later)

    def _poll_soon(self) -> None:
        """Poll soon: a peer is transmitting a round, and this node's turn may be next."""
        self._schedule_poll(self._node.config.pace.poll_ms / 1000)

    def _pause_s(self, outcome: Outcome) -> float:
        """Seconds without a poll after an outcome.

        While nothing is due, only the reporter whose turn is next reads the chain at every poll.
        Its request for observations makes the other nodes poll again.
        """
        pace = self._node.config.pace
        match outcome:
            case Held():
                return pace.retry_ms / 1000
            case Idle(places_before=places) if places != 0:
                return _POLLS_SKIPPED * pace.poll_ms / 1000
        return 0.0

    def _count_missed(self, when: str) -> None:
        self._missed += 1
        _log.warning("no poll was made %s: the process or its machine stood still", when)

    def _log_job_event(self, event: Any) -> None:
        if event.code == EVENT_JOB_MISSED:
            self._count_missed(f"at {event.scheduled_run_time}")
        elif isinstance(event, JobExecutionEvent) and event.exception is not None:
            _log.error("a poll broke: %r\n%s", event.exception, event.traceback)


def listen(config: NodeConfig) -> socket.socket:
    """Bind the node's address. Done before all else, so a second copy of the node cannot start.

    Raises BadConfig when the address is taken or not available.
    """
    # With the protocol named as TCP, asyncio turns Nagle's algorithm off. Otherwise every response
    # waits for the reader's delayed acknowledgement: 40 ms instead of 1.
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
    """Run a node until SIGTERM or SIGINT. Raises what Node.open raises, and BadConfig."""
    with listen(config) as listening:
        NodeDaemon(Node.open(config), listening).run()


def _exit_at_once() -> None:
    """End the process although a tick still waits for a chain.

    Nothing is lost: what was signed is in the journal, and what was sent will be mined.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(143)
