"""Plain tables: CSV and JSON lines with a time and amounts in named columns.

A row with a date is usage of that day; with a time and an end, of that period; with a time alone,
of that moment. A relative time (`seconds`, or a `timestamp` in ms from 0 in JSON lines) needs the
moment that zero stands for.
"""

import json
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

from bridge.hedge.readers.collector import Collector
from bridge.hedge.readers.csv_rows import CsvRow, as_record, open_table, require_whole
from bridge.hedge.readers.errors import RelativeTime, Unreadable
from bridge.hedge.readers.numbers import (
    is_absent,
    json_text,
    parse_amount,
    parse_count,
    parse_number,
    scaled,
    simplest,
)
from bridge.hedge.readers.plain_columns import FORM, AmountColumn, PlainColumns, plain_columns
from bridge.hedge.readers.times import DAY_NS, SECOND_NS, parse_time
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

_MS: Final = 10**6
_COUNTED: Final = frozenset(
    {Measure.PROMPT_TOKENS, Measure.COMPLETION_TOKENS, Measure.CACHED_TOKENS, Measure.TOKENS}
)


def read_plain_csv(text: str, starts_ns: int | None = None) -> Workload:
    """Usage of a CSV file, header first. Raises Unreadable and its kinds."""
    table = open_table(text)
    columns = plain_columns(table.columns)
    if columns.is_relative:
        return _read_relative(table.rows, table.columns, columns, starts_ns)
    found = Collector(FORM)

    def usages(row: CsvRow) -> Iterator[Usage]:
        record = as_record(row, table.columns)
        require_whole(row, table.columns, columns.used)
        found.require_new(row.fields, "equal to an earlier row")
        return _usages(record, columns)

    for row in table.rows:
        found.read_row(f"line {row.line}", row, usages)
    return found.reading()


def read_json_lines(text: str, starts_ns: int | None = None) -> Workload:
    """Usage of JSON lines such as Mooncake's: `timestamp` in ms from a start, two lengths.

    Raises RelativeTime without a start, Unreadable for a file without a line.
    """
    if starts_ns is None:
        raise RelativeTime("timestamp")
    found = Collector("JSON lines")
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not lines:
        raise Unreadable("the file is empty")

    def usages(line: str) -> Iterator[Usage]:
        record = _json_record(line)
        found.require_new(tuple(sorted(record.items())), line)
        return _trace_usages(record, starts_ns)

    for number, line in lines:
        found.read_row(f"line {number}", line, usages)
    return found.reading()


