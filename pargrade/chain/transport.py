"""JSON-RPC over HTTP with kept-alive connections, one per thread.

Standard library only: on a local chain a round trip takes 0.5 ms, a third of what the general
clients need, and importing it costs nothing.
"""

import json
import ssl
import threading
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from pargrade.errors import RpcDown

_HEADERS = {"Content-Type": "application/json"}


class Transport:
    """Sends one JSON document to an endpoint and returns the JSON document it answers with."""

    def __init__(self, url: str, timeout: float) -> None:
        parts = urlsplit(url)
        self.shown = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
        """The endpoint without its path, where providers put their customers' keys."""
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise RpcDown(url.split("?")[0], "not an http:// or https:// address")
        self._secure = parts.scheme == "https"
        self._host = parts.hostname
        self._port = parts.port
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._timeout = timeout
        self._local = threading.local()

    def exchange(self, document: Any) -> Any:
        """The answer to `document`. Raises RpcDown for anything that is not a JSON answer."""
        body = json.dumps(document, separators=(",", ":")).encode()
        try:
            answer = self._post(body)
        except (OSError, HTTPException) as failure:
            self.close()
            raise RpcDown(self.shown, str(failure) or type(failure).__name__) from failure
        try:
            return json.loads(answer)
        except ValueError:
            raise RpcDown(self.shown, f"answered {answer[:60]!r}, which is not JSON") from None

    def close(self) -> None:
        """Closes this thread's connection; the next exchange opens another."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def _post(self, body: bytes) -> bytes:
        kept = getattr(self._local, "connection", None)
        if kept is not None:
            try:
                return self._round_trip(kept, body)
            except (ConnectionError, HTTPException):
                # A server may close an idle connection at any time; that is not an answer.
                self.close()
        self._local.connection = self._connect()
        return self._round_trip(self._local.connection, body)

    def _round_trip(self, connection: HTTPConnection, body: bytes) -> bytes:
        connection.request("POST", self._path, body, _HEADERS)
        return connection.getresponse().read()

    def _connect(self) -> HTTPConnection:
        if self._secure:
            context = ssl.create_default_context()
            return HTTPSConnection(self._host, self._port, timeout=self._timeout, context=context)
        return HTTPConnection(self._host, self._port, timeout=self._timeout)
