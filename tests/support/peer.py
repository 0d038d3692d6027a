"""A peer as a real HTTP server that answers what it is told to, badly if need be."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from pargrade.process.ports import free_ports

Answer = Callable[[BaseHTTPRequestHandler], None]


def says(body: bytes, status: int = 200) -> Answer:
    """A complete answer."""

    def response(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return response


def hangs(seconds: float) -> Answer:
    """No answer for a while, then none."""

    def response(request: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        request.close_connection = True

    return response


def drips(seconds: float) -> Answer:
    """A byte every tenth of a second: every single read is in time, the answer never is."""

    def response(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "10000")
        request.end_headers()
        try:
            for _ in range(int(seconds * 10)):
                request.wfile.write(b" ")
                request.wfile.flush()
                time.sleep(0.1)
        except OSError:
            return

    return response


def hangs_up(request: BaseHTTPRequestHandler) -> None:
    """A connection cut in the middle of the first line."""
    request.wfile.write(b"HTTP/1.")
    request.close_connection = True


def breaks_off(request: BaseHTTPRequestHandler) -> None:
    """A connection cut in the middle of the body."""
    request.send_response(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    request.wfile.write(b'{"observation": {')
    request.close_connection = True


def sends_for_ever(piece: bytes, pause: float, status: bool = True) -> Answer:
    """The same bytes again and again, for half a minute at most, in the body or before it."""

    def response(request: BaseHTTPRequestHandler) -> None:
        request.close_connection = True
        deadline = time.monotonic() + 30
        with suppress(OSError):
            if status:
                request.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while time.monotonic() < deadline:
                request.wfile.write(piece)
                time.sleep(pause)

    return response


def late(seconds: float, response: Answer) -> Answer:
    """Another answer, some time later."""

    def later(request: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        response(request)

    return later


ENDLESS: Final[dict[str, Answer]] = {
    "100 Continue for ever": sends_for_ever(b"HTTP/1.1 100 Continue\r\n\r\n", 0, status=False),
    "100 Continue now and then": sends_for_ever(
        b"HTTP/1.1 100 Continue\r\n\r\n", 0.1, status=False
    ),
    "headers for ever": sends_for_ever(b"X: y\r\n", 0.1),
    "a header without end": sends_for_ever(b"x", 0.1),
    "a body without end": sends_for_ever(b"\r\n" + b" " * 4_000, 0),
    "a body of single bytes": sends_for_ever(b"\r\n ", 0.0001),
    "a chunk without end": sends_for_ever(b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n", 0.1),
    "a length beyond memory": sends_for_ever(b"Content-Length: 9999999999999999\r\n\r\n", 0.1),
    "one byte a second": drips(30),
}
"""Answers that never end, by name."""


@contextmanager
def peer(response: Answer, port: int = 0) -> Iterator[str]:
    """The address of a peer that answers so, on a free port unless one is named."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            # Clients that hang up are what many tests are about.
            with suppress(OSError):
                super().handle()

        def do_GET(self) -> None:
            response(self)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            response(self)

        def log_message(self, *_: Any) -> None:
            """Nothing: the tests' output is not this server's log."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def nobody() -> str:
    """An address where nobody listens."""
    [port] = free_ports(1)
    return f"http://127.0.0.1:{port}"
