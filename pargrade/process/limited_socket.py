"""A socket on which one whole exchange is limited in time, in bytes and in reads.

The limits of http.client are per read or for the body alone. A server that sends a byte a second,
or `100 Continue` for ever, stays within them and keeps a thread and a processor busy.
"""

import io
import socket
import sys
import time
from dataclasses import dataclass
from typing import Any


class ExchangeRefused(OSError):
    """The response needs more bytes or reads than its limits allow."""


@dataclass(slots=True)
class ExchangeLimits:
    """What one request and its response may still take."""

    deadline: float
    """On the monotonic clock, in seconds."""
    bytes_left: int = sys.maxsize
    """Of the response: status line, headers and body."""
    reads_left: int = sys.maxsize
    """A response in tiny pieces costs processor time for each of them."""

    def time_left(self) -> float:
        """Seconds until the deadline. Raises TimeoutError when it has passed."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("no complete answer in time")
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
    """Stands in for the socket of a connection, of HTTP or of another protocol."""

    def __init__(self, open_socket: socket.socket, limits: ExchangeLimits) -> None:
        self._socket = open_socket
        self._readers = 0
        self._is_closed = False
        self.limits = limits
        """Of the exchange in progress."""

    def arm(self) -> None:
        """Limits the next operation to the time left. Raises TimeoutError when there is none."""
        self._socket.settimeout(self.limits.time_left())

    def connect(self, address: Any) -> None:
        """As of a socket. Raises TimeoutError after the deadline."""
        self.arm()
        self._socket.connect(address)

    def sendall(self, data: Any) -> None:
        """As of a socket. Raises TimeoutError after the deadline."""
        self.arm()
        self._socket.sendall(data)

    def receive(self, most: int) -> bytes:
        """As recv of a socket. Raises TimeoutError, and ExchangeRefused beyond the limits."""
        self.arm()
        found = self._socket.recv(most)
        self.limits.count_read(len(found))
        return found

    def receive_into(self, buffer: Any) -> int:
        """The number of bytes read into the buffer. Raises TimeoutError and ExchangeRefused."""
        self.arm()
        size = self._socket.recv_into(buffer)
        self.limits.count_read(size)
        return size

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        """A reader of the connection's bytes."""
        self._readers += 1
        return io.BufferedReader(_LimitedReader(self))

    def shutdown(self, how: int) -> None:
        """As of a socket."""
        self._socket.shutdown(how)

    def close(self) -> None:
        """Closes the socket as soon as no reader is open: http.client closes it before it reads a
        response that ends with the connection.
        """
        self._is_closed = True
        if self._readers <= 0:
            self._socket.close()

    def release(self) -> None:
        """A reader was closed."""
        self._readers -= 1
        if self._is_closed:
            self.close()


class _LimitedReader(io.RawIOBase):
    def __init__(self, limited: LimitedSocket) -> None:
        self._limited = limited

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._limited.receive_into(buffer)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._limited.release()
