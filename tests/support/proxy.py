"""A real HTTP server in front of a chain, which serves every method but the ones it is told not to.

For what an endpoint may lack: everything else is answered by the chain itself.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import Request, urlopen


@contextmanager
def without(url: str, *methods: str) -> Iterator[str]:
    """The address of an endpoint that is `url` without these methods."""

    class Forward(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked = json.loads(body)
            response = _unknown(asked) if asked["method"] in methods else _forward(url, body)
            self.send_response(200)
            self.send_header("Content-Length", str(len(response)))
            self.end_headers()
            self.wfile.write(response)

        def log_message(self, *_: Any) -> None:
            """Nothing: the tests' output is not this server's log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Forward) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def _unknown(asked: dict[str, Any]) -> bytes:
    error = {"code": -32601, "message": "Method not found"}
    return json.dumps({"jsonrpc": "2.0", "id": asked["id"], "error": error}).encode()


def _forward(url: str, body: bytes) -> bytes:
    with urlopen(Request(url, body, {"Content-Type": "application/json"})) as response:
        found: bytes = response.read()
        return found


@contextmanager
def dropping(url: str, method: str) -> Iterator[str]:
    """The address of an endpoint that passes the first `method` on and hangs up without answering.

    Connections are kept alive, as real endpoints do.
    """
    dropped = threading.Event()

    class Forward(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            response = _forward(url, body)
            if json.loads(body)["method"] == method and not dropped.is_set():
                dropped.set()
                self.close_connection = True
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(response)))
            self.end_headers()
            self.wfile.write(response)

        def log_message(self, *_: Any) -> None:
            """Nothing: the tests' output is not this server's log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Forward) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
