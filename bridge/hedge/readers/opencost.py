"""OpenCost's allocation answer: GPU-hours held per namespace, pod or whatever it was grouped by.

GPU-hours are what was allocated, not what worked. They are spread evenly over `start` to `end` of
their allocation. Costs are not read: the answer does not state their currency. Rows in double
underscores (`__idle__`, `__unallocated__`) are OpenCost's own and keep their names as the team.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any, Final

from bridge.hedge.readers.collector import Collector
from bridge.hedge.readers.errors import Unreadable
from bridge.hedge.readers.numbers import json_text, parse_amount
from bridge.hedge.readers.times import SECOND_NS, parse_time
from bridge.hedge.readers.usage import (
    Exact,
    Flaw,
    Measure,
    Refused,
    Subject,
    Usage,
    Workload,
    shorten,
)
from pargrade.canonical import TooDeep, require_shallow

_TOLERANCE: Final = Fraction(1, 100)
_MINUTE_NS: Final = 60 * SECOND_NS
_HOUR_MINUTES: Final = 60
IDLE: Final = ("__idle__", "__unallocated__", "__unmounted__")


def read_opencost(text: str) -> Workload:
    """GPU-hours of an answer, or of a list of answers. Raises Unreadable."""
    found = Collector("OpenCost allocation")
    found.note("costs are not read: the answer does not state their currency")
    spans: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)

    def usages(entry: tuple[str, Any]) -> Iterator[Usage]:
        name, allocation = entry
        usage = _usage(name, allocation)
        _require_apart(spans[name], usage)
        if name in IDLE:
            found.note(f"{name} is OpenCost's own row")
        yield usage

    for number, name, allocation in _allocations(_parse(text)):
        found.read_row(f"set {number}, {shorten(name)}", (name, allocation), usages)
    return found.reading()


def _parse(text: str) -> Any:
    try:
        require_shallow(text)
        return json.loads(text, parse_float=str, parse_constant=str)
    except (ValueError, TooDeep) as failure:
        raise Unreadable(f"not JSON: {failure}") from None


def _allocations(document: Any) -> Iterator[tuple[int, str, Any]]:
    answers = document if isinstance(document, list) else [document]
    number = 0
    for part in answers:
        for allocations in _sets(part):
            number += 1
            for name, allocation in (allocations or {}).items():
                yield number, name, allocation


def _sets(document: Any) -> Iterable[Mapping[str, Any] | None]:
    if not isinstance(document, dict):
        raise Unreadable("an answer is not an object")
    if document.get("code") not in (200, None):
        raise Unreadable(f"OpenCost answered {shorten(str(document.get('code')))}")
    sets = document.get("data")
    sets = [sets] if isinstance(sets, dict) else sets
    if not isinstance(sets, list) or not all(isinstance(s, dict | None) for s in sets):
        raise Unreadable("no list of allocation sets under data")
    return sets


def _usage(name: str, allocation: Any) -> Usage:
    if not isinstance(allocation, dict):
        raise Refused(Flaw.MALFORMED, repr(allocation))
    start_ns = parse_time(json_text(allocation.get("start")))
    end_ns = parse_time(json_text(allocation.get("end")))
    if end_ns <= start_ns:
        raise Refused(Flaw.BACKWARDS, f"{allocation.get('start')} to {allocation.get('end')}")
    hours = parse_amount(json_text(allocation.get("gpuHours")))
    _require_agreement(allocation, hours, end_ns - start_ns)
    properties = allocation.get("properties")
    namespace = properties.get("namespace") if isinstance(properties, dict) else None
    team = namespace if isinstance(namespace, str) and namespace else name
    return Usage(start_ns, end_ns, Measure.GPU_HOURS, hours, Subject(team=team, service=name))


def _require_agreement(allocation: Mapping[str, Any], hours: Exact, span_ns: int) -> None:
    """Minutes fit in the span, and hours are the GPUs times the minutes, within one part in 100.

    So hours given in minutes or in thousands are noticed.
    """
    minutes = parse_amount(json_text(allocation.get("minutes")))
    span = Fraction(span_ns, _MINUTE_NS)
    if minutes > span * (1 + _TOLERANCE):
        raise Refused(Flaw.CONTRADICTION, f"{float(minutes):g} minutes in {float(span):g}")
    if "gpuCount" not in allocation:
        return
    expected = parse_amount(json_text(allocation["gpuCount"])) * Fraction(minutes) / _HOUR_MINUTES
    if abs(hours - expected) > _TOLERANCE * max(expected, Fraction(hours)):
        evidence = f"{float(hours):g} GPU-hours, but {float(expected):g} by GPUs and minutes"
        raise Refused(Flaw.CONTRADICTION, evidence)


def _require_apart(spans: list[tuple[int, int]], usage: Usage) -> None:
    """One allocation is counted once for any moment."""
    span = (usage.start_ns, usage.end_ns)
    if span in spans:
        raise Refused(Flaw.DUPLICATE, usage.subject.service)
    if any(span[0] < end and start < span[1] for start, end in spans):
        raise Refused(Flaw.OVERLAP, f"{usage.subject.service} has these minutes already")
    spans.append(span)
