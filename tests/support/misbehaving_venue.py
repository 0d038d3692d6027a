"""A venue's web server that answers as it is told: a real one, on a free local port."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    """What the venue does with every request, or with those that `then` does not answer."""

    body: bytes = b"[]"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    silence: float = 0.0
    """Seconds before the first byte."""
    cut_at: int | None = None
    """Bytes after which the connection ends, whatever the headers promised."""
    drip: float = 0.0
    """Seconds between two bytes of the body."""
    drip_headers: float = 0.0
    """Seconds between two headers that nobody needs."""
    then: Callable[[str, int], "Answer | None"] | None = None
    """The answer to a path and the number of the request, from 0; None for this one."""
    asked: list[str] = field(default_factory=list)
    posted: list[bytes] = field(default_factory=list)
    seen_headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def venue_server(response: Answer, path: str = "/executors") -> Iterator[str]:
    """The URL of a venue that answers so, for as long as the block runs."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number = len(response.asked)
            response.asked.append(self.path)
            response.seen_headers.append(dict(self.headers))
            text = (response.then(self.path, number) if response.then else None) or response
            time.sleep(text.silence)
            try:
                self.send(text)
            except OSError:
                self.close_connection = True

        def do_POST(self) -> None:
            response.posted.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.do_GET()

        def send(self, text: Answer) -> None:
            self.send_response(text.status)
            for name, value in text.headers.items():
                self.send_header(name, value)
            while text.drip_headers and not over.wait(text.drip_headers):
                self.send_header("X-Nothing", "x")
                self.flush_headers()
            self.send_header("Content-Length", str(len(text.body)))
            self.end_headers()
            if text.drip:
                for byte in text.body:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(text.drip)
            self.wfile.write(text.body[: text.cut_at])

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{path}"
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()
