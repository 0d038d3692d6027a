"""How fast nodes respond: to a change of quotes with a round, and to whoever asks them."""

import os
import random
import signal
import socket
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, Protocol

from pargrade.chain.block import Tag
from pargrade.devnet.anvil import DevChain
from tests.support.moving_quotes import STEP, MovingQuotes
from tests.support.nodes import until

_LOAD_S: Final = 4.0
_CONNECTIONS: Final = 16


class Network(Protocol):
    """Running nodes, their chain, and the index that they report to, of either version."""

    @property
    def chain(self) -> DevChain:
        """Mines by itself."""

    @property
    def index(self) -> Any:
        """The contract."""


def delays(found: Network, quotes: MovingQuotes, changes: int, slot_s: int) -> list[float]:
    """Seconds from every change of quotes to the end of the block with its round, ascending.

    The quotes change at random moments of a slot.
    """
    chance = random.Random(1)  # noqa: S311
    measured = []
    for _ in range(changes):
        time.sleep(2 + slot_s * chance.random())
        before = found.index.latest(0, block=Tag.LATEST).value
        quotes.move(found.chain.head().timestamp)
        began = time.monotonic()
        until(partial(_is_moved, found, before), "round of the change", 60)
        measured.append(time.monotonic() - began)
    return sorted(measured)


def rates_alone(pids: Sequence[int], port: int, paths: Iterable[str]) -> dict[str, float]:
    """Answers a second of processor time by path of the first process, on one core, with its own
    work going on. The others are stopped.
    """
    for pid in pids[1:]:
        os.kill(pid, signal.SIGSTOP)
    server, client = sorted(os.sched_getaffinity(0))[:2]
    for thread in Path(f"/proc/{pids[0]}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {server})
    rates = {}
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        for path in paths:
            before = processor_s(pids[0])
            answers = process.submit(count_answers, port, path, client).result()
            rates[path] = answers / (processor_s(pids[0]) - before)
    return rates


def processor_s(pid: int) -> float:
    """Seconds of a processor that a process has taken so far."""
    ticks = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")


def count_answers(port: int, path: str, core: int) -> int:
    """What one client on a core of its own gets over a few kept connections, requests in turn."""
    os.sched_setaffinity(0, {core})
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(_CONNECTIONS)]
    count, end = 0, time.monotonic() + _LOAD_S
    for connection in sockets:
        connection.sendall(request)
    while time.monotonic() < end:
        for connection in sockets:
            received = connection.recv(1 << 16)
            head, _, body = received.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head[:100]
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            while len(body) < length:
                body += connection.recv(1 << 16)
            count += 1
            connection.sendall(request)
    return count


def _is_moved(found: Network, before: int) -> bool:
    value = found.index.latest(0, block=Tag.LATEST).value
    return abs(value / before - 1) > (STEP - 1) / 2
