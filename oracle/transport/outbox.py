"""What waits to be sent to one peer: bounded, and the oldest goes first when it is full."""

import threading
from collections import deque
from typing import Final

from oracle.transport.bundle import MOST_BUNDLE_BYTES, MOST_MESSAGES, size_in_bundle

MOST_WAITING: Final = 256
MOST_WAITING_BYTES: Final = 4 * 1024 * 1024
"""A peer that does not take messages costs no more memory; the machine sends again what counts."""


class PeerQueue:
    """The messages for one peer. Safe to share between threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._is_closed = False
        self.dropped = 0
        """Messages that went because it was full."""

    def put(self, raw: bytes) -> None:
        """Adds a message; what is the oldest is dropped where there is no room."""
        with self._changed:
            if self._is_closed:
                return
            self._waiting.append(raw)
            self._bytes += size_in_bundle(raw)
            while len(self._waiting) > MOST_WAITING or self._bytes > MOST_WAITING_BYTES:
                self._bytes -= size_in_bundle(self._waiting.popleft())
                self.dropped += 1
            self._changed.notify()

    def take(self) -> list[bytes]:
        """The oldest messages, as many as one request carries. Waits for one; none after `close`.

        They are no longer here: whoever fails to send them lets them go.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closed)
            if self._is_closed:
                return []
            taken: list[bytes] = []
            size = 0
            while self._waiting and len(taken) < MOST_MESSAGES:
                size += size_in_bundle(self._waiting[0])
                if taken and size > MOST_BUNDLE_BYTES:
                    break
                taken.append(self._waiting.popleft())
                self._bytes -= size_in_bundle(taken[-1])
            return taken

    def wait_closed(self, seconds: float) -> bool:
        """Waits so long, or until it is closed. Returns whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: self._is_closed, seconds)

    def close(self) -> None:
        """Lets whoever waits go, with nothing."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
