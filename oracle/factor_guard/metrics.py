"""The figures of a guard for Prometheus, and its health. Reading them asks nobody."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final

from prometheus_client.metrics_core import Metric

from oracle.factor_guard.look import GuardReport
from pargrade.metrics.families import counter, counters, gauge, poll_figures
from pargrade.process.schedule import ScheduleReport

_MOST_INTERVALS: Final = 2
"""A look has to be done within so many of them."""


class GuardFigures:
    """Counts what looks lead to. The worker counts, any thread may read."""

    def __init__(self, interval_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds, monotonic."""
        self._interval_s = interval_s
        self._clock = clock
        self._looks = Counter({"done": 0, "failed": 0})
        self._closed = 0
        self._done_at = clock()
        self._last: GuardReport | None = None
        self._failure = ""

    def note(self, report: GuardReport) -> None:
        """Count a look."""
        self._looks["done"] += 1
        self._closed += len(report.closed)
        self._done_at, self._last, self._failure = self._clock(), report, ""

    def note_failure(self, reason: str) -> None:
        """Count a look that came to nothing."""
        self._looks["failed"] += 1
        self._failure = reason

    def read(self, polls: ScheduleReport) -> Iterator[Metric]:
        """All figures."""
        last = self._last
        yield gauge(
            "pargrade_factor_look_age_seconds",
            "Since factors were last held against prices, or since the start",
            self._clock() - self._done_at,
        )
        yield gauge("pargrade_factor_look_interval_seconds", "Between two looks", self._interval_s)
        yield counters("pargrade_factor_looks", "Looks by how they ended", "end", self._looks)
        yield counter(
            "pargrade_factor_grades_closed", "Grades closed since the start", self._closed
        )
        yield gauge(
            "pargrade_factor_grades_to_close",
            "Open grades whose factor left its band, at the last look",
            0 if last is None else len(last.left_open),
        )
        yield gauge(
            "pargrade_factor_outside",
            "Kinds of hardware whose factor left its band, at the last look",
            0 if last is None else len(last.look.outside),
        )
        if last is not None:
            yield gauge(
                "pargrade_factor_windows",
                "Kinds of hardware with a window of fresh prices, at the last look",
                len(last.look.fits),
            )
        yield from poll_figures(polls)

    def health(self) -> dict[str, Any]:
        """What `/health` says; `ok` is true when `problems` is empty."""
        age_s, last = self._clock() - self._done_at, self._last
        problems = [self._failure] if self._failure else []
        if age_s > _MOST_INTERVALS * self._interval_s:
            problems.append(f"no look for {age_s:.0f} s")
        if last is not None:
            if not last.look.fits:
                problems.append("no hardware has a window of fresh prices: nothing is watched")
            problems += [
                f"{each.closing.symbol} is open ({each.obstacle}): {each.reason}"
                for each in last.left_open
            ]
        return {"ok": not problems, "problems": problems, "look_age_s": round(age_s, 1)}
