"""Which form a text is in, and its reading."""

import json
from enum import Enum
from typing import Any, Final

from bridge.hedge.readers.csv_rows import open_table
from bridge.hedge.readers.errors import UnknownFormat, Unreadable
from bridge.hedge.readers.focus_columns import is_focus
from bridge.hedge.readers.focus_text import read_focus_text
from bridge.hedge.readers.litellm import (
    is_daily_activity,
    is_litellm,
    read_litellm_csv,
    read_litellm_json,
)
from bridge.hedge.readers.opencost import read_opencost
from bridge.hedge.readers.plain import read_json_lines, read_plain_csv
from bridge.hedge.readers.prometheus import read_answers, read_scrapes
from bridge.hedge.readers.prometheus_api import looks_like_answer
from bridge.hedge.readers.prometheus_text import looks_like_metrics
from bridge.hedge.readers.usage import Workload
from pargrade.canonical import TooDeep, require_shallow


class Form(Enum):
    """The forms that are read."""

    METRICS = "prometheus-text"
    ANSWER = "prometheus-api"
    LITELLM = "litellm"
    OPENCOST = "opencost"
    FOCUS = "focus"
    TABLE = "table"
    JSON_LINES = "json-lines"


_JSON_START: Final = ("{", "[")


def detect_form(text: str) -> Form:
    """The form of a text, by what only that form has. Raises UnknownFormat, Unreadable."""
    bare = text.lstrip()
    if not bare:
        raise Unreadable("the file is empty")
    if bare.startswith(_JSON_START):
        return _detect_json(text)
    if looks_like_metrics(text):
        return Form.METRICS
    columns = open_table(text).columns
    if is_focus(columns):
        return Form.FOCUS
    if is_litellm(columns):
        return Form.LITELLM
    if len(columns) == 1:
        raise UnknownFormat("neither metrics, nor JSON, nor a table with commas")
    return Form.TABLE


def read_text(text: str, form: Form, *, at_ns: int | None, starts_ns: int | None) -> Workload:
    """The reading of one text. Raises Unreadable and its kinds."""
    match form:
        case Form.METRICS:
            return read_scrapes([(text, at_ns)])
        case Form.ANSWER:
            return read_answers([text])
        case Form.LITELLM:
            is_json = text.lstrip().startswith(_JSON_START)
            return read_litellm_json(text) if is_json else read_litellm_csv(text)
        case Form.OPENCOST:
            return read_opencost(text)
        case Form.FOCUS:
            return read_focus_text(text)
        case Form.JSON_LINES:
            return read_json_lines(text, starts_ns)
        case Form.TABLE:
            return read_plain_csv(text, starts_ns)


def _detect_json(text: str) -> Form:
    document = _parsed(text)
    if document is None:
        return _detect_lines(text)
    if looks_like_answer(document) and _has_result(document):
        return Form.ANSWER
    first = document[0] if isinstance(document, list) and document else document
    if isinstance(first, dict) and "request_id" in first:
        return Form.LITELLM
    if isinstance(document, dict) and is_daily_activity(document.get("results")):
        return Form.LITELLM
    if isinstance(first, dict) and ("data" in first or "code" in first):
        rows = first.get("data")
        inner = rows[0] if isinstance(rows, list) and rows else None
        is_rows = isinstance(inner, dict) and "prompt_tokens" in inner
        return Form.LITELLM if is_rows else Form.OPENCOST
    if isinstance(first, dict) and "prompt_tokens" in first:
        return Form.LITELLM
    return _detect_lines(text)


def _has_result(document: dict[str, Any]) -> bool:
    data = document.get("data")
    return document["status"] == "error" or (isinstance(data, dict) and "resultType" in data)


def _detect_lines(text: str) -> Form:
    first = _parsed(text.lstrip().split("\n", 1)[0])
    if isinstance(first, dict) and "timestamp" in first:
        return Form.JSON_LINES
    raise UnknownFormat("JSON that is none of the forms we read, or is cut")


def _parsed(text: str) -> Any:
    try:
        require_shallow(text)
        return json.loads(text, parse_float=str, parse_constant=str)
    except (ValueError, TooDeep):
        return None
