"""An HTTP server's side of a connection that gives half requests no more than their time.

uvicorn limits neither how long a request may take to arrive nor how long its headers may be, so a
few thousand connections that each sent half a request take all file descriptors for ever.
"""

from asyncio import TimerHandle, Transport
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

REQUEST_S: Final = 10.0
"""A whole request arrives within so many seconds of the connection or of its first byte."""

RESPONSE_S: Final = 30.0
"""A whole response is read within so many seconds of the request."""

MOST_REQUEST_BYTES: Final = 64 * 1024
"""Of a request that is not complete."""

MOST_CONNECTIONS: Final = 256
"""One more ends the one that has waited longest for the rest of its request."""


class GuardedHttp(HttpToolsProtocol):
    """Pass it to uvicorn as `http`."""

    request_s = REQUEST_S
    response_s = RESPONSE_S
    most_connections = MOST_CONNECTIONS
    most_request_bytes = MOST_REQUEST_BYTES

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._ends_at = 0.0
        """Loop time at which what is expected now is late; 0 for nothing."""
        self._timer: TimerHandle | None = None
        self._half_since = 0.0
        """Loop time at which the request began that is not complete; 0 for none."""
        self._half_bytes = 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Takes the connection, and makes room when there are too many."""
        super().connection_made(transport)
        self._expect_request()
        if len(self.connections) > self.most_connections:
            waiting = (each for each in self.connections if isinstance(each, GuardedHttp))
            halves = [each for each in waiting if each._half_since]
            min(halves, key=lambda half: half._half_since, default=self)._give_up()

    def data_received(self, data: bytes) -> None:
        """Takes some bytes of a request."""
        if not self._half_since:
            self._expect_request()
        self._half_bytes += len(data)
        if self._half_bytes > self.most_request_bytes:
            self._give_up()
        elif not self.transport.is_closing():
            super().data_received(data)

    def on_message_complete(self) -> None:
        """The request is whole: now its response has its time."""
        super().on_message_complete()
        self._half_since, self._half_bytes = 0.0, 0
        self._start_timer(self.response_s)

    def on_response_complete(self) -> None:
        """The response is written; the other side may not have read it yet."""
        super().on_response_complete()
        self._start_timer(self.response_s)
        self._stop_when_read()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        self._ends_at = 0.0
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def _expect_request(self) -> None:
        self._half_since, self._half_bytes = self.loop.time(), 0
        self._start_timer(self.request_s)

    def _start_timer(self, seconds: float) -> None:
        # A timer that rings too early looks again: one a connection, instead of three a request.
        self._ends_at = self.loop.time() + seconds
        if self._timer is not None and self._timer.when() > self._ends_at:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self.loop.call_at(self._ends_at, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._stop_when_read()
        if self._ends_at > self.loop.time():
            self._timer = self.loop.call_at(self._ends_at, self._ring)
        elif self._ends_at:
            self._give_up()

    def _stop_when_read(self) -> None:
        is_idle = not self._half_since and self.cycle is not None and self.cycle.response_complete
        if is_idle and not self.transport.get_write_buffer_size():
            self._ends_at = 0.0

    def _give_up(self) -> None:
        self._ends_at = 0.0
        self._half_since = 0.0
        # Not closed: that would wait until the other side has read what is left.
        self.transport.abort()
