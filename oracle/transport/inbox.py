"""What members have sent and the machine has not looked at: a share for each, taken in turn.

A member that floods fills its own share and is told to slow down; the others' are as before.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from oracle.transport.bundle import MOST_BUNDLE_BYTES

MOST_WAITING: Final = 512
"""Messages of one member."""
MESSAGES_PER_S: Final = 64
BURST_MESSAGES: Final = 512
"""An honest node sends some thirty in a slot, and a few hundred after it was cut off."""
BYTES_PER_S: Final = 512 * 1024
BURST_BYTES: Final = 4 * MOST_BUNDLE_BYTES
"""Of a member at once, and of its messages that wait."""


class Arrived(NamedTuple):
    """One message and the member whose session brought it."""

    sender: int
    raw: bytes


class _Share:
    """One member's messages, and what it may still send."""

    def __init__(self, now: float) -> None:
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._messages: float = BURST_MESSAGES
        self._bytes: float = BURST_BYTES
        self._since = now

    def admit(self, messages: Sequence[bytes], now: float) -> bool:
        """Takes all of them out of the budget, or none."""
        count, size = len(messages), sum(map(len, messages))
        if not self.has_room(count, size, now):
            return False
        self._messages -= count
        self._bytes -= size
        self._waiting.extend(messages)
        self._waiting_bytes += size
        return True

    def has_room(self, count: int, size: int, now: float) -> bool:
        """Whether so many messages of so many bytes in all would be taken."""
        passed = max(0.0, now - self._since)
        self._since = now
        self._messages = min(BURST_MESSAGES, self._messages + passed * MESSAGES_PER_S)
        self._bytes = min(BURST_BYTES, self._bytes + passed * BYTES_PER_S)
        if count > self._messages or size > self._bytes:
            return False
        is_kept = self._waiting_bytes + size <= BURST_BYTES
        return is_kept and len(self._waiting) + count <= MOST_WAITING

    def pop(self) -> bytes | None:
        """The oldest that waits."""
        if not self._waiting:
            return None
        raw = self._waiting.popleft()
        self._waiting_bytes -= len(raw)
        return raw

    def __bool__(self) -> bool:
        return bool(self._waiting)


class Inbox:
    """The messages that wait. Safe to share between threads; one takes."""

    def __init__(self, members: Iterable[int], clock: Callable[[], float] = time.monotonic) -> None:
        """`members` are the positions that may send."""
        self._clock = clock
        self._changed = threading.Condition()
        self._shares = {position: _Share(clock()) for position in members}
        self._turns = deque(self._shares)
        self._is_woken = False
        self.refused = dict.fromkeys(self._shares, 0)
        """Messages that were over a member's budget, by position."""

    def put(self, sender: int, messages: Sequence[bytes]) -> bool:
        """Keeps a member's messages, or none of them where it has sent too much."""
        with self._changed:
            share = self._shares.get(sender)
            if share is None or not share.admit(messages, self._clock()):
                if share is not None:
                    self.refused[sender] += len(messages)
                return False
            self._changed.notify()
            return True

    def admits(self, sender: int, size: int) -> bool:
        """Whether a message of a member, of which a piece has come, would be kept by its size."""
        with self._changed:
            share = self._shares.get(sender)
            if share is None:
                return False
            is_kept = share.has_room(1, size, self._clock())
            self.refused[sender] += not is_kept
            return is_kept

    def note_excess(self, sender: int) -> None:
        """Counts a message of a member that was over its budget before it came here."""
        with self._changed:
            if sender in self.refused:
                self.refused[sender] += 1

    def take(self) -> Arrived | None:
        """The oldest message of the member whose turn it is; None where there is none."""
        with self._changed:
            for _ in range(len(self._turns)):
                sender = self._turns[0]
                self._turns.rotate(-1)
                raw = self._shares[sender].pop()
                if raw is not None:
                    return Arrived(sender, raw)
            return None

    def wait(self, seconds: float) -> None:
        """Waits for a message or for `wake`, so long at most."""
        with self._changed:
            self._changed.wait_for(self._has_news, max(0.0, seconds))
            self._is_woken = False

    def wake(self) -> None:
        """Lets whoever waits look around."""
        with self._changed:
            self._is_woken = True
            self._changed.notify()

    def _has_news(self) -> bool:
        return self._is_woken or any(self._shares.values())
