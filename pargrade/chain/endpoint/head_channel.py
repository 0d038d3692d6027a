"""Connections on which an endpoint announces something: a Unix socket or a WebSocket."""

import contextlib
import socket
from collections.abc import Iterator
from typing import Final, Protocol

from pargrade.chain.endpoint.url import EndpointUrl

_MOST_BYTES: Final = 1 << 20
"""Of one document: a block's header has some 2,000."""
_OPEN_S: Final = 5.0
_CLOSE_S: Final = 1.0
_PIECE: Final = 1 << 16


class FeedBroken(Exception):
    """The endpoint announces no blocks, or no longer; the text says why."""


class HeadChannel(Protocol):
    """An open connection on which JSON documents arrive."""

    def send(self, text: str) -> None:
        """Send a document. Raises OSError, FeedBroken."""

    def documents(self) -> Iterator[str | bytes]:
        """What arrives, until the connection ends. Raises OSError, FeedBroken."""

    def close(self) -> None:
        """End it, also while another thread waits for a document. May be called twice."""


def open_channel(url: EndpointUrl, whole: str) -> HeadChannel:
    """A connection to an ipc://, ws:// or wss:// address; `whole` is all of it, with its secrets.

    Raises OSError, FeedBroken.
    """
    return _Ipc(url.path) if url.scheme == "ipc" else _WebSocket(whole)


class _Ipc:
    """A node's Unix socket: a document a line, as geth, reth, besu and anvil write them."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(_OPEN_S)
        try:
            self._socket.connect(path)
        except OSError:
            self._socket.close()
            raise
        self._socket.settimeout(None)

    def send(self, text: str) -> None:
        self._socket.sendall(text.encode())

    def documents(self) -> Iterator[bytes]:
        rest = b""
        while piece := self._socket.recv(_PIECE):
            *lines, rest = (rest + piece).split(b"\n")
            yield from lines
            if len(rest) > _MOST_BYTES:
                raise FeedBroken(f"it sends more than {_MOST_BYTES:,} bytes at once")

    def close(self) -> None:
        # Closing alone does not wake a thread that reads.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class _WebSocket:
    """A WebSocket (RFC 6455), which is pinged: a connection that is dead ends."""

    def __init__(self, whole: str) -> None:
        # Not at the top: few processes listen to a WebSocket, and it takes a while to import.
        from websockets.exceptions import WebSocketException
        from websockets.sync.client import connect

        self._broken = WebSocketException
        self._opened = contextlib.ExitStack()
        try:
            self._connection = self._opened.enter_context(
                connect(whole, open_timeout=_OPEN_S, close_timeout=_CLOSE_S, max_size=_MOST_BYTES)
            )
        except WebSocketException as failure:
            raise FeedBroken(str(failure)) from None

    def send(self, text: str) -> None:
        try:
            self._connection.send(text)
        except self._broken as failure:
            raise FeedBroken(str(failure)) from None

    def documents(self) -> Iterator[str | bytes]:
        try:
            yield from self._connection
        except self._broken as failure:
            raise FeedBroken(str(failure)) from None

    def close(self) -> None:
        with contextlib.suppress(OSError, self._broken):
            self._opened.close()
