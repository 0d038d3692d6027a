"""An ASGI application on a port of its own, and a client for it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socket import AF_INET, IPPROTO_TCP, SOCK_STREAM, socket
from typing import Any

import httpx
import uvicorn


@contextmanager
def serving(api: Any, **options: Any) -> Iterator[httpx.Client]:
    """Serves while it is open. The options are uvicorn's."""
    with socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        config = uvicorn.Config(api, lifespan="off", log_config=None, ws="none", **options)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            with httpx.Client(base_url=url, timeout=20) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()
