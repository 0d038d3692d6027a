"""A socket on which one whole exchange has to end by a given time, however slowly bytes come."""

import io
import socket
import time
from typing import Any


class DeadlineSocket:
    """Stands in for the socket of an HTTP connection, whose own time limit is per read."""

    def __init__(self, open_socket: socket.socket, deadline: float) -> None:
        """`deadline` is a time of time.monotonic."""
        self._socket = open_socket
        self.deadline = deadline

    def arm(self) -> None:
        """Limits the next operation to the time left. Raises TimeoutError when there is none."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        self._socket.settimeout(left)

    def sendall(self, data: Any) -> None:
        """As of a socket."""
        self.arm()
        self._socket.sendall(data)

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        """A reader of the connection's bytes."""
        return io.BufferedReader(_TimedReader(self, self._socket.makefile("rb", buffering=0)))

    def close(self) -> None:
        """As of a socket."""
        self._socket.close()


class _TimedReader(io.RawIOBase):
    def __init__(self, timed: DeadlineSocket, raw: Any) -> None:
        self._timed = timed
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._timed.arm()
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()
