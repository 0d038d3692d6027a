"""JSON documents to and from an endpoint over kept connections, one per thread: HTTP or IPC.

Standard library only: importing it costs nothing, a call over HTTP takes a fraction of what web3
needs, and one over the socket half of that (`scripts/bench chain`).
"""

import socket
import ssl
import threading
import time
from http.client import HTTPException
from typing import Final, Protocol, Self

from pargrade.chain.endpoint.errors import LateAnswer, LongAnswer
from pargrade.chain.endpoint.url import EndpointUrl
from pargrade.chain.errors import RpcDown
from pargrade.chain.json_text import parse_json
from pargrade.process.limited_http import PlainConnection, TlsConnection
from pargrade.process.limited_socket import ExchangeLimits, LimitedSocket

MOST_BYTES: Final = 128 << 20
"""Of one answer: about 200,000 logs."""

_PIECE: Final = 1 << 20
_IPC_PIECE: Final = 64 << 10
"""So much is reserved at every read of a socket, and most answers are short."""

_OK: Final = 200


class _TooLong(Exception):
    """More came than is read."""


class Connection(Protocol):
    """An open way to an endpoint."""

    def round_trip(self, body: bytes, deadline: float) -> tuple[int, bytes]:
        """HTTP status and body of the answer. Raises OSError or HTTPException."""

    def close(self) -> None:
        """Closes it. May be called twice."""


class Transport:
    """Sends one document to an endpoint and returns the document it answers with."""

    def __init__(self, url: str, timeout: float) -> None:
        """`url` is http://, https://, or ipc:// and the absolute path of a socket.

        `timeout` is in seconds, for a whole exchange: connecting, sending and reading. Raises
        RpcDown for an address of another kind.
        """
        self.url = EndpointUrl.parse(url)
        self._timeout = timeout
        self._local = threading.local()

    @property
    def shown(self) -> str:
        """The endpoint for people, without secrets."""
        return self.url.shown

    def exchange(self, body: bytes) -> tuple[int, bytes]:
        """HTTP status and body of the answer; a socket's have status 200.

        Raises RpcDown, LateAnswer, LongAnswer.
        """
        try:
            return self._post(body, time.monotonic() + self._timeout)
        except TimeoutError as failure:
            self.close()
            raise LateAnswer(self.shown, self._timeout) from failure
        except _TooLong:
            self.close()
            raise LongAnswer(self.shown, MOST_BYTES) from None
        except (OSError, HTTPException, ValueError) as failure:
            self.close()
            reason = self.url.scrub(str(failure)) or type(failure).__name__
            raise RpcDown(self.shown, reason) from None

    def close(self) -> None:
        """Closes this thread's connection; the next exchange opens another."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def _post(self, body: bytes, deadline: float) -> tuple[int, bytes]:
        kept: Connection | None = getattr(self._local, "connection", None)
        if kept is not None:
            try:
                return kept.round_trip(body, deadline)
            except (ConnectionError, HTTPException):
                # A server may close an idle connection at any time; that is not an answer.
                self.close()
        fresh = self._local.connection = self._open(deadline)
        return fresh.round_trip(body, deadline)

    def _open(self, deadline: float) -> Connection:
        if self.url.server is None:
            return _Ipc.open(self.url.path, deadline)
        return HttpConnection(self.url)


class HttpConnection:
    """A connection that HTTP is spoken on, perhaps through a proxy. For one thread at a time."""

    def __init__(self, url: EndpointUrl) -> None:
        """Of an http:// or https:// address; it is opened by the first request."""
        self._path = url.path
        self._headers = _headers(url)
        self._connection = _http_connection(url)
        # A proxy of plain HTTP is asked for the whole address (RFC 9112, 3.2.2).
        is_whole = url.proxy is not None and url.scheme == "http"
        self._before = url.shown if is_whole else ""

    @property
    def is_open(self) -> bool:
        """Whether an earlier request left it open: the other side may have closed it since."""
        return self._connection.sock is not None

    def round_trip(self, body: bytes, deadline: float) -> tuple[int, bytes]:
        """As of a Connection."""
        return self.send("POST", self._path, body, ExchangeLimits(deadline))

    def send(
        self, method: str, path: str, body: bytes | None, limits: ExchangeLimits
    ) -> tuple[int, bytes]:
        """Status and body of the response. Raises OSError, HTTPException; then close it."""
        self._connection.limit(limits)
        self._connection.request(method, self._before + path, body, self._headers)
        response = self._connection.getresponse()
        found = bytearray()
        while piece := response.read(_PIECE):
            found += piece
            if len(found) > MOST_BYTES:
                raise _TooLong
        return response.status, bytes(found)

    def close(self) -> None:
        """Closes it. May be called twice."""
        self._connection.close()


def _headers(url: EndpointUrl) -> dict[str, str]:
    headers = {"Content-Type": "application/json"}
    if url.server is not None and url.server.authorization:
        headers["Authorization"] = url.server.authorization
    if url.scheme == "http" and url.proxy is not None and url.proxy.authorization:
        headers["Proxy-Authorization"] = url.proxy.authorization
    return headers


def _http_connection(url: EndpointUrl) -> PlainConnection | TlsConnection:
    assert url.server is not None
    first = url.proxy or url.server
    if url.scheme == "http":
        return PlainConnection(first.host, first.port)
    connection = TlsConnection(first.host, first.port, context=ssl.create_default_context())
    if url.proxy is not None:
        allowed = url.proxy.authorization
        headers = {"Proxy-Authorization": allowed} if allowed else {}
        connection.set_tunnel(url.server.host, url.server.port or 443, headers)
    return connection


class _Ipc:
    """A node's Unix socket. Documents follow each other with nothing in between."""

    def __init__(self, limited: LimitedSocket) -> None:
        self._limited = limited

    @classmethod
    def open(cls, path: str, deadline: float) -> Self:
        limited = LimitedSocket(socket.socket(socket.AF_UNIX), ExchangeLimits(deadline))
        try:
            limited.connect(path)
        except OSError:
            limited.close()
            raise
        return cls(limited)

    def round_trip(self, body: bytes, deadline: float) -> tuple[int, bytes]:
        self._limited.limits = ExchangeLimits(deadline)
        self._limited.sendall(body)
        response = bytearray()
        while piece := self._limited.receive(_IPC_PIECE):
            response += piece
            if _is_whole(response):
                return _OK, bytes(response)
            if len(response) > MOST_BYTES:
                raise _TooLong
        raise ConnectionResetError("closed before it had answered")

    def close(self) -> None:
        self._limited.close()


def _is_whole(response: bytearray) -> bool:
    # Whole documents end like this; few beginnings of one do, and only those are tried in vain.
    if not response.endswith((b"}", b"]", b"}\n", b"]\n")):
        return False
    try:
        parse_json(response)
    except ValueError:
        return False
    return True
