"""A socket on which one whole exchange is limited in time, in bytes and in reads.

The limits of http.client are per read or for the body alone. A peer that sends a byte a second, or
`100 Continue` for ever, stays within them and keeps a thread and a processor busy.
"""

import io
import socket
import time
from dataclasses import dataclass
from typing import Any


class ExchangeRefused(OSError):
    """The response needs more than its limits allow."""


@dataclass(slots=True)
class ExchangeLimits:
    """What one request and its response may still take."""

    deadline: float
    """On the monotonic clock, in seconds."""
    bytes_left: int
    """Of the response: status line, headers and body."""
    reads_left: int
    """A response in tiny pieces costs processor time for each of them."""

    def time_left(self) -> float:
        """Seconds until the deadline. Raises ExchangeRefused when it has passed."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise ExchangeRefused("no complete answer in time")
        return left

    def count_read(self, size: int) -> None:
        """Count one read of `size` bytes. Raises ExchangeRefused beyond the limits."""
        self.bytes_left -= size
        self.reads_left -= 1
        if self.bytes_left < 0:
            raise ExchangeRefused("the answer is too long")
        if self.reads_left < 0:
            raise ExchangeRefused("the answer comes in too many pieces")


class LimitedSocket:
    """Stands in for the socket of an HTTP connection."""

    def __init__(self, open_socket: socket.socket, limits: ExchangeLimits) -> None:
        self._socket = open_socket
        self.limits = limits

    def sendall(self, data: Any) -> None:
        """As of a socket. Raises ExchangeRefused after the deadline."""
        self._socket.settimeout(self.limits.time_left())
        self._socket.sendall(data)

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        """A reader of the connection's bytes."""
        return io.BufferedReader(_LimitedReader(self))

    def receive_into(self, buffer: Any) -> int:
        """The number of bytes read into the buffer. Raises ExchangeRefused beyond the limits."""
        self._socket.settimeout(self.limits.time_left())
        size = self._socket.recv_into(buffer)
        self.limits.count_read(size)
        return size

    def shutdown(self, how: int) -> None:
        """As of a socket."""
        self._socket.shutdown(how)

    def close(self) -> None:
        """As of a socket."""
        self._socket.close()


class _LimitedReader(io.RawIOBase):
    def __init__(self, limited: LimitedSocket) -> None:
        self._limited = limited

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._limited.receive_into(buffer)
