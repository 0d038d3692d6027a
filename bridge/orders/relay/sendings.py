"""Where each match is that a relay has begun to send, and which it could not pay for."""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.orders.log.sequencer import MICROS
from pargrade.chain.errors import ChainError

_RETRY_S: Final = 10
"""So long a match that could not be paid for is left alone."""
_PROBLEM_S: Final = 600
"""So long after it was last met, that the relay could not pay is still a problem."""

_log = logging.getLogger("bridge.orders")


@dataclass(slots=True)
class Sending:
    """Where a match is that the relay has begun to send."""

    since: int
    """When it was first to be sent, then when it was; Unix time in microseconds."""
    parts: int = 1
    """Transactions that it takes."""
    is_open: bool = False
    """Whether any is on its way."""
    is_sent: bool = False
    """Whether any was mined and filled something."""
    refused_at: int | None = None
    """The block in whose state nothing of it can be filled."""
    is_unpaid: bool = False
    """Whether the relay may not or cannot pay for it: its taker may."""


class Sendings:
    """Of all matches that still wait. Safe to share between threads."""

    def __init__(self, lock: threading.RLock, clock: Callable[[], int]) -> None:
        """`lock` guards the book, `clock` gives Unix time in microseconds."""
        self._lock = lock
        self._clock = clock
        self._sendings: dict[int, Sending] = {}
        self._unpaid: tuple[int, str] = (0, "")
        """When a match could last not be paid for, and why."""
        self._blamed: set[bytes] = set()

    @property
    def unpaid(self) -> str:
        """Why a match could not be paid for lately; empty where all could."""
        since, why = self._unpaid
        return why if self._clock() < since + _PROBLEM_S * MICROS else ""

    def find(self, sequence: int) -> Sending | None:
        """Where a match is; None before its turn."""
        return self._sendings.get(sequence)

    def begin(self, sequence: int) -> Sending:
        """Where a match is whose turn it is."""
        with self._lock:
            return self._sendings.setdefault(sequence, Sending(self._clock()))

    def keep(self, waiting: Iterable[int]) -> None:
        """Forgets matches that do not wait any more. Whoever holds the book calls it."""
        kept = set(waiting)
        self._sendings = {n: found for n, found in self._sendings.items() if n in kept}

    def in_turn(self, waiting: Sequence[int]) -> list[int]:
        """Those to be sent, and one of those that could not be paid for: it may be by now."""
        before = self._clock() - _RETRY_S * MICROS
        with self._lock:
            found = [(n, self._sendings.get(n)) for n in waiting]
            unsent = [n for n, sending in found if sending is None or _is_waiting(sending)]
            unpaid = [n for n, each in found if each and each.is_unpaid and each.since < before]
        return unsent + unpaid[:1]

    def open(self, parts: dict[int, int]) -> set[int]:
        """Notes that matches are sent in so many transactions each. Returns those that still wait.

        Meanwhile others may have found that one has arrived.
        """
        with self._lock:
            kept = parts.keys() & self._sendings.keys()
            for sequence in kept:
                sending = self._sendings[sequence]
                sending.since, sending.is_open = self._clock(), True
                sending.parts, sending.is_unpaid = parts[sequence], False
        return kept

    def close(self, sending: Sending, *, is_sent: bool) -> None:
        """Notes that all transactions of a match have ended."""
        with self._lock:
            sending.is_open, sending.is_sent = False, is_sent

    def close_all(self) -> None:
        """Notes that nothing is on its way."""
        with self._lock:
            for sending in self._sendings.values():
                sending.is_open = False

    def refuse(self, sending: Sending, block: int, blamed: Iterable[bytes] = ()) -> None:
        """Gives a match up in the state of a block; `blamed` are orders it would go on without."""
        with self._lock:
            sending.refused_at = block
            self._blamed.update(blamed)

    def take_blamed(self) -> set[bytes]:
        """Makers' orders that matches could not fill, since the last time."""
        with self._lock:
            blamed, self._blamed = self._blamed, set()
        return blamed

    def note_unpaid(self, sequence: int, sending: Sending, why: ChainError) -> None:
        """Leaves a match to its taker that the relay cannot pay for."""
        self._unpaid = (self._clock(), str(why))
        _log.warning("match %d is its taker's to send: %s", sequence, why)
        self.leave_unpaid(sending)

    def leave_unpaid(self, sending: Sending) -> None:
        """Leaves a match to its taker, for now."""
        with self._lock:
            sending.is_unpaid, sending.since = not sending.is_sent, self._clock()

    def all_paid(self) -> None:
        """Notes that the relay could pay."""
        self._unpaid = (0, "")


def _is_waiting(sending: Sending) -> bool:
    """Whether it is neither on its way nor decided."""
    decided = sending.is_sent or sending.refused_at is not None
    return not (decided or sending.is_open or sending.is_unpaid)
