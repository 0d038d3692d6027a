"""One service's page of figures in Prometheus' text format."""

from collections.abc import Callable, Iterable
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

MEDIA: Final = CONTENT_TYPE_PLAIN_0_0_4


class MetricsPage:
    """The figures of `read`, and those of the process: memory, processor time, open files.

    `read` is called once for every page. It must ask no chain, database or peer.
    """

    def __init__(self, read: Callable[[], Iterable[Metric]]) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_Reading(read))
        ProcessCollector(registry=self._registry)

    def render(self) -> bytes:
        """The page, of media type MEDIA."""
        return generate_latest(self._registry)


class _Reading(Collector):
    def __init__(self, read: Callable[[], Iterable[Metric]]) -> None:
        self._read = read

    def describe(self) -> Iterable[Metric]:
        """Nothing: names are not checked against other collectors'."""
        return ()

    def collect(self) -> Iterable[Metric]:
        return self._read()
