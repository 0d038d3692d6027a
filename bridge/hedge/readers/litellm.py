"""LiteLLM's spend logs (one row a request) and its daily spend (one row a day, key and model).

Times without a zone are UTC. A request answered by LiteLLM's own cache used no tokens of a GPU: it
counts as a request only. A total that is not prompt plus completion is refused: one of the three
is wrong, and which is not known.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from bridge.hedge.readers.collector import Collector
from bridge.hedge.readers.csv_rows import CsvRow, as_record, open_table, require_whole
from bridge.hedge.readers.errors import MissingColumns, Unreadable
from bridge.hedge.readers.numbers import is_absent, json_text, parse_count, parse_number
from bridge.hedge.readers.times import DAY_NS, parse_time
from bridge.hedge.readers.usage import (
    Flaw,
    Measure,
    Refused,
    Subject,
    Usage,
    Workload,
)
from pargrade.canonical import TooDeep, require_shallow

LOG_COLUMNS: Final = ("request_id", "startTime", "prompt_tokens", "completion_tokens")
DAILY_COLUMNS: Final = ("date", "api_key", "prompt_tokens", "completion_tokens", "api_requests")
_USED: Final = frozenset(
    {
        *LOG_COLUMNS,
        *DAILY_COLUMNS,
        *("endTime", "total_tokens", "spend", "model", "model_group", "team_id", "cache_hit"),
        *("cache_read_input_tokens", "custom_llm_provider", "endpoint", "id", "status"),
        "mcp_namespaced_tool_name",
    }
)
_ADD_UP: Final = ("prompt_tokens", "completion_tokens", "api_requests")
"""What a day's models have to add up to."""
_DAILY_KEY: Final = (
    *("team_id", "date", "api_key", "model", "custom_llm_provider"),
    *("mcp_namespaced_tool_name", "endpoint"),
)


def is_litellm(columns: Iterable[str]) -> bool:
    """Whether a table is one of the two."""
    found = set(columns)
    return found.issuperset(LOG_COLUMNS) or found.issuperset(DAILY_COLUMNS)


def read_litellm_csv(text: str) -> Workload:
    """Usage of an exported table. Raises Unreadable and its kinds."""
    table = open_table(text)
    _require_columns(table.columns)
    found = Collector("LiteLLM")

    def usages(row: CsvRow) -> Iterable[Usage]:
        record = as_record(row, table.columns)
        require_whole(row, table.columns, _USED)
        return _usages(record, found)

    for row in table.rows:
        found.read_row(f"line {row.line}", row, usages)
    return found.reading()


def read_litellm_json(text: str) -> Workload:
    """Usage of a JSON list of rows, as the proxy's API gives it. Raises Unreadable, TooDeep."""
    rows = _parse_list(text)
    found = Collector("LiteLLM")

    def usages(row: Any) -> Iterable[Usage]:
        if isinstance(row, Refused):
            raise row
        if not isinstance(row, dict):
            raise Refused(Flaw.MALFORMED, repr(row))
        return _usages(_texts(row), found)

    for number, row in enumerate(rows, 1):
        found.read_row(f"row {number}", row, usages)
    return found.reading()


def _parse_list(text: str) -> list[Any]:
    try:
        require_shallow(text)
        rows = json.loads(text, parse_float=str, parse_constant=str)
    except (ValueError, TooDeep) as failure:
        raise Unreadable(f"not JSON: {failure}") from None
    if isinstance(rows, dict):
        rows = rows.get("data", rows.get("results"))
    if is_daily_activity(rows):
        return [row for day in rows for row in _rows_of_day(day)]
    if not isinstance(rows, list):
        raise Unreadable("no list of rows in the JSON")
    return rows


def is_daily_activity(rows: Any) -> bool:
    """Whether these are days of the proxy's /user/daily/activity."""
    first = rows[0] if isinstance(rows, list) and rows else None
    return isinstance(first, dict) and {"date", "metrics"} <= first.keys()


