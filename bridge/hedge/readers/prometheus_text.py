"""The text that a metrics endpoint gives: Prometheus exposition format, or OpenMetrics.

A scrape states values, seldom times: the moment of the scrape is the caller's, `at_ns`. A time
after a value is milliseconds, and seconds in OpenMetrics (the text that ends with `# EOF`).
"""

import re
from typing import Final

from bridge.hedge.readers.errors import RepeatedSeries
from bridge.hedge.readers.numbers import parse_number
from bridge.hedge.readers.samples import Labels, Point, Samples, SeriesName, is_read
from bridge.hedge.readers.servers import DCGM_PREFIX, is_blank
from bridge.hedge.readers.times import SECOND_NS, parse_epoch
from bridge.hedge.readers.usage import Exact, Flaw, Refused, RefusedRow, shorten

_LABEL: Final = r'\s*[a-zA-Z_][a-zA-Z0-9_]*\s*=\s*"(?:[^"\\]|\\.)*"\s*'
_LINE: Final = re.compile(
    r"(?P<metric>[a-zA-Z_:][a-zA-Z0-9_:]*)"
    rf"\s*(?:\{{(?P<labels>(?:{_LABEL}(?:,|(?=\}})))*)\s*\}})?"
    r"\s+(?P<value>[^\s#]+)(?:\s+(?P<time>-?[0-9.]+))?\s*(?:#\s.*)?"
)
_PAIR: Final = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"')
_ESCAPE: Final = re.compile(r"\\(.)")
_ESCAPED: Final = {"n": "\n", "\\": "\\", '"': '"'}
_LABELS_SIZE: Final = 16_384


def looks_like_metrics(text: str) -> bool:
    """Whether the first lines are of a metrics endpoint."""
    lines = [line for line in text[:20_000].splitlines() if line.strip()][:50]
    if not lines:
        return False
    marked = any(line.startswith(("# HELP ", "# TYPE ")) for line in lines)
    samples = [line for line in lines if not line.startswith("#")]
    return marked or (
        bool(samples)
        and all("," not in _bare(line) for line in samples[:5])
        and any(_LINE.fullmatch(line.rstrip()) for line in samples)
    )


def parse_scrape(text: str, at_ns: int | None, into: Samples) -> None:
    """Adds the samples of one scrape. Raises RepeatedSeries for two scrapes in one text."""
    lines = text.split("\n")
    is_open = "# EOF" in text[-16:]
    unit_ns = SECOND_NS if is_open else SECOND_NS // 1_000
    seen: set[tuple[SeriesName, int | None]] = set()
    for number, line in enumerate(lines, 1):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        is_cut = number == len(lines)
        _add_line(f"line {number}", bare, (at_ns, unit_ns, is_cut), into, seen)


def _add_line(
    place: str,
    line: str,
    how: tuple[int | None, int, bool],
    into: Samples,
    seen: set[tuple[SeriesName, int | None]],
) -> None:
    at_ns, unit_ns, is_cut = how
    try:
        if is_cut:
            raise Refused(Flaw.CUT_OFF, line)
        found = _LINE.fullmatch(line)
        if found is None or len(line) > _LABELS_SIZE:
            raise Refused(Flaw.MALFORMED, line)
        if not is_read(found["metric"]):
            into.ignored += 1
            return
        name = SeriesName(found["metric"], _labels(found["labels"] or ""))
        time_ns = parse_epoch(found["time"], unit_ns) if found["time"] else at_ns
        value = parse_number(found["value"])
        _require_value(name, value)
    except Refused as refused:
        into.refused.append(RefusedRow(place, refused.reason, refused.evidence))
        return
    if (name, time_ns) in seen:
        raise RepeatedSeries(name.describe())
    seen.add((name, time_ns))
    into.add(name, Point(time_ns, value))


def _require_value(name: SeriesName, value: Exact) -> None:
    if name.metric.startswith(DCGM_PREFIX) and is_blank(value):
        raise Refused(Flaw.BLANK, f"{name.metric} {value}")


def _labels(text: str) -> Labels:
    pairs = [(name, _unescaped(value)) for name, value in _PAIR.findall(text)]
    if len(dict(pairs)) != len(pairs):
        raise Refused(Flaw.MALFORMED, f"a label twice in {shorten(text)}")
    return tuple(sorted(pairs))


def _unescaped(value: str) -> str:
    if "\\" not in value:
        return value
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[0]), value)


def _bare(line: str) -> str:
    return re.sub(r"\{.*\}", "", line)
