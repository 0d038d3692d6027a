"""Samples of Prometheus series, in whatever form they came."""

from dataclasses import dataclass, field
from typing import NamedTuple

from bridge.hedge.readers.servers import COUNTED, DCGM_PREFIX
from bridge.hedge.readers.usage import Exact, RefusedRow, shorten

Labels = tuple[tuple[str, str], ...]
"""Label pairs in the order of their names."""


class SeriesName(NamedTuple):
    """A metric with its labels."""

    metric: str
    labels: Labels

    def describe(self) -> str:
        """As Prometheus writes it, escaped and cut."""
        inside = ",".join(f'{name}="{value}"' for name, value in self.labels)
        return shorten(f"{self.metric}{{{inside}}}", 160)


class Point(NamedTuple):
    """A value at a moment; None where the scrape does not state one."""

    time_ns: int | None
    value: Exact


@dataclass(slots=True)
class Samples:
    """Series of the metrics we read, and the rows of them that were refused."""

    series: dict[SeriesName, list[Point]] = field(default_factory=dict)
    refused: list[RefusedRow] = field(default_factory=list)
    ignored: int = 0
    """Samples of other metrics."""

    def add(self, name: SeriesName, point: Point) -> None:
        """A sample of a series."""
        self.series.setdefault(name, []).append(point)


def is_read(metric: str) -> bool:
    """Whether a metric matters to a workload."""
    return metric in COUNTED or metric.startswith(DCGM_PREFIX)
