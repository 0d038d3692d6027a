"""The hedger's figures for Prometheus, as a file for its node exporter. Values in, text out."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric

from bridge.hedge.log.entry import Kind, LogEntry
from bridge.hedge.log.record import PlanRecord
from bridge.hedge.plan.drift import Standing
from bridge.hedge.trade.objection import Ground
from bridge.hedge.trade.wanted import wanted_of
from pargrade.metrics.families import counters, gauge, gauges


class _Figures:
    """What the registry asks for its metrics."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        yield from self._metrics


def figures_text(
    stands: Iterable[Standing], entries: Sequence[LogEntry], *, is_stopped: bool, instant: int
) -> str:
    """All figures at an instant, unix seconds, in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Figures(list(_metrics(list(stands), entries, is_stopped, instant))))
    return generate_latest(registry).decode()


def _metrics(
    stands: Sequence[Standing], entries: Sequence[LogEntry], is_stopped: bool, instant: int
) -> Iterator[Metric]:
    held = {each.month: float(each.held_lots) for each in stands}
    wanted = {each.month: float(each.wanted_lots) for each in stands}
    yield gauges("hedge_held_lots", "Lots held for a month.", "month", held)
    yield gauges("hedge_wanted_lots", "Lots today's forecast wants for it.", "month", wanted)
    off = sum(each.is_off for each in stands)
    yield gauge("hedge_months_off", "Months whose hedge is beyond the tolerance.", off)
    yield gauge("hedge_looked_time", "When the need was looked at, Unix seconds.", instant)
    yield gauge("hedge_stopped", "1 while a kill switch is on.", is_stopped)
    declined = Counter({ground.value: 0 for ground in Ground})
    for entry in entries:
        if entry.kind is Kind.DECLINED:
            declined.update(str(reason[0]) for reason in entry.body["reasons"])
    yield counters("hedge_declined", "Reasons plans were declined for.", "ground", declined)
    yield gauge("hedge_open_lots", "Lots of the newest plan that are not filled.", _open(entries))
    begun = [each.instant for each in entries if each.kind is Kind.INTENDED]
    yield gauge(
        "hedge_begun_time", "When the newest plan was begun; 0 never.", max(begun, default=0)
    )


def _open(entries: Sequence[LogEntry]) -> int:
    plans = [each.body for each in entries if each.kind is Kind.INTENDED]
    if not plans:
        return 0
    newest = plans[-1]
    record = PlanRecord.of(entries, newest["plan"])
    lots = sum(order.lots for order in wanted_of(newest["document"]).orders)
    return lots - sum(record.filled.values())
