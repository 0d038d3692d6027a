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
def venue_server(answer: Answer, path: str = "/executors") -> Iterator[str]:
    """The URL of a venue that answers so, for as long as the block runs."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number = len(answer.asked)
            answer.asked.append(self.path)
            answer.seen_headers.append(dict(self.headers))
            said = (answer.then(self.path, number) if answer.then else None) or answer
            time.sleep(said.silence)
            try:
                self.send(said)
            except OSError:
                self.close_connection = True

        def do_POST(self) -> None:
            answer.posted.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.do_GET()

        def send(self, said: Answer) -> None:
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            while said.drip_headers and not over.wait(said.drip_headers):
                self.send_header("X-Nothing", "x")
                self.flush_headers()
            self.send_header("Content-Length", str(len(said.body)))
            self.end_headers()
            if said.drip:
                for byte in said.body:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(said.drip)
            self.wfile.write(said.body[: said.cut_at])

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
