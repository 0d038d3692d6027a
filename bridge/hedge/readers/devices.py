"""GPU-hours from DCGM's gauges: how long each GPU was seen, and how active it was.

A sample stands for the time until the next one. A gap of more than five steps counts as one step:
nobody saw the GPU there. The last sample stands for nothing, so n samples are n - 1 steps.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Final

from bridge.hedge.readers.numbers import simplest
from bridge.hedge.readers.samples import Point, Samples, SeriesName
from bridge.hedge.readers.servers import DCGM_PREFIX, ENGINE_ACTIVE, GPU_UTIL, subject_of
from bridge.hedge.readers.times import SECOND_NS
from bridge.hedge.readers.usage import (
    Exact,
    Flaw,
    Measure,
    RefusedRow,
    Subject,
    Usage,
)

_GAP_STEPS: Final = 5
_HOUR_NS: Final = 3_600 * SECOND_NS
_PERCENT: Final = 100


class DeviceReader:
    """Every GPU of one source, by its UUID."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples
        self.refused: list[RefusedRow] = []

    def read(self) -> Iterator[Usage]:
        """Held GPU-hours, and active ones where a gauge of activity was exported."""
        seen, activity, subjects = self._by_gpu()
        step = _least_step(seen)
        for gpu, times in seen.items():
            ordered = sorted(times)
            if len(ordered) < 2:
                evidence = "a single sample has no duration"
                self.refused.append(RefusedRow(f"GPU {gpu}", Flaw.NO_PERIOD, evidence))
            for start_ns, next_ns in pairwise(ordered):
                end_ns = next_ns if next_ns - start_ns <= _GAP_STEPS * step else start_ns + step
                hours = Fraction(end_ns - start_ns, _HOUR_NS)
                subject = subjects[gpu]
                yield Usage(start_ns, end_ns, Measure.GPU_HOURS, simplest(hours), subject)
                if start_ns in activity[gpu]:
                    active = simplest(hours * activity[gpu][start_ns])
                    yield Usage(start_ns, end_ns, Measure.ACTIVE_GPU_HOURS, active, subject)

    def _by_gpu(
        self,
    ) -> tuple[dict[str, set[int]], dict[str, dict[int, Exact]], dict[str, Subject]]:
        seen: defaultdict[str, set[int]] = defaultdict(set)
        activity: defaultdict[str, dict[int, Exact]] = defaultdict(dict)
        subjects: dict[str, Subject] = {}
        # ENGINE_ACTIVE sorts after GPU_UTIL and so replaces it where both exist.
        for name in sorted(self._samples.series, key=lambda n: n.metric):
            if not name.metric.startswith(DCGM_PREFIX):
                continue
            points, labels = self._samples.series[name], dict(name.labels)
            gpu = labels.get("UUID") or labels.get("uuid") or ""
            if not self._is_whole(name, gpu, labels):
                continue
            subjects.setdefault(gpu, subject_of(labels))
            times = [point for point in points if point.time_ns is not None]
            seen[gpu].update(int(point.time_ns or 0) for point in times)
            self._add_activity(name, times, activity[gpu])
        return seen, activity, subjects

    def _is_whole(self, name: SeriesName, gpu: str, labels: Mapping[str, str]) -> bool:
        if not gpu:
            self._refuse(name, Flaw.MISSING, "UUID")
            return False
        if labels.get("GPU_I_ID"):
            self._refuse(name, Flaw.PARTITIONED, f"MIG instance {labels['GPU_I_ID']}")
            return False
        return True

    def _add_activity(self, name: SeriesName, points: list[Point], into: dict[int, Exact]) -> None:
        if name.metric not in (ENGINE_ACTIVE, GPU_UTIL):
            return
        whole = _PERCENT if name.metric == GPU_UTIL else 1
        for point in points:
            if not 0 <= point.value <= whole:
                self._refuse(name, Flaw.CONTRADICTION, f"activity {point.value} of {whole}")
                continue
            into[int(point.time_ns or 0)] = simplest(Fraction(point.value, whole))

    def _refuse(self, name: SeriesName, reason: Flaw, evidence: str) -> None:
        self.refused.append(RefusedRow(name.describe(), reason, evidence))


def _least_step(seen: Mapping[str, set[int]]) -> int:
    steps = [b - a for times in seen.values() for a, b in pairwise(sorted(times))]
    return min(steps, default=0)
