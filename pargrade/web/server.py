"""Serves an API with limits on half requests, in the main thread or beside other work."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from pargrade.process.http_guard import GuardedHttp

_BACKLOG = 128


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to an address. Raises OSError when it is taken or not available."""
    # With the protocol named as TCP, asyncio turns Nagle's algorithm off. Otherwise every response
    # waits for the reader's delayed acknowledgement: 40 ms instead of 1.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def make_server(api: Any, protocol: type[GuardedHttp] = GuardedHttp) -> uvicorn.Server:
    """A server of an ASGI application; run it with the sockets it serves.

    `protocol` is the server's side of a connection, with its limits.
    """
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    return uvicorn.Server(
        uvicorn.Config(
            api,
            http=protocol,
            ws="none",
            lifespan="off",
            proxy_headers=False,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
    )


@contextmanager
def serve_beside(
    api: Any, listening: socket.socket, protocol: type[GuardedHttp] = GuardedHttp
) -> Iterator[None]:
    """Serve in a thread of its own while the context is open."""
    server = make_server(api, protocol)
    thread = threading.Thread(target=server.run, args=([listening],), name="api", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
