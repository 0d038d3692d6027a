"""scripts/bench history [--rounds N] [--json]: a node that hands out 50,000 rounds of a chain.

page_rps      pages of 1,000 rounds a second over a few connections, each another page, at one head
cold_page_ms  the first page after a new head, with what the node reads of the chain for it
csv_ms        a download of 50,000 rounds as CSV
parquet_ms    the same as Parquet, made for this head
crawl_s       everything in pages of 1,000 by one client, each asked for after the last

All are of one node on one core, the client on another. Who reads a year of an index expects it at
once: a page in a tenth of a second, a file in a second or two. Making the chain takes minutes.
"""

import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any, Final, cast

import httpx
from rows import Row, report

sys.path.insert(0, str(Path(__file__).parents[2]))

from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.structs import ReporterConfig
from pargrade.chain.block import Tag
from pargrade.deployment.plan import DEFAULT_TIMING
from tests.support.nodes import GENESIS, KEYS, Nodes, nodes
from tests.support.nodes import REPORTERS as REPORTER_KEYS
from tests.support.reporters import Reporters

ROUNDS: Final = 49_900
"""A node keeps 50,000, and adds some of its own here."""
TIMING: Final = replace(DEFAULT_TIMING, grid=1, min_interval=1)
SLOTS_A_BLOCK: Final = 200
"""Rounds of later slots in one block, all of them younger than `max_age`."""
SETTLED_BLOCKS: Final = 1_100
"""Behind the rounds: a node keeps what no re-organisation takes back."""
CONNECTIONS: Final = 8
LOAD_S: Final = 5.0
HEADS: Final = 10
PAGE: Final = 1_000
FILES: Final = 3


class Unchanging:
    """What a report needs of a contract, read once."""

    def __init__(self, index: SpotIndex) -> None:
        self._config = index.reporter_config(block=Tag.LATEST)
        self._set = index.index_set(block=Tag.LATEST)
        self._separator = index.domain_separator(block=Tag.LATEST)

    def reporter_config(self, block: Tag) -> ReporterConfig:
        """As the contract has it."""
        return self._config

    def index_set(self, block: Tag) -> bytes:
        """As the contract has it."""
        return self._set

    def domain_separator(self, block: Tag) -> bytes:
        """As the contract has it."""
        return self._separator


@contextmanager
def recorded(folder: Path, rounds: int) -> Iterator[tuple[Nodes, list[int]]]:
    """A node of a chain with that many rounds, and the slots they are of."""
    with nodes(folder, 1, 1, timing=TIMING) as found:
        slots = [GENESIS + SLOTS_A_BLOCK + number for number in range(rounds)]
        for first in range(0, rounds, SLOTS_A_BLOCK):
            record(found, slots[first : first + SLOTS_A_BLOCK], first)
        found.chain.mine(SETTLED_BLOCKS)
        found.start()
        yield found, slots


def record(found: Nodes, slots: list[int], number: int) -> None:
    """Records a round of each slot in one block."""
    reporters, known = Reporters((REPORTER_KEYS[0],), 1), cast("SpotIndex", Unchanging(found.index))
    found.chain.pause_mining()
    for place, slot in enumerate(slots):
        report = reporters.report(known, slot, [250_000_000 + number + place])
        sent = found.index.submit(report)
        found.chain.request(
            "eth_sendTransaction",
            {
                "from": KEYS[1].address,
                "to": sent.to,
                "data": "0x" + sent.data.hex(),
                "gas": "0x493e0",
                "gasPrice": "0x77359400",
                "nonce": hex(number + place),
            },
        )
    found.chain.mine_at(slots[-1])
    found.chain.resume_mining()
    assert found.index.latest(0, block=Tag.LATEST).slot == slots[-1]


def answers_a_second(port: int, paths: list[str]) -> float:
    """What one client gets over kept connections, requests in turn, a path after the other."""
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
    following, count = cycle(paths), 0

    def ask(connection: socket.socket) -> None:
        connection.sendall(f"GET {next(following)} HTTP/1.1\r\nHost: here\r\n\r\n".encode())

    for connection in sockets:
        ask(connection)
    end = time.monotonic() + LOAD_S
    while time.monotonic() < end:
        for connection in sockets:
            _receive(connection)
            count += 1
            ask(connection)
    return count / LOAD_S


def _receive(connection: socket.socket) -> None:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(1 << 16)
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), received[:200]
    missing = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]) - len(body)
    while missing > 0:
        missing -= len(connection.recv(min(missing, 1 << 20)))


def _seconds(job: Callable[[], Any]) -> float:
    began = time.monotonic()
    job()
    return time.monotonic() - began


def _fetch(client: httpx.Client, path: str) -> None:
    client.get(path).raise_for_status()


def crawl(client: httpx.Client) -> int:
    """Reads everything by `next`; how many rounds there were."""
    since, count = 0, 0
    while since is not None:
        page = client.get("/history", params={"since": since, "limit": PAGE}).json()
        since, count = page["next"], count + len(page["rounds"])
    return count


def measure(found: Nodes, slots: list[int]) -> list[Row]:
    """The rows of one node."""
    server, client_core = sorted(os.sched_getaffinity(0))[:2]
    pid, port = found.pid(0), found.configs[0].port
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {server})
    os.sched_setaffinity(0, {client_core})
    paths = [f"/history?limit={PAGE}&since={slot}" for slot in slots[: -PAGE : PAGE // 4]]
    url = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=url, timeout=60) as client:
        assert crawl(client) >= len(slots)
        crawled = _seconds(lambda: crawl(client))
        files = {
            form: median(
                _seconds(partial(_fetch, client, f"/download?form={form}&since={number}"))
                for number in range(FILES)
            )
            for form in ("csv", "parquet")
        }
    rate = answers_a_second(port, paths)
    cold = []
    with httpx.Client(base_url=url, timeout=60) as client:
        for _ in range(HEADS):
            found.chain.mine()
            until_seen(client, found.chain.head().number)
            cold.append(_seconds(partial(_fetch, client, paths[0])))
    return [
        Row("page_rps", rate, 200, "pages/s", "higher"),
        Row("cold_page_ms", median(cold) * 1e3, 100, "ms"),
        Row("csv_ms", files["csv"] * 1e3, 500, "ms"),
        Row("parquet_ms", files["parquet"] * 1e3, 3_000, "ms"),
        Row("crawl_s", crawled, 3, "s"),
    ]


def until_seen(client: httpx.Client, block: int) -> None:
    """Waits until a node has looked at a block."""
    deadline = time.monotonic() + 60
    while client.get("/history", params={"limit": 1}).json()["block"] < block:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def main(words: list[str]) -> int:
    """Exit code 1 when a limit is missed."""
    rounds = int(words[words.index("--rounds") + 1]) if "--rounds" in words else ROUNDS
    with tempfile.TemporaryDirectory() as name, recorded(Path(name), rounds) as (found, slots):
        return report(measure(found, slots), as_json="--json" in words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
