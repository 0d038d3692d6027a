"""A venue's web server that answers as it is told: a real one, on a free local port."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    """What the venue does with every request."""

    body: bytes = b"[]"
    status: int = 200
    silence: float = 0.0
    """Seconds before the first byte."""
    cut_at: int | None = None
    """Bytes after which the connection ends, whatever the headers promised."""
    drip: float = 0.0
    """Seconds between two bytes."""
    asked: list[str] = field(default_factory=list)


@contextmanager
def venue_server(answer: Answer) -> Iterator[str]:
    """The URL of a venue that answers so, for as long as the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer.asked.append(self.path)
            time.sleep(answer.silence)
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            try:
                if answer.drip:
                    for byte in answer.body:
                        self.wfile.write(bytes([byte]))
                        self.wfile.flush()
                        time.sleep(answer.drip)
                self.wfile.write(answer.body[: answer.cut_at])
            except OSError:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/executors"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
