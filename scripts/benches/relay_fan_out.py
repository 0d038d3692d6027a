"""Fan-out: one change to a thousand subscribers, by the relay's stream and by a queue for each."""

import asyncio
import contextlib
import json
import multiprocessing
import re
import selectors
import socket
import threading
import time
from typing import Any, Final

import uvicorn
from fastapi import FastAPI, WebSocket
from rows import Row

from bridge.orders.relay.stream import Stream, StreamBounds

SUBSCRIBERS: Final = 1_000
HERTZ: Final = 20
SECONDS: Final = 5
PADDING: Final = "x" * 300
"""An increment of a few levels has as many characters."""
_HANDSHAKE: Final = (
    b"GET /1 HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
_MADE: Final = re.compile(rb'"made": ([0-9.]+)')


class Pulse:
    """Stands in for a feed: each collection is one increment that says when it was made."""

    def collect(self, _sequence: int) -> dict[int, str]:
        """See BookFeed."""
        return {1: json.dumps({"made": time.monotonic(), "levels": PADDING})}

    def snapshot(self, _series: int, _sequence: int) -> str:
        """See BookFeed."""
        return json.dumps({"made": time.monotonic()})

    def missed(self, *_: Any) -> None:
        """See BookFeed."""


def fan_out_rows() -> list[Row]:
    """Latency and processor time of a delivery, beside FastAPI with a queue a subscriber."""
    p99, used = _measure(_serve_ours)
    _, theirs = _measure(_serve_peer)
    return [
        Row("fan_out_p99_ms", p99 * 1e3, 60, "ms"),
        Row("fan_out_us", used * 1e6, theirs * 1e6 / 3, "us", peers={"FastAPI": theirs * 1e6}),
    ]


def _measure(serve: Any) -> tuple[float, float]:
    """The 99th percentile of latency, and processor seconds of a delivery."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    ends = context.Event()
    server = context.Process(target=serve, args=(theirs, ends), daemon=True)
    server.start()
    port = ours.recv()
    try:
        latencies = _listen(port)
        ends.set()
        used, sent = ours.recv()
    finally:
        server.join(10)
        server.kill()
    latencies.sort()
    return latencies[int(len(latencies) * 0.99)], used / sent


def _listen(port: int) -> list[float]:
    """Latencies at fifty of the subscribers; the others are read and thrown away.

    Raw sockets: a client library would take more processor time than the server.
    """
    selector, found = selectors.DefaultSelector(), list[float]()
    for number in range(SUBSCRIBERS):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(_HANDSHAKE)
        while b"\r\n\r\n" not in connection.recv(4_096):
            continue
        selector.register(connection, selectors.EVENT_READ, number % (SUBSCRIBERS // 50) == 0)
    begun = time.monotonic()
    while (now := time.monotonic()) < begun + SECONDS + 2:
        for key, _ in selector.select(0.1):
            data = key.fileobj.recv(65_536)  # type: ignore[union-attr]
            if key.data and now > begun + 2:
                arrived = time.monotonic()
                found += [arrived - float(made) for made in _MADE.findall(data)]
    for key in list(selector.get_map().values()):
        key.fileobj.close()  # type: ignore[union-attr]
    return found


def _serve_ours(pipe: Any, ends: Any) -> None:
    bounds = StreamBounds(SUBSCRIBERS, SUBSCRIBERS)
    stream = Stream(Pulse(), threading.RLock(), lambda: 0, lambda _: True, bounds)  # type: ignore[arg-type]
    with stream.serving("127.0.0.1", 0):
        pipe.send(stream.port)
        while stream.subscribers < SUBSCRIBERS and not ends.is_set():
            time.sleep(0.1)
        before, begun = time.process_time(), time.monotonic()
        time.sleep(SECONDS)
        took, used = time.monotonic() - begun, time.process_time() - before
        ends.wait(60)
        pipe.send((used, stream_rate(took)))


def stream_rate(took: float) -> float:
    """Deliveries in so many seconds."""
    return SUBSCRIBERS * HERTZ * took


def _serve_peer(pipe: Any, ends: Any) -> None:
    api = FastAPI()
    queues: set[asyncio.Queue[str]] = set()
    sent = [0]

    @api.websocket("/1")
    async def subscribe(connection: WebSocket) -> None:
        await connection.accept()
        queue: asyncio.Queue[str] = asyncio.Queue()
        queues.add(queue)
        with contextlib.suppress(Exception):
            while True:
                await connection.send_text(await queue.get())
                sent[0] += 1
        queues.discard(queue)

    async def run() -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(api, log_level="error", ws_per_message_deflate=False)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listening]))
        pipe.send(listening.getsockname()[1])
        while len(queues) < SUBSCRIBERS and not ends.is_set():
            await asyncio.sleep(0.1)
        before, first, begun = time.process_time(), sent[0], time.monotonic()
        while time.monotonic() < begun + SECONDS:
            message = json.dumps({"made": time.monotonic(), "levels": PADDING})
            for queue in queues:
                if queue.qsize() < 2:
                    queue.put_nowait(message)
            await asyncio.sleep(1 / HERTZ)
        pipe.send((time.process_time() - before, max(sent[0] - first, 1)))
        server.should_exit = True
        await serving

    asyncio.run(run())
