"""HTTP client for one peer, over a connection that is kept open.

Standard library only, like the chain's transport: a request takes 0.5 ms of processor time, with a
general HTTP client 1.5 ms. Five nodes on two cores need the difference.
"""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from socket import SHUT_RDWR
from typing import Final
from urllib.parse import urlsplit

from pargrade.errors import PargradeError
from pargrade.process.limited_http import PlainConnection, TlsConnection
from pargrade.process.limited_socket import ExchangeLimits, ExchangeRefused
from pargrade.text import printable

MOST_BYTES: Final = 128 * 1024
"""The longest response that is read. An observation takes 1 KB, a slot's observations of 32
reporters 35 KB."""

_MOST_READS: Final = 256
"""Pieces a response may come in: a full one has 90 packets, a usual one two."""

_PIECE: Final = 16 * 1024

_MOST_SHOWN: Final = 120
"""Characters of a failure: some of it may be the peer's own text."""


class NoAnswer(PargradeError):
    """A peer sent no complete HTTP response."""

    hint = "Check that the peer's node runs and that its address is right."

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        self.reason = printable(reason, _MOST_SHOWN)
        super().__init__(f"no answer from {url}: {self.reason}")


@dataclass(frozen=True, slots=True)
class PeerResponse:
    """An HTTP response of a peer, not checked yet."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class PeerClient:
    """Sends requests to one peer. For one thread at a time."""

    def __init__(self, url: str, timeout: float, most_bytes: int = MOST_BYTES) -> None:
        """`timeout` is in seconds, for a whole exchange: connecting, sending and reading.

        `most_bytes` are of a response. Raises NoAnswer unless the URL is http:// or https://.
        """
        self.url = url
        self._timeout = timeout
        self._most_bytes = most_bytes
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as bad:
            raise NoAnswer(url, str(bad)) from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise NoAnswer(url, "not an http:// or https:// address")
        kind = TlsConnection if parts.scheme == "https" else PlainConnection
        self._connection = kind(parts.hostname, port)
        self._prefix = parts.path.rstrip("/")

    def get(self, path: str) -> PeerResponse:
        """Send a GET request and return the response. Raises NoAnswer."""
        return self._send(_Request("GET", path))

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> PeerResponse:
        """Send bytes that may arrive twice, and return the response. Raises NoAnswer."""
        return self._send(_Request("POST", path, body, headers))

    def _send(self, request: _Request) -> PeerResponse:
        limits = ExchangeLimits(time.monotonic() + self._timeout, self._most_bytes, _MOST_READS)
        try:
            return self._try_twice(request, limits)
        except (OSError, HTTPException, ValueError) as failure:
            self._connection.close()
            raise NoAnswer(self.url, str(failure) or type(failure).__name__) from failure

    def abandon(self) -> None:
        """Close the socket; a thread that waits on it gets NoAnswer."""
        if (kept := self._connection.sock) is not None:
            with suppress(OSError):
                kept.shutdown(SHUT_RDWR)

    def _try_twice(self, request: _Request, limits: ExchangeLimits) -> PeerResponse:
        kept = self._connection.sock is not None
        try:
            return self._exchange(request, limits)
        except ExchangeRefused:
            raise
        except (ConnectionError, HTTPException):
            # A server may close an idle connection at any time: try once on a new one.
            if not kept:
                raise
        self._connection.close()
        return self._exchange(request, limits)

    def _exchange(self, request: _Request, limits: ExchangeLimits) -> PeerResponse:
        self._connection.limit(limits)
        path = self._prefix + request.path
        self._connection.request(request.method, path, request.body, dict(request.headers))
        response = self._connection.getresponse()
        # In pieces: a buffer as large as the stated length would be reserved at once.
        body = b"".join(iter(lambda: response.read(_PIECE), b""))
        if response.length:
            raise HTTPException(f"the answer ends {response.length} bytes early")
        return PeerResponse(response.status, body)
