"""A node as a service: polls on a schedule and serves the API."""

import logging
import os
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Final

from structlog.contextvars import clear_contextvars

from oracle.node.api import create_api
from oracle.node.config import NodeConfig
from oracle.node.head_watch import HeadWatch
from oracle.node.metrics import NodeMetrics
from oracle.node.node import Node
from oracle.node.quote_source import open_collector
from oracle.node.tick import Held, Idle, Outcome, Waiting, tick
from oracle.node.tick_log import TickLog
from pargrade.clock import midnight_of
from pargrade.errors import PargradeError
from pargrade.process.schedule import Schedule
from pargrade.settings import BadConfig
from pargrade.web import server as web

_log = logging.getLogger(__name__)

_POLLS_SKIPPED: Final = 5
"""A reporter polls once in this many polls while it has nothing to do: it is another reporter's
turn, or the next block will be announced.
"""

_LONGEST_POLL_S: Final = 50.0
"""A poll that takes longer is not on time; the longest wait in one is for a transaction."""

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
        self._witness_log = TickLog()
        self._tick_lock = threading.Lock()
        self._is_next = False
        self._next_archive_at = time.monotonic() + _ARCHIVE_PAUSE_S
        self._schedule = Schedule(node.config.pace.poll_ms / 1000, longest_s=_LONGEST_POLL_S)
        reader, urls = node.chain_state_reader, node.config.chain.announcing
        self._heads = HeadWatch(urls, reader, self._schedule.wake)
        self._collector = open_collector(node.config)
        self._metrics = NodeMetrics(node, self._schedule.report)
        self._poller = threading.Thread(target=self._poll_until_end, name="poll", daemon=True)

    def run(self) -> None:
        """Run in the main thread until SIGTERM or SIGINT."""
        metrics = self._metrics
        api = create_api(self._node, self._schedule.report, self._schedule.hasten, metrics)
        server = web.make_server(api)
        self._poller.start()
        self._heads.start()
        if self._collector is not None:
            self._collector.start()
        _log.info("%s answers at %s", self._node.config.name, self._node.config.url)
        try:
            with self._metrics.key.watching():
                server.run(sockets=[self._socket])
        finally:
            self._heads.close()
            if self._collector is not None:
                self._collector.close()
            self._schedule.end()
            ended = self._tick_lock.acquire(timeout=_LAST_TICK_S)
            self._node.close()
            if not ended:
                _exit_at_once()

    def _poll_until_end(self) -> None:
        while self._schedule.wait(self._has_news):
            self._schedule.begin()
            pause_s = self._node.config.pace.retry_ms / 1000
            try:
                pause_s = self._poll(time.monotonic())
            except Exception:  # noqa: BLE001
                # A defect: the next poll may do better, and a node without polls does nothing.
                _log.exception("a poll broke")
            self._schedule.finish(pause_s)

    def _poll(self, now: float) -> float:
        """Act once. Returns the seconds without a poll after it, beside the usual interval."""
        with self._tick_lock:
            clear_contextvars()
            try:
                outcome = tick(self._node, now)
                self._archive_finished_days(now)
            except PargradeError as error:
                self._tick_log.log_failure(error)
                self._metrics.note_failure()
                return self._node.config.pace.retry_ms / 1000
            self._is_next = isinstance(outcome, Idle) and outcome.places_before == 0
            self._tick_log.log_outcome(outcome)
            self._metrics.note(outcome)
            self._watch_reporters(now)
            return self._pause_s(outcome)

    def _has_news(self) -> bool:
        """Whether quotes have come of which this node would be the first to make a round."""
        return self._is_next and self._node.reporter.has_new_quotes()

    def _watch_reporters(self, now: float) -> None:
        """Exchange and compare what reporters have signed; a failure stops no round."""
        node, state = self._node, self._node.chain_state_reader.kept()
        if state is None:
            return
        try:
            node.witness.note_signed(node.reporter.signed_slots(), now)
            node.witness.act(node.expected, state, now)
        except PargradeError as error:
            self._witness_log.log_failure(error)
        else:
            self._witness_log.log_success()

    def _archive_finished_days(self, now: float) -> None:
        """Archive finished days, at most once per pause: a replayed day may last a second."""
        latest = self._node.reporter.latest
        if latest is None or now < self._next_archive_at:
            return
        today = midnight_of(latest.as_of)
        if self._node.journal.days_to_seal(today):
            self._node.archivist.seal(today)
        if self._collector is not None and self._collector.has_closed_months(int(time.time())):
            self._node.archivist.cool(int(time.time()))
        self._next_archive_at = now + _ARCHIVE_PAUSE_S

    def _pause_s(self, outcome: Outcome) -> float:
        """Seconds without a poll after an outcome.

        While nothing is due, only the reporter whose turn is next reads the chain at every poll.
        Its request for observations makes the other nodes poll again. Where blocks are announced,
        nobody has to poll for them.
        """
        pace = self._node.config.pace
        rest_s = _POLLS_SKIPPED * pace.poll_ms / 1000
        match outcome:
            case Held():
                return pace.retry_ms / 1000
            case Idle(places_before=places) if places != 0 or self._heads.is_ahead():
                return rest_s
            case Waiting(seconds=seconds) if self._heads.is_ahead():
                return min(seconds, rest_s)
        return 0.0


def listen(config: NodeConfig) -> socket.socket:
    """Bind the node's address. Done before all else, so a second copy of the node cannot start.

    Raises BadConfig when the address is taken or not available.
    """
    return listen_at(config.path, config.host, config.port)


def listen_at(config: Path, host: str, port: int) -> socket.socket:
    """Bind the address that a configuration names. Raises BadConfig."""
    try:
        return web.listen(host, port)
    except OSError as failure:
        hint = "Another process has this port, perhaps this node itself; end it or change the port."
        raise BadConfig(config, f"api {host}:{port}: {failure.strerror}", hint) from None


def run_node(config: NodeConfig) -> None:
    """Run a node until SIGTERM or SIGINT. Raises what Node.open raises, and BadConfig."""
    with listen(config) as listening:
        NodeDaemon(Node.open(config), listening).run()


def _exit_at_once() -> None:
    """End the process although a tick still waits for a chain.

    Nothing is lost: what was signed is in the journal, and what was sent will be mined.
    """
    sys.stdout.flush()
    logging.shutdown()
    os._exit(143)
