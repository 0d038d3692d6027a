"""The book as a WebSocket: a snapshot, then up to twenty increments a second.

    ws://HOST:PORT/SERIES                          from a snapshot on
    ws://HOST:PORT/SERIES?stream=ID&update=N       from the increment after N on, where it is kept

One message is written to all subscribers by `websockets.broadcast`, without a queue or a task for
each; a subscriber that reads too slowly is cut off and comes back by resuming. An address has a
bounded number of subscribers and a pace of connecting, so that one asker cannot stand for all.
"""

import asyncio
import http
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, broadcast, serve
from websockets.http11 import Request, Response

from bridge.orders.relay.askers import FORWARDED, Askers
from bridge.orders.relay.feed import BookFeed
from bridge.orders.relay.rates import Rates, TooFast

TICK_S: Final = 0.05
MOST_UNREAD_BYTES: Final = 1 << 20
"""Of one subscriber; a snapshot takes 30 kB."""
_CONNECTIONS_PER_SECOND: Final = 5
"""Of one address on average; at once as many as it may have."""

_log = logging.getLogger("bridge.orders")


@dataclass(frozen=True, slots=True)
class StreamBounds:
    """How many may listen, and by what they are told apart."""

    most: int
    most_of_address: int
    askers: Askers = field(default_factory=Askers)


class Stream:
    """Subscribers of one relay. Runs in a loop of its own."""

    def __init__(
        self,
        feed: BookFeed,
        lock: threading.RLock,
        sequence: Callable[[], int],
        known: Callable[[int], bool],
        bounds: StreamBounds,
    ) -> None:
        """`lock` guards the book, `sequence` is the log's newest, `known` says what is listed."""
        self._feed = feed
        self._lock = lock
        self._sequence = sequence
        self._known = known
        self._bounds = bounds
        self._rates = Rates(_CONNECTIONS_PER_SECOND, bounds.most_of_address)
        self._of_asker: Counter[str] = Counter()
        self._subscribers: dict[int, set[ServerConnection]] = {}
        self.port = 0

    @property
    def subscribers(self) -> int:
        """How many there are."""
        return sum(map(len, self._subscribers.values()))

    @contextmanager
    def serving(self, host: str, port: int) -> Iterator["Stream"]:
        """Serves in a thread while the context is open. Raises OSError."""
        loop = asyncio.new_event_loop()
        server = loop.run_until_complete(self._start(host, port))
        self.port = next(iter(server.sockets)).getsockname()[1]
        ending = asyncio.Event()
        thread = threading.Thread(
            target=loop.run_until_complete,
            args=(self._run(server, ending),),
            name="stream",
            daemon=True,
        )
        thread.start()
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(ending.set)
            thread.join()
            loop.close()

    async def _start(self, host: str, port: int) -> Server:
        return await serve(
            self._subscribe,
            host,
            port,
            process_request=self._admit,
            compression=None,
            max_size=1_024,
            max_queue=2,
            open_timeout=10,
            close_timeout=2,
            server_header=None,
        )

    async def _run(self, server: Server, ending: asyncio.Event) -> None:
        while not ending.is_set():
            self._publish()
            try:
                await asyncio.wait_for(ending.wait(), TICK_S)
            except TimeoutError:
                continue
        server.close()
        await server.wait_closed()

    def _publish(self) -> None:
        with self._lock:
            messages = self._feed.collect(self._sequence())
        for series, message in messages.items():
            subscribers = self._subscribers.get(series, set())
            for subscriber in [each for each in subscribers if _unread(each) > MOST_UNREAD_BYTES]:
                _log.info("a subscriber reads too slowly and is cut off")
                subscribers.discard(subscriber)
                subscriber.transport.abort()
            broadcast(subscribers, message)

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        series = _series_of(request.path)
        if series is None or not self._known(series):
            return connection.respond(http.HTTPStatus.NOT_FOUND, "no such series\n")
        asker = self._asker_of(connection, request)
        if self._of_asker[asker] >= self._bounds.most_of_address:
            return connection.respond(http.HTTPStatus.TOO_MANY_REQUESTS, "too many of you\n")
        try:
            self._rates.take(asker)
        except TooFast as refused:
            return connection.respond(http.HTTPStatus.TOO_MANY_REQUESTS, f"{refused}\n")
        if self.subscribers >= self._bounds.most:
            return connection.respond(http.HTTPStatus.SERVICE_UNAVAILABLE, "too many\n")
        return None

    def _asker_of(self, connection: ServerConnection, request: Request) -> str:
        peer = connection.remote_address
        host = str(peer[0]) if isinstance(peer, tuple) else ""
        return self._bounds.askers.name(host, request.headers.get_all(FORWARDED))

    async def _subscribe(self, connection: ServerConnection) -> None:
        request = connection.request
        series = _series_of(request.path) if request else None
        if request is None or series is None:
            return
        asker = self._asker_of(connection, request)
        # Others may have come between the answer to their handshake and here.
        if self._of_asker[asker] >= self._bounds.most_of_address:
            return
        asked = parse_qs(urlsplit(request.path).query)
        # From here to `add` nothing is awaited, so no increment is missed or comes twice.
        with self._lock:
            messages = self._missed(series, asked)
            if messages is None:
                messages = [self._feed.snapshot(series, self._sequence())]
        for message in messages:
            broadcast([connection], message)
        subscribers = self._subscribers.setdefault(series, set())
        subscribers.add(connection)
        self._of_asker[asker] += 1
        try:
            await connection.wait_closed()
        finally:
            subscribers.discard(connection)
            self._of_asker[asker] -= 1
            if not self._of_asker[asker]:
                del self._of_asker[asker]

    def _missed(self, series: int, asked: dict[str, list[str]]) -> list[str] | None:
        stream, update = asked.get("stream", [""])[0], asked.get("update", [""])[0]
        if not (update.isascii() and update.isdigit() and len(update) < 20):
            return None
        return self._feed.missed(series, stream, int(update))


def _series_of(path: str) -> int | None:
    text = urlsplit(path).path.strip("/")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 78 else None


def _unread(connection: ServerConnection) -> int:
    return connection.transport.get_write_buffer_size()
