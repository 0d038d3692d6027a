"""Evidence lines as rows of a table, and back, byte for byte.

A row has a column for every field of the line: integers and text, never a float. If the columns
would not give the line back exactly, because a number does not fit 64 bits or a field is unknown,
the line is kept as text instead. So every line can be archived.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from pargrade.canonical import FloatRefused, canonical_json, read_json

QUOTE_COLUMNS: Final[Mapping[str, type]] = {
    "verdict": str,
    "observed_at": int,
    "provider": str,
    "gpu_model": str,
    "variant": str,
    "gpu_memory_gb": int,
    "gpu_count": int,
    "price8": int,
    "tier": str,
    "region": str,
    "source": str,
    "cadence": str,
    "firmness": str,
    "terms": str,
    "n_offers": int,
    "flags": list,
}
LINK_COLUMNS: Final[Mapping[str, type]] = {
    "midnight": int,
    "ratio18": str,
    "level18": str,
    "providers": int,
    "held": bool,
    "fixed_at": int,
    "fixing": str,
}
LINE: Final = "line"
"""Column with the text of a line that does not fit the other columns."""

_INT64: Final = range(-(1 << 63), 1 << 63)


def quote_row(line: bytes) -> dict[str, Any]:
    """The row of a verdict line."""
    try:
        stated = read_json(line)
        row = {**stated["quote"], "verdict": stated["verdict"]}
        row["price8"] = int(row["price8"])
        return _columns_or_text(row, line, QUOTE_COLUMNS, quote_line)
    except (ValueError, KeyError, TypeError, AttributeError, FloatRefused):
        return _as_text(line, QUOTE_COLUMNS)


def quote_line(row: Mapping[str, Any]) -> bytes:
    """The verdict line of a row."""
    if row[LINE] is not None:
        return str(row[LINE]).encode()
    quote = {name: row[name] for name in QUOTE_COLUMNS if name != "verdict"}
    quote |= {"price8": str(row["price8"]), "flags": list(row["flags"])}
    return canonical_json({"quote": quote, "verdict": row["verdict"]})


def link_row(line: bytes) -> dict[str, Any]:
    """The row of a midnight's line. The base of a chain has no link, so those columns are empty."""
    try:
        return _columns_or_text(dict(read_json(line)), line, LINK_COLUMNS, link_line)
    except (ValueError, TypeError, FloatRefused):
        return _as_text(line, LINK_COLUMNS)


def link_line(row: Mapping[str, Any]) -> bytes:
    """The midnight's line of a row."""
    if row[LINE] is not None:
        return str(row[LINE]).encode()
    return canonical_json({name: row[name] for name in LINK_COLUMNS if row[name] is not None})


def _columns_or_text(
    stated: dict[str, Any],
    line: bytes,
    columns: Mapping[str, type],
    back: Callable[[Mapping[str, Any]], bytes],
) -> dict[str, Any]:
    row = {name: stated.get(name) for name in columns} | {LINE: None}
    fits = all(_fits(row[name], kind) for name, kind in columns.items())
    return row if fits and back(row) == line else _as_text(line, columns)


def _fits(value: Any, kind: type) -> bool:
    if value is None:
        return True
    if kind is int:
        return type(value) is int and value in _INT64
    if kind is list:
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    return type(value) is kind


def _as_text(line: bytes, columns: Mapping[str, type]) -> dict[str, Any]:
    return dict.fromkeys(columns) | {LINE: line.decode()}
