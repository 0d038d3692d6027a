"""Usage from Prometheus: one scrape, several scrapes in time, or answers of its HTTP API."""

from collections.abc import Iterable, Sequence

from bridge.hedge.readers.counters import CounterReader
from bridge.hedge.readers.devices import DeviceReader
from bridge.hedge.readers.errors import Unreadable
from bridge.hedge.readers.prometheus_api import parse_answer
from bridge.hedge.readers.prometheus_text import parse_scrape
from bridge.hedge.readers.samples import Samples
from bridge.hedge.readers.usage import Workload


class TimelessScrapes(Unreadable):
    """Several scrapes of which not every one has a time."""

    hint = "Give one --at time for each file, in the order of the files."

    def __init__(self) -> None:
        super().__init__("several scrapes, and not all of them have a time")


def read_scrapes(scrapes: Sequence[tuple[str, int | None]]) -> Workload:
    """Usage between scrapes, each a text and its moment in nanoseconds.

    A single scrape without a time gives levels, which are no usage. With a time it gives what was
    counted since its process started, where the scrape states that. Raises TimelessScrapes,
    RepeatedSeries, TwoCounts.
    """
    samples = Samples()
    for text, at_ns in scrapes:
        parse_scrape(text, at_ns, samples)
    timeless = any(p.time_ns is None for points in samples.series.values() for p in points)
    if timeless and len(scrapes) > 1:
        raise TimelessScrapes
    return _reading("Prometheus text", samples, ())


def read_answers(texts: Iterable[str]) -> Workload:
    """Usage between the samples of answers of the HTTP API. Raises PrometheusFailed, Unreadable."""
    samples = Samples()
    warnings = [warning for text in texts for warning in parse_answer(text, samples)]
    return _reading("Prometheus API", samples, warnings)


def _reading(form: str, samples: Samples, warnings: Iterable[str]) -> Workload:
    counters, devices = CounterReader(samples), DeviceReader(samples)
    usages = (*counters.read(), *devices.read())
    notes = [*warnings, *counters.notes]
    if samples.ignored:
        notes.append(f"{samples.ignored:,} samples of other metrics were left aside")
    if counters.levels:
        notes.append("one scrape has no period: its counters are shown and are no usage")
    refused = (*samples.refused, *counters.refused, *devices.refused)
    return Workload(form, usages, refused, tuple(notes), tuple(counters.levels))
