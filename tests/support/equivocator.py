"""A reporter as a real HTTP server that signs other content every time it is asked."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pargrade.bindings.spot_index import SpotIndex
from pargrade.canonical import canonical_json
from pargrade.chain.block import Tag
from pargrade.chain.keys import Key
from pargrade.spot_index.observation import Observation, index_domain, sign


@contextmanager
def equivocator(index: SpotIndex, key: Key, port: int, value: int) -> Iterator[list[int]]:
    """Listens on a port and signs values from `value` on, 8 decimals; yields the slots asked for.

    It shares nothing of what it has seen.
    """
    asked: list[int] = []
    values = count(value)
    config = index.reporter_config(block=Tag.LATEST)
    index_set = index.index_set(block=Tag.LATEST)
    domain = index_domain(index.chain.chain_id, index.address)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            slot = int(parse_qs(parts.query)["slot"][0])
            if parts.path != "/observation":
                return self.respond(404, b"{}")
            asked.append(slot)
            content = Observation(
                index_set, config.epoch, slot, 0, (next(values),), config.method_hash, bytes(32)
            )
            return self.respond(200, canonical_json(sign(content, domain, key).to_json()))

        def respond(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def handle(self) -> None:
            with suppress(OSError):
                super().handle()

        def log_message(self, *_: Any) -> None:
            """Nothing: the tests' output is not this server's log."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield asked
        finally:
            server.shutdown()
