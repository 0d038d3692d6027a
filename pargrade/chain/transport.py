"""JSON-RPC over kept connections, one per thread: over HTTP, or over a node's own socket (IPC).

Standard library only: importing it costs nothing, a call over HTTP takes a fraction of what web3
needs, and one over the socket half of that (`scripts/bench chain`).
"""

import json
import socket
import ssl
import threading
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final, Protocol, Self
from urllib.parse import urlsplit

from pargrade.chain.errors import RpcDown

_HEADERS: Final = {"Content-Type": "application/json"}
_PIECE: Final = 1 << 20


class Connection(Protocol):
    """An open way to an endpoint."""

    def round_trip(self, body: bytes) -> bytes:
        """What answers `body`. Raises OSError or HTTPException."""

    def close(self) -> None:
        """Closes it. May be called twice."""


class Transport:
    """Sends one JSON document to an endpoint and returns the JSON document it answers with."""

    def __init__(self, url: str, timeout: float) -> None:
        """`url` is http://, https://, or ipc:// and the absolute path of a socket."""
        self.shown, self._open = _endpoint(url, timeout)
        """The endpoint without its path, where providers put their customers' keys."""
        self._local = threading.local()

    def exchange(self, document: Any) -> Any:
        """The answer to `document`. Raises RpcDown for anything that is not a JSON answer."""
        body = json.dumps(document, separators=(",", ":")).encode()
        try:
            response = self._post(body)
        except (OSError, HTTPException) as failure:
            self.close()
            raise RpcDown(self.shown, str(failure) or type(failure).__name__) from failure
        try:
            return json.loads(response)
        except ValueError:
            raise RpcDown(self.shown, f"answered {response[:60]!r}, which is not JSON") from None

    def close(self) -> None:
        """Closes this thread's connection; the next exchange opens another."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def _post(self, body: bytes) -> bytes:
        kept: Connection | None = getattr(self._local, "connection", None)
        if kept is not None:
            try:
                return kept.round_trip(body)
            except (ConnectionError, HTTPException):
                # A server may close an idle connection at any time; that is not an answer.
                self.close()
        fresh = self._local.connection = self._open()
        return fresh.round_trip(body)


class _Http:
    """A connection that HTTP is spoken on."""

    def __init__(self, connection: HTTPConnection, path: str) -> None:
        self._connection = connection
        self._path = path

    def round_trip(self, body: bytes) -> bytes:
        self._connection.request("POST", self._path, body, _HEADERS)
        return self._connection.getresponse().read()

    def close(self) -> None:
        self._connection.close()


class _Ipc:
    """A node's Unix socket. Documents follow each other with nothing in between."""

    def __init__(self, socket_: socket.socket) -> None:
        self._socket = socket_

    @classmethod
    def open(cls, path: str, timeout: float) -> Self:
        socket_ = socket.socket(socket.AF_UNIX)
        try:
            socket_.settimeout(timeout)
            socket_.connect(path)
        except OSError:
            socket_.close()
            raise
        return cls(socket_)

    def round_trip(self, body: bytes) -> bytes:
        self._socket.sendall(body)
        response = bytearray()
        while piece := self._socket.recv(_PIECE):
            response += piece
            if _is_whole(response):
                return bytes(response)
        raise ConnectionResetError("closed before it had answered")

    def close(self) -> None:
        self._socket.close()


def _is_whole(response: bytearray) -> bool:
    # Whole documents end like this; few beginnings of one do, and only those are tried in vain.
    if not response.endswith((b"}", b"]", b"}\n", b"]\n")):
        return False
    try:
        json.loads(response)
    except ValueError:
        return False
    return True


def _endpoint(url: str, timeout: float) -> tuple[str, Callable[[], Connection]]:
    """What an endpoint is called, and how a connection to it is opened. Raises RpcDown."""
    parts = urlsplit(url)
    if parts.scheme == "ipc" and parts.path:
        return url, lambda: _Ipc.open(parts.path, timeout)
    host, port = parts.hostname, parts.port
    shown = f"{parts.scheme}://{host}" + (f":{port}" if port else "")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if parts.scheme == "http" and host:
        return shown, lambda: _Http(HTTPConnection(host, port, timeout=timeout), path)
    if parts.scheme == "https" and host:
        tls = ssl.create_default_context()
        return shown, lambda: _Http(HTTPSConnection(host, port, timeout=timeout, context=tls), path)
    raise RpcDown(url.split("?")[0], "not an http://, https:// or ipc:// address")
