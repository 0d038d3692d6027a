"""What counters counted between their samples, through resets, gaps and repeated scrapes.

The increase of one series is taken before series are summed: the sum of two engines falls when one
restarts. A counter that falls was reset, and so was one whose process started between two samples
however high it stands: what it shows counts from zero. What it counted between its last sample and
the reset is not known, so such an increase is a lower bound, and is noted.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from bridge.hedge.readers.errors import Unreadable
from bridge.hedge.readers.samples import Point, Samples, SeriesName
from bridge.hedge.readers.servers import (
    COUNTERS,
    OTEL_TOKENS,
    PROCESS_START,
    measure_of,
    subject_of,
    target_of,
)
from bridge.hedge.readers.times import SECOND_NS
from bridge.hedge.readers.usage import (
    Exact,
    Flaw,
    Level,
    Measure,
    Refused,
    RefusedRow,
    Subject,
    Usage,
)

Starts = Mapping[tuple[str, str], Sequence[int]]
"""When the processes of a target started, nanoseconds, in rising order."""

Totals = defaultdict[tuple[int, int], Exact]
"""Amounts by period."""

_RESET: Final = "counter resets: what was counted just before one is not known, so this is at least"
_LATE: Final = "series begin inside the range: what they counted before is not known"


class TwoCounts(Unreadable):
    """The same tokens counted by clients and by servers."""

    hint = "Give the metrics of the servers or those of the clients, not both."

    def __init__(self) -> None:
        super().__init__(f"{OTEL_TOKENS} counts again what the servers' own counters count")


class CounterReader:
    """Increases of every series of one source, summed by period and subject."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples
        self._starts = _process_starts(samples)
        self._totals: defaultdict[tuple[Measure, Subject], Totals] = defaultdict(
            lambda: defaultdict(int)
        )
        self._notes: Counter[str] = Counter()
        self.levels: list[Level] = []
        self.refused: list[RefusedRow] = []
        times = {p.time_ns for points in samples.series.values() for p in points if p.time_ns}
        self._first_ns = min(times, default=0)
        self._is_single = len(times) <= 1

    def read(self) -> Iterator[Usage]:
        """Usage between every two samples. Raises TwoCounts."""
        names = {name.metric for name in self._samples.series}
        if OTEL_TOKENS in names and not names.isdisjoint(COUNTERS):
            raise TwoCounts
        for name, points in self._samples.series.items():
            labels = dict(name.labels)
            measure = measure_of(name.metric, labels)
            if measure is not None:
                self._add_series(name, measure, self._ordered(name, points))
        for (measure, subject), totals in self._totals.items():
            for (start_ns, end_ns), amount in totals.items():
                yield Usage(start_ns, end_ns, measure, amount, subject)

    @property
    def notes(self) -> Iterable[str]:
        """Resets and series that began late, counted."""
        return [f"{count:,} {text}" for text, count in self._notes.items()]

    def _add_series(self, name: SeriesName, measure: Measure, points: Sequence[Point]) -> None:
        labels = dict(name.labels)
        subject, starts = subject_of(labels), self._starts.get(target_of(labels), ())
        if not points:
            return
        self._add_first(points[0], starts, measure, subject)
        totals = self._totals[measure, subject]
        for earlier, later in pairwise(points):
            span = (int(earlier.time_ns or 0), int(later.time_ns or 0))
            if later.value < earlier.value or _restarted(starts, span):
                self._notes[_RESET] += 1
                totals[span] += later.value
            elif later.value > earlier.value:
                totals[span] += later.value - earlier.value

    def _add_first(
        self, point: Point, starts: Sequence[int], measure: Measure, subject: Subject
    ) -> None:
        """What the first sample stands at counts from the process's start, where that is known.

        In a range, only a process that started inside it: the rest is older than what was asked.
        """
        if point.time_ns is None:
            self.levels.append(Level(measure, point.value, subject))
            return
        before = starts[: bisect_left(starts, point.time_ns)]
        since = before[-1] if before else None
        if since is not None and (self._is_single or since > self._first_ns):
            self._totals[measure, subject][since, point.time_ns] += point.value
        elif self._is_single:
            self.levels.append(Level(measure, point.value, subject, point.time_ns))
        elif point.time_ns > self._first_ns:
            self._notes[_LATE] += 1

    def _ordered(self, name: SeriesName, points: list[Point]) -> list[Point]:
        """The points in time, without repeated or negative ones."""
        times = [point.time_ns or 0 for point in points]
        if times == sorted(set(times)) and all(point.value >= 0 for point in points):
            return points
        kept: list[Point] = []
        for point in sorted(points, key=lambda each: each.time_ns or 0):
            try:
                _require_new(kept, point)
            except Refused as refused:
                self.refused.append(RefusedRow(name.describe(), refused.reason, refused.evidence))
            else:
                kept.append(point)
        return kept


def _restarted(starts: Sequence[int], span: tuple[int, int]) -> bool:
    return bisect_right(starts, span[1]) > bisect_right(starts, span[0])


def _require_new(kept: Sequence[Point], point: Point) -> None:
    if point.value < 0:
        raise Refused(Flaw.NEGATIVE, f"a counter at {point.value}")
    if not kept or kept[-1].time_ns != point.time_ns:
        return
    if kept[-1].value == point.value:
        raise Refused(Flaw.DUPLICATE, f"the sample at {point.time_ns} again")
    raise Refused(Flaw.CONTRADICTION, f"{kept[-1].value} and {point.value} at {point.time_ns}")


def _process_starts(samples: Samples) -> Starts:
    found: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for name, points in samples.series.items():
        if name.metric == PROCESS_START:
            target = target_of(dict(name.labels))
            found[target].update(int(point.value * SECOND_NS) for point in points)
    return {target: sorted(starts) for target, starts in found.items()}
