"""When repeated work is due: by monotonic time, so that a clock that is set back stops nothing.

APScheduler sets the next run by wall time: after a step back by an hour it waits for an hour.
"""

import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_log: Final = logging.getLogger(__name__)

Clock = Callable[[], float]
"""Seconds."""

LATE_S: Final = 1.0
"""A run that begins later than this after it was due is counted as late."""

_JUMP_S: Final = 1.0
"""A wall clock that gains or loses more than this between two runs has jumped: slewing gains at
most half a millisecond a second."""

_BETWEEN_WAKES_S: Final = 1.0
"""Between two runs that are due because of `wake`, where the interval is longer."""

_OVERDUE_S: Final = 5.0
"""So much after it was due a run that has not begun is not on time any more."""

LONGEST_RUN_S: Final = 120.0
"""A run that takes longer is not on time."""


@dataclass(frozen=True, slots=True)
class ScheduleReport:
    """How punctual the runs are."""

    on_time: bool
    """The last run was on time, and the next one is not overdue."""
    runs: int
    late: int
    """Runs that began more than a second, or what was stated, after they were due."""
    missed: int
    """Intervals that passed without a run because one was late."""
    clock_jumps: int
    """Times the wall clock was found to have been set."""
    lateness_s: float = 0.0
    """How late the last run began, or how late the next one is now."""


class Schedule:
    """One repeated work's due times. Safe to share between threads; one thread works."""

    def __init__(
        self,
        interval_s: float,
        monotonic: Clock = time.monotonic,
        wall: Clock = time.time,
        *,
        run: str = "poll",
        late_s: float = LATE_S,
        longest_s: float = LONGEST_RUN_S,
    ) -> None:
        """The first run is due at once.

        `run` is what people call one. It is late when it begins more than `late_s` after it was
        due, and not on time when it takes more than `longest_s`.
        """
        self._interval_s = interval_s
        self._run = run
        self._allowed_s = late_s
        self._longest_s = longest_s
        self._monotonic = monotonic
        self._wall = wall
        self._changed = threading.Condition()
        self._due = monotonic()
        self._began: float | None = None
        self._offset = wall() - monotonic()
        self._ended = False
        self._is_woken = False
        self._woken_at = -math.inf
        self._was_late = False
        self._lateness_s = 0.0
        self._runs = self._late = self._missed = self._jumps = 0

    def wait(self, has_news: Callable[[], bool] | None = None) -> bool:
        """Wait until the next run is due. False once the schedule has ended.

        Where `has_news` is given it is called once an interval, and the run is due when it is true.
        """
        while True:
            with self._changed:
                left = self._due - self._monotonic()
                if self._ended or left <= 0:
                    return not self._ended
                self._changed.wait(left if has_news is None else min(left, self._interval_s))
            # Without the lock: it may look at a disk that hangs.
            if has_news is not None and has_news():
                with self._changed:
                    self._due = min(self._due, self._monotonic())

    def begin(self) -> None:
        """A run begins. Logs a late one, and a wall clock that was set."""
        with self._changed:
            now = self._began = self._monotonic()
            self._runs += 1
            self._count_late(now - self._due)
            self._count_jump(self._wall() - now)

    def finish(self, pause_s: float = 0.0) -> None:
        """The run is over; the next one is due after the interval and a pause."""
        with self._changed:
            self._began = None
            self._due = self._monotonic() + self._interval_s + pause_s
            if self._is_woken:
                self._wake()

    def hasten(self) -> None:
        """Make the next run due after one interval at the latest."""
        with self._changed:
            self._due = min(self._due, self._monotonic() + self._interval_s)
            self._changed.notify_all()

    def wake(self) -> None:
        """Make a run due now that has not begun yet.

        Whoever wakes again and again causes a run an interval, or a second, and no more of them.
        """
        with self._changed:
            if self._began is None:
                self._wake()
            else:
                self._is_woken = True

    def _wake(self) -> None:
        self._is_woken = False
        soonest = max(self._monotonic(), self._woken_at + min(self._interval_s, _BETWEEN_WAKES_S))
        if soonest < self._due:
            self._due = self._woken_at = soonest
            self._changed.notify_all()

    def end(self) -> None:
        """No run begins any more."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def report(self) -> ScheduleReport:
        """How punctual the runs have been until now."""
        with self._changed:
            now = self._monotonic()
            waited_s = 0.0 if self._began is not None else now - self._due
            return ScheduleReport(
                on_time=not self._was_late and not self._is_overdue(now),
                runs=self._runs,
                late=self._late,
                missed=self._missed,
                clock_jumps=self._jumps,
                lateness_s=max(self._lateness_s, waited_s),
            )

    def _is_overdue(self, now: float) -> bool:
        if self._began is None:
            return now > self._due + _OVERDUE_S
        return now > self._began + self._longest_s

    def _count_late(self, late_s: float) -> None:
        self._lateness_s = max(late_s, 0.0)
        self._was_late = late_s > _OVERDUE_S
        if late_s <= self._allowed_s:
            return
        self._late += 1
        self._missed += int(late_s / self._interval_s)
        _log.warning(
            "no %s was made for %.1f s: the process or its machine stood still", self._run, late_s
        )

    def _count_jump(self, offset: float) -> None:
        jump, self._offset = offset - self._offset, offset
        if abs(jump) <= _JUMP_S:
            return
        self._jumps += 1
        _log.warning(
            "the machine's clock jumped by %+.1f s; every %s goes by monotonic time",
            jump,
            self._run,
        )
