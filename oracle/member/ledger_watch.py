"""Looks at the head of the chain again and again, and says when something has changed."""

import logging
import threading
import time
from collections.abc import Callable

from oracle.member.clock import MemberClock
from oracle.member.ledger import CommitteeLedger, LedgerState
from pargrade.errors import PargradeError
from pargrade.process.schedule import Schedule

_log = logging.getLogger(__name__)

_RETRY_S = 1.0


class LedgerWatch:
    """The last state that was read, and the thread that reads it."""

    def __init__(self, ledger: CommitteeLedger, clock: MemberClock, poll_s: float) -> None:
        self.on_change: Callable[[], None] = _ignore
        """Called after a look that found another head."""
        self.schedule = Schedule(poll_s)
        self.failures = 0
        self.problem = ""
        """Why the last look failed; empty when it did not."""
        self._ledger = ledger
        self._clock = clock
        self._state: LedgerState | None = None
        self._head_since = self._round_since = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="chain", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self.schedule.end()

    def kept(self) -> LedgerState | None:
        """The last state; None before the first."""
        return self._state

    def head_age_s(self) -> float:
        """For how long the head has not changed, by the machine's monotonic clock."""
        return time.monotonic() - self._head_since

    def round_age_s(self) -> float:
        """For how long no round was new."""
        return time.monotonic() - self._round_since

    def look(self) -> None:
        """Read the state once. Raises ChainError and what the index is refused for."""
        state, before = self._ledger.read(), self._state
        self._clock.note_head(state.head.timestamp)
        if before is None or before.head.hash != state.head.hash:
            self._head_since = time.monotonic()
        if before is None or before.last_slot != state.last_slot:
            self._round_since = time.monotonic()
        self._state = state
        if before is None or before.head != state.head:
            self.on_change()

    def _run(self) -> None:
        while self.schedule.wait():
            self.schedule.begin()
            pause_s = 0.0
            try:
                self.look()
            except PargradeError as failure:
                pause_s = _RETRY_S
                self.failures += 1
                self.problem = str(failure)
                kind = type(failure).__name__
                _log.error("%s (%s)", failure, failure.hint, extra={"kind": kind})
            except Exception:  # noqa: BLE001
                # A defect: the next look may do better, and a node without looks does nothing.
                _log.exception("a look at the chain broke")
            else:
                self.problem = ""
            self.schedule.finish(pause_s)


def _ignore() -> None:
    """Nobody has to know."""