def _rows_of_day(day: Any) -> Iterator[Any]:
    """A row for each model of a day, or one for the day; a refusal where they differ."""
    metrics = day.get("metrics") if isinstance(day, dict) else None
    if not isinstance(metrics, dict):
        yield day
        return
    breakdown = day.get("breakdown")
    models = breakdown.get("models") if isinstance(breakdown, dict) else None
    if not isinstance(models, dict) or not models:
        yield {**metrics, "date": day["date"]}
        return
    rows = [
        {**each["metrics"], "date": day["date"], "model": name}
        for name, each in models.items()
        if isinstance(each, dict) and isinstance(each.get("metrics"), dict)
    ]
    for name in _ADD_UP:
        parts = [row.get(name) for row in rows]
        whole = metrics.get(name)
        known = all(type(each) is int for each in (whole, *parts))
        if not known or sum(parts) != whole:  # type: ignore[arg-type]
            yield Refused(Flaw.CONTRADICTION, f"{day['date']}: {name} {whole}, by model {parts}")
            return
    yield from rows


def _texts(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        key: ("true" if value is True else "false" if value is False else json_text(value))
        for key, value in row.items()
        if key in _USED
    }


def _require_columns(columns: tuple[str, ...]) -> None:
    if not is_litellm(columns):
        wanted = DAILY_COLUMNS if "date" in columns else LOG_COLUMNS
        missing = [name for name in wanted if name not in columns]
        raise MissingColumns("LiteLLM", missing)


def _usages(record: Mapping[str, str], found: Collector) -> Iterator[Usage]:
    if "request_id" in record:
        return _log_usages(record, found)
    return _daily_usages(record, found)


def _log_usages(record: Mapping[str, str], found: Collector) -> Iterator[Usage]:
    identity = _required(record, "request_id")
    start_ns = parse_time(_required(record, "startTime"))
    ended = record.get("endTime", "")
    end_ns = start_ns if is_absent(ended) else parse_time(ended)
    if end_ns < start_ns:
        raise Refused(Flaw.BACKWARDS, f"{record['startTime']} to {ended}")
    tokens = _tokens(record)
    spend = _spend(record)
    found.require_new(("request", identity), identity)
    subject = _subject(record)
    yield Usage(start_ns, end_ns, Measure.REQUESTS, 1, subject)
    if record.get("cache_hit", "").strip().lower() == "true":
        found.note("answered by LiteLLM's cache: a request, and no tokens of a GPU")
        return
    for measure, amount in tokens.items():
        yield Usage(start_ns, end_ns, measure, amount, subject)
    yield from (Usage(start_ns, end_ns, Measure.SPEND, s, subject, "USD") for s in spend)


def _daily_usages(record: Mapping[str, str], found: Collector) -> Iterator[Usage]:
    text = _required(record, "date")
    start_ns = parse_time(text)
    if start_ns % DAY_NS:
        raise Refused(Flaw.BAD_TIME, f"{text} is not a UTC day")
    tokens = _tokens(record)
    spend = _spend(record)
    requests = parse_count(_required(record, "api_requests"))
    key = tuple(record.get(name, "") for name in _DAILY_KEY)
    found.require_new(("day", key), " ".join(filter(None, key)))
    subject, end_ns = _subject(record), start_ns + DAY_NS
    yield Usage(start_ns, end_ns, Measure.REQUESTS, requests, subject)
    for measure, amount in tokens.items():
        yield Usage(start_ns, end_ns, measure, amount, subject)
    yield from (Usage(start_ns, end_ns, Measure.SPEND, s, subject, "USD") for s in spend)


def _tokens(record: Mapping[str, str]) -> dict[Measure, int]:
    prompt = parse_count(_required(record, "prompt_tokens"))
    completion = parse_count(_required(record, "completion_tokens"))
    total = record.get("total_tokens", "")
    if not is_absent(total) and parse_count(total) != prompt + completion:
        raise Refused(Flaw.CONTRADICTION, f"{total} in all, {prompt} + {completion}")
    tokens = {Measure.PROMPT_TOKENS: prompt, Measure.COMPLETION_TOKENS: completion}
    cached = record.get("cache_read_input_tokens", "")
    if not is_absent(cached):
        tokens[Measure.CACHED_TOKENS] = parse_count(cached)
    return tokens


def _spend(record: Mapping[str, str]) -> tuple[Any, ...]:
    text = record.get("spend", "")
    return () if is_absent(text) else (parse_number(text),)


def _subject(record: Mapping[str, str]) -> Subject:
    return Subject(team=_word(record, "team_id"), model=_word(record, "model"))


def _word(record: Mapping[str, str], name: str) -> str:
    text = record.get(name, "").strip()
    return "" if is_absent(text) else text


def _required(record: Mapping[str, str], name: str) -> str:
    text = record.get(name, "")
    if is_absent(text):
        raise Refused(Flaw.MISSING, name)
    return text.strip()
