"""Answers of Prometheus's HTTP API: range queries (a matrix) and instant queries (a vector)."""

import json
from collections.abc import Mapping
from typing import Any, Final

from bridge.hedge.readers.errors import PrometheusFailed, Unreadable
from bridge.hedge.readers.numbers import json_text, parse_number
from bridge.hedge.readers.samples import Point, Samples, SeriesName, is_read
from bridge.hedge.readers.servers import DCGM_PREFIX, is_blank
from bridge.hedge.readers.times import FIRST_NS, LAST_NS, SECOND_NS, parse_epoch
from bridge.hedge.readers.usage import Flaw, Refused, RefusedRow
from pargrade.canonical import TooDeep, require_shallow

_PAIR: Final = 2
_MOST_DIGITS: Final = 18
_FIRST_S: Final = FIRST_NS // SECOND_NS
_LAST_S: Final = LAST_NS // SECOND_NS


def looks_like_answer(document: Any) -> bool:
    """Whether parsed JSON is an answer of Prometheus."""
    return isinstance(document, dict) and document.get("status") in ("success", "error")


def parse_answer(text: str, into: Samples) -> tuple[str, ...]:
    """Adds the samples of one answer; gives its warnings.

    A series without its metric's name, as `rate` or `sum` leave it, is refused: nothing says what
    it counts. Raises PrometheusFailed for an answer that is an error, Unreadable for what is none.
    """
    document = _parse(text)
    if not looks_like_answer(document):
        raise Unreadable("no status in the answer")
    if document["status"] == "error":
        kind, message = document.get("errorType"), document.get("error")
        raise PrometheusFailed(str(kind), str(message))
    data = document.get("data")
    kind = data.get("resultType") if isinstance(data, dict) else None
    if kind not in ("matrix", "vector") or not isinstance(data.get("result"), list):
        raise Unreadable(f"a result of type {kind!r}, not a matrix or a vector")
    for number, row in enumerate(data["result"], 1):
        _add_row(f"series {number}", row, str(kind), into)
    return tuple(
        f"Prometheus: {text}"
        for key in ("warnings", "infos")
        for text in document.get(key) or ()
        if isinstance(text, str)
    )


def _parse(text: str) -> Any:
    try:
        require_shallow(text)
        return json.loads(text, parse_float=str, parse_constant=str)
    except (ValueError, TooDeep) as failure:
        raise Unreadable(f"not JSON: {failure}") from None


def _add_row(place: str, row: Any, kind: str, into: Samples) -> None:
    try:
        name = _name(row)
        pairs = row.get("values") if kind == "matrix" else [row.get("value")]
        if not isinstance(pairs, list):
            raise Refused(Flaw.MALFORMED, "no values")
    except Refused as refused:
        into.refused.append(RefusedRow(place, refused.reason, refused.evidence))
        return
    if not is_read(name.metric):
        into.ignored += len(pairs)
        return
    is_dcgm = name.metric.startswith(DCGM_PREFIX)
    plain = None if is_dcgm else _plain_points(pairs)
    if plain is not None:
        into.series.setdefault(name, []).extend(plain)
        return
    for pair in pairs:
        try:
            point = _point(pair)
            if is_dcgm and is_blank(point.value):
                raise Refused(Flaw.BLANK, f"{name.metric} {pair[1]}")
        except Refused as refused:
            into.refused.append(RefusedRow(place, refused.reason, refused.evidence))
        else:
            into.add(name, point)


def _plain_points(pairs: list[Any]) -> list[Point] | None:
    """Points of whole seconds and short whole values; None if any pair is anything else.

    Most samples are such, and one by one they take four times as long.
    """
    try:
        times, values = zip(*pairs, strict=True)
        digits = "".join(values)
    except (TypeError, ValueError):
        return None
    is_plain = digits.isascii() and digits.isdigit() and set(map(type, times)) == {int}
    if not is_plain or not all(0 < len(value) <= _MOST_DIGITS for value in values):
        return None
    if min(times) < _FIRST_S or max(times) >= _LAST_S:
        return None
    return [Point(time * SECOND_NS, int(value)) for time, value in pairs]


def _name(row: Any) -> SeriesName:
    labels: Mapping[str, Any] | None = row.get("metric") if isinstance(row, dict) else None
    if not isinstance(labels, dict) or not all(isinstance(v, str) for v in labels.values()):
        raise Refused(Flaw.MALFORMED, repr(row))
    if "__name__" not in labels:
        raise Refused(Flaw.MISSING, "__name__: query the counter itself, not its rate or sum")
    rest = tuple(sorted((name, value) for name, value in labels.items() if name != "__name__"))
    return SeriesName(labels["__name__"], rest)


def _point(pair: Any) -> Point:
    if not isinstance(pair, list) or len(pair) != _PAIR or not isinstance(pair[1], str):
        raise Refused(Flaw.MALFORMED, repr(pair))
    return Point(parse_epoch(json_text(pair[0])), parse_number(pair[1]))
