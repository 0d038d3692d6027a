"""What the columns of a plain table mean, by their names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from bridge.hedge.readers.errors import MissingColumns, RepeatedColumn, UnknownColumns
from bridge.hedge.readers.usage import Measure, Subject

_NAMES: Final = {
    Measure.PROMPT_TOKENS: ("prompt_tokens", "input_tokens", "contexttokens", "input_length"),
    Measure.COMPLETION_TOKENS: (
        *("completion_tokens", "output_tokens", "generation_tokens"),
        *("generatedtokens", "output_length"),
    ),
    Measure.CACHED_TOKENS: ("cached_tokens", "cache_read_input_tokens"),
    Measure.TOKENS: ("tokens", "total_tokens"),
    Measure.REQUESTS: ("requests", "request_count", "api_requests"),
    Measure.GPU_HOURS: ("gpu_hours", "gpuhours"),
    Measure.ACTIVE_GPU_HOURS: ("active_gpu_hours",),
    Measure.SPEND: ("spend", "cost", "spend_usd", "cost_usd"),
}
_MEASURES: Final = {name: measure for measure, names in _NAMES.items() for name in names}
_SCALES: Final = (
    (re.compile(r"(.+?)_?(?:1k|k|thousands?)"), 10**3),
    (re.compile(r"(.+?)_?(?:1m|m|millions?)"), 10**6),
)
_TIMES: Final = ("timestamp", "time", "datetime", "date", "day", "observed_at", "start")
_ENDS: Final = ("end", "end_time")
_SUBJECTS: Final = {
    "team": ("team", "team_id", "owner"),
    "model": ("model", "model_name"),
    "hardware": ("hardware", "gpu", "gpu_model"),
    "service": ("service",),
}
FORM: Final = "plain table"


@dataclass(frozen=True, slots=True)
class AmountColumn:
    """A column of amounts and what multiplies them."""

    name: str
    measure: Measure
    scale: int
    unit: str
    is_rate: bool = False
    """Amounts a second, over a window that lasts to the next row."""


@dataclass(frozen=True)
class PlainColumns:
    """Every column of a plain table that is used."""

    time: str
    is_relative: bool
    end: str
    amounts: tuple[AmountColumn, ...]
    subjects: tuple[str, ...]
    """Columns of a subject's fields in their order; empty where there is none."""
    currency: str

    @cached_property
    def used(self) -> frozenset[str]:
        """Names of all of them."""
        amounts = (column.name for column in self.amounts)
        names = (self.time, self.end, self.currency, *amounts, *self.subjects)
        return frozenset(name for name in names if name)

    @cached_property
    def has_total(self) -> bool:
        """Whether a column has all tokens, which may stand beside their parts."""
        return any(column.measure is Measure.TOKENS for column in self.amounts)


def plain_columns(columns: Sequence[str]) -> PlainColumns:
    """What each column means. Raises UnknownColumns, MissingColumns, RepeatedColumn."""
    by_key = _by_key(columns)
    amounts = tuple(found for key, name in by_key.items() if (found := _amount(key, name)))
    if not amounts:
        raise UnknownColumns(columns)
    _require_single(amounts)
    time = _first(by_key, _TIMES)
    relative = "" if time else _first(by_key, ("seconds",))
    if not time and not relative:
        raise MissingColumns(FORM, ["a column for the time"])
    return PlainColumns(
        time=time or relative,
        is_relative=not time,
        end=_first(by_key, _ENDS),
        amounts=amounts,
        subjects=tuple(_first(by_key, _SUBJECTS[part]) for part in Subject._fields),
        currency=_first(by_key, ("currency", "billing_currency")),
    )


def _by_key(columns: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in columns:
        key = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
        if key and key in found:
            raise RepeatedColumn(name)
        found[key] = name
    return found


def _first(by_key: dict[str, str], names: Sequence[str]) -> str:
    return next((by_key[name] for name in names if name in by_key), "")


def _amount(key: str, name: str) -> AmountColumn | None:
    if key.endswith("_per_second"):
        measure = _MEASURES.get(key.removesuffix("_per_second"))
        return AmountColumn(name, measure, 1, "", is_rate=True) if measure else None
    if key in _MEASURES:
        return AmountColumn(name, _MEASURES[key], 1, "USD" if key.endswith("_usd") else "")
    for pattern, scale in _SCALES:
        found = pattern.fullmatch(key)
        if found and found[1] in _MEASURES:
            return AmountColumn(name, _MEASURES[found[1]], scale, "")
    return None


def _require_single(amounts: Sequence[AmountColumn]) -> None:
    """Two columns of one measure would count it twice."""
    for position, column in enumerate(amounts):
        if any(column.measure is other.measure for other in amounts[:position]):
            raise RepeatedColumn(column.name)
