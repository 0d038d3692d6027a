"""scripts/bench oracle: seven nodes with quorum five on a chain of one-second blocks it announces.

p50_blocks   from the moment a change of quotes is in every node's file to the end of the block that
p99_blocks   records it, in blocks (seconds here); the quotes change at random moments of a block
api_rps      answers a second of one node on one core, the slowest of the paths that are asked often

python scripts/benches/oracle.py [--deep] [--json]
"""

import os
import random
import signal
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from rows import Row, report

sys.path.insert(0, str(Path(__file__).parents[2]))

from oracle.node.settings import Pace
from pargrade.chain.block import Tag
from pargrade.deployment.plan import DEFAULT_TIMING
from tests.support.moving_quotes import SEEN_AFTER_S, STEP, MovingQuotes
from tests.support.nodes import GENESIS, Nodes, nodes, until

REPORTERS: Final = 7
QUORUM: Final = 5
TIMING: Final = replace(DEFAULT_TIMING, grid=1, min_interval=1)
"""A slot a second, so that the chain and not the grid decides when a round may land."""
PACE: Final = Pace(
    poll_ms=100,
    takeover_ms=1_500,
    answer_ms=1_000,
    linger_ms=250,
    retry_ms=200,
    rpc_timeout_ms=5_000,
)
QUICK: Final = 25
DEEP: Final = 200
LOAD_S: Final = 4.0
CONNECTIONS: Final = 16


@contextmanager
def network(folder: Path) -> Iterator[tuple[Nodes, MovingQuotes]]:
    """Seven nodes that have landed a round on a chain of one-second blocks."""
    quotes = MovingQuotes(folder / "quotes.csv")
    with nodes(folder, REPORTERS, QUORUM, timing=TIMING, pace=PACE) as found:
        announcing = found.devnet.url.replace("http", "ws")
        for number in range(REPORTERS):
            found.edit(number, 'sample = "shipped"', f'sample = "{quotes.path}"')
            found.edit(number, "[chain]", f'[chain]\nheads = ["{announcing}"]')
        found.chain.advance(GENESIS + 2 * SEEN_AFTER_S)
        found.chain.request("evm_setAutomine", False)
        found.chain.request("evm_setIntervalMining", 1)
        found.start()
        until(lambda: found.last_slot, "first round", 60)
        yield found, quotes


def delays(found: Nodes, quotes: MovingQuotes, changes: int) -> list[float]:
    """Blocks from every change to the end of the block with its round."""
    chance = random.Random(1)  # noqa: S311
    measured = []
    for _ in range(changes):
        time.sleep(2 + chance.random())
        before = found.index.latest(0, block=Tag.LATEST).value
        quotes.move(found.chain.head().timestamp)
        began = time.monotonic()
        until(partial(_is_moved, found, before), "round of the change", 60)
        measured.append(time.monotonic() - began)
    return measured


def _is_moved(found: Nodes, before: int) -> bool:
    value = found.index.latest(0, block=Tag.LATEST).value
    return abs(value / before - 1) > (STEP - 1) / 2


def answers_a_second(port: int, path: str, core: int) -> float:
    """What one client on a core of its own gets over a few kept connections, requests in turn."""
    os.sched_setaffinity(0, {core})
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
    count, end = 0, time.monotonic() + LOAD_S
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
    return count / LOAD_S


def api_rates(found: Nodes) -> dict[str, float]:
    """Answers a second of the first node by path, alone on one core, with its polls going on."""
    for number in range(1, REPORTERS):
        os.kill(found.pid(number), signal.SIGSTOP)
    server, client = sorted(os.sched_getaffinity(0))[:2]
    for thread in Path(f"/proc/{found.pid(0)}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {server})
    config = found.configs[0]
    slot = found.last_slot
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return {
            path: process.submit(answers_a_second, config.port, path, client).result()
            for path in (f"/observation?slot={slot}", "/index", "/health", "/history")
        }


def main(words: list[str]) -> int:
    """Exit code 1 when a limit is missed."""
    with tempfile.TemporaryDirectory() as name, network(Path(name)) as (found, quotes):
        blocks = sorted(delays(found, quotes, DEEP if "--deep" in words else QUICK))
        rates = api_rates(found)
    rows = [
        Row("p50_blocks", statistics.median(blocks), 1.5, "blocks"),
        Row("p99_blocks", blocks[int(0.99 * len(blocks))], 3, "blocks"),
        Row("api_rps", min(rates.values()), 2_000, "answers/s", "higher", peers=rates),
    ]
    return report(rows, as_json="--json" in words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
