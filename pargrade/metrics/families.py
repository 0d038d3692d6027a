"""Figures that all services have: polls, endpoints, and the key that pays. Values in, values out.

Seconds are of the machine's monotonic clock, amounts in whole coins of the chain. Endpoints are
named without credentials, path and query.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from pargrade.chain.endpoint.health import EndpointReport
from pargrade.chain.fees import COIN_DECIMALS
from pargrade.chain.key_watch import KeyReport
from pargrade.process.schedule import ScheduleReport

_COIN: Final = 10**COIN_DECIMALS


def gauge(name: str, what: str, value: float) -> Metric:
    """A figure that may rise and fall."""
    return GaugeMetricFamily(f"pargrade_{name}", what, value=value)


def counter(name: str, what: str, value: float) -> Metric:
    """A figure that only rises while the process lives; Prometheus adds `_total` to its name."""
    return CounterMetricFamily(f"pargrade_{name}", what, value=value)


def gauges(name: str, what: str, label: str, values: Mapping[str, float]) -> Metric:
    """One figure for each value of a label."""
    family = GaugeMetricFamily(f"pargrade_{name}", what, labels=(label,))
    for key, value in values.items():
        family.add_metric((key,), value)
    return family


def counters(name: str, what: str, label: str, values: Mapping[str, float]) -> Metric:
    """One counter for each value of a label."""
    family = CounterMetricFamily(f"pargrade_{name}", what, labels=(label,))
    for key, value in values.items():
        family.add_metric((key,), value)
    return family


def poll_figures(polls: ScheduleReport) -> Iterator[Metric]:
    """How punctual a service's own work is."""
    yield counter("polls", "Polls that began.", polls.runs)
    yield counter("polls_late", "Polls that began over a second late.", polls.late)
    yield counter("polls_missed", "Poll intervals without a poll.", polls.missed)
    yield counter("clock_jumps", "Times that the machine's clock was set.", polls.clock_jumps)
    yield gauge("poll_on_time", "1 while polls are on time.", polls.on_time)
    yield gauge(
        "poll_lateness_seconds", "How late the last poll was, or the next one is.", polls.lateness_s
    )


def endpoint_figures(endpoints: Iterable[EndpointReport]) -> Iterator[Metric]:
    """How well each endpoint of the chain is."""
    by_name = {report.endpoint: report for report in endpoints}
    seen = {name: report for name, report in by_name.items() if report.head_age_s is not None}
    label = "endpoint"
    yield gauges(
        "endpoint_fit",
        "1 while the endpoint may be used.",
        label,
        {name: report.fit for name, report in by_name.items()},
    )
    yield gauges(
        "endpoint_head_age_seconds",
        "Since the endpoint's head changed.",
        label,
        {name: report.head_age_s or 0.0 for name, report in seen.items()},
    )
    yield gauges(
        "endpoint_lag_blocks",
        "Blocks behind the best endpoint.",
        label,
        {name: report.lag or 0 for name, report in seen.items()},
    )
    yield gauges(
        "endpoint_error_ratio",
        "Share of recent requests that failed.",
        label,
        {name: report.error_share for name, report in by_name.items()},
    )
    yield counters(
        "endpoint_rotations",
        "Times the endpoint was taken instead of another one.",
        label,
        {name: report.times_taken for name, report in by_name.items()},
    )


def key_figures(key: KeyReport | None) -> Iterator[Metric]:
    """What the paying key has, and what it has under way; nothing before the first look."""
    if key is None:
        return
    yield gauge("key_balance_coins", "Balance of the key that pays.", key.balance / _COIN)
    yield gauge("transactions_pending", "Transactions of the key not mined yet.", key.pending)
    yield gauge(
        "transaction_age_seconds", "Since the oldest of them was first seen.", key.pending_s
    )


def fee_figures(spent: int, cap: int | None) -> Iterator[Metric]:
    """What 24 hours cost, and the cap on it, in wei; no cap gives no figure of it."""
    yield gauge("fees_day_coins", "Fees paid in 24 hours.", spent / _COIN)
    if cap is not None:
        yield gauge("fees_day_cap_coins", "Most fees in 24 hours.", cap / _COIN)


def gauges_by(label: str, found: Mapping[str, Iterable[Metric]]) -> Iterator[Metric]:
    """Figures that several things of one service have, each under the value of a label."""
    families: dict[str, GaugeMetricFamily] = {}
    for key, metrics in found.items():
        for metric in metrics:
            made = GaugeMetricFamily(metric.name, metric.documentation, labels=(label,))
            family = families.setdefault(metric.name, made)
            for sample in metric.samples:
                family.add_metric((key,), sample.value)
    yield from families.values()