def _json_record(line: str) -> dict[str, str]:
    try:
        parsed: Any = json.loads(line, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise Refused(Flaw.MALFORMED, line) from None
    if not isinstance(parsed, dict):
        raise Refused(Flaw.MALFORMED, line)
    # Lists, such as the hashes of cached blocks, are no amounts.
    scalars = ((key, value) for key, value in parsed.items() if not isinstance(value, list | dict))
    return {key: json_text(value) for key, value in scalars}


def _trace_usages(record: dict[str, str], starts_ns: int) -> Iterator[Usage]:
    if "timestamp" not in record:
        raise Refused(Flaw.MISSING, "timestamp")
    offset = parse_count(record["timestamp"]) * _MS
    moment = starts_ns + offset
    columns = plain_columns(tuple(record))
    for column in columns.amounts:
        amount = _amount(record[column.name], column)
        yield Usage(moment, moment, column.measure, amount)


def _usages(record: dict[str, str], columns: PlainColumns) -> Iterator[Usage]:
    start_ns, end_ns = _period(record, columns)
    subject = Subject._make([record[name].strip() if name else "" for name in columns.subjects])
    currency = record[columns.currency].strip() if columns.currency else ""
    filled = [column for column in columns.amounts if not is_absent(record[column.name])]
    if not filled:
        raise Refused(Flaw.MISSING, "no amount in the row")
    amounts = [(column, _amount(record[column.name], column)) for column in filled]
    if columns.has_total and _is_checked_total({c.measure: amount for c, amount in amounts}):
        amounts = [each for each in amounts if each[0].measure is not Measure.TOKENS]
    for column, amount in amounts:
        unit = (column.unit or currency) if column.measure is Measure.SPEND else ""
        yield Usage(start_ns, end_ns, column.measure, amount, subject, unit)


def _is_checked_total(totals: dict[Measure, Exact]) -> bool:
    """Whether a total stands beside its parts and equals them. Raises Refused if it does not."""
    parts = (Measure.PROMPT_TOKENS, Measure.COMPLETION_TOKENS)
    if Measure.TOKENS not in totals or not all(part in totals for part in parts):
        return False
    counted = sum(totals[part] for part in parts)
    if counted != totals[Measure.TOKENS]:
        raise Refused(Flaw.CONTRADICTION, f"{totals[Measure.TOKENS]} in all, parts {counted}")
    return True


def _period(record: dict[str, str], columns: PlainColumns) -> tuple[int, int]:
    text = record[columns.time]
    start_ns = parse_time(text)
    if columns.end:
        end_ns = parse_time(record[columns.end])
        if end_ns < start_ns:
            raise Refused(Flaw.BACKWARDS, f"{text} to {record[columns.end]}")
        return start_ns, end_ns
    is_day = len(text.strip()) == len("2026-01-01")
    return start_ns, start_ns + (DAY_NS if is_day else 0)


def _amount(text: str, column: AmountColumn) -> Exact:
    if column.measure is Measure.SPEND:
        return parse_number(text)
    amount = scaled(parse_amount(text), column.scale)
    if column.measure in _COUNTED and not isinstance(amount, int):
        raise Refused(Flaw.MALFORMED, f"{shorten(text)} {column.name} is no whole number")
    return amount


def _read_relative(
    rows: Iterable[CsvRow],
    names: tuple[str, ...],
    columns: PlainColumns,
    starts_ns: int | None,
) -> Workload:
    """Rows of `seconds` from a start; a rate holds until the next row, the last as long as before.

    Windows of different length are refused: a row is missing there, and the rate beside it would
    be counted for a time nobody measured.
    """
    if starts_ns is None:
        raise RelativeTime(columns.time)
    found = Collector(FORM)
    kept: list[tuple[int, dict[str, str], CsvRow]] = []

    def keep(row: CsvRow) -> tuple[Usage, ...]:
        record = as_record(row, names)
        require_whole(row, names, columns.used)
        found.require_new(record[columns.time].strip(), "a second row of this time")
        offset = parse_amount(record[columns.time]) * SECOND_NS
        kept.append((starts_ns + int(offset), record, row))
        return ()

    for row in rows:
        found.read_row(f"line {row.line}", row, keep)
    kept.sort(key=lambda each: each[0])
    step = _window_ns([each[0] for each in kept])

    def usages(entry: tuple[int, dict[str, str], CsvRow]) -> Iterator[Usage]:
        time_ns, record, _ = entry
        for column in columns.amounts:
            amount = _amount(record[column.name], column)
            if column.is_rate:
                amount = simplest(Fraction(amount) * step / SECOND_NS)
            yield Usage(time_ns, time_ns + step, column.measure, amount)

    for entry in kept:
        found.read_row(f"line {entry[2].line}", entry, usages)
    gaps = sum(later - earlier != step for earlier, later in pairwise(e[0] for e in kept))
    if gaps:
        found.note(f"{gaps} windows are missing and counted as nothing")
    return found.reading()


def _window_ns(times: list[int]) -> int:
    """The smallest step between rows. Raises Unreadable for less than two rows."""
    steps = [later - earlier for earlier, later in pairwise(times)]
    if not steps:
        raise Unreadable("a rate needs two rows: the step between them is its window")
    return min(steps)
