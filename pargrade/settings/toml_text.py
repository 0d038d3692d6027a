"""Settings as the text of a TOML file."""

import json
from collections.abc import Mapping
from typing import Any


def to_toml(values: Mapping[str, Any]) -> str:
    """The text of texts, whole numbers, lists of texts, and tables of these.

    Every character survives but lone surrogates, which are no text.
    """
    lines = _lines(values)
    for name, table in values.items():
        if isinstance(table, Mapping):
            lines += ["", f"[{name}]", *_lines(table)]
    return "\n".join(lines) + "\n"


def _lines(table: Mapping[str, Any]) -> list[str]:
    return [
        f"{key} = {_value(value)}" for key, value in table.items() if not isinstance(value, Mapping)
    ]


def _value(value: str | int | list[str]) -> str:
    # For these JSON's notation is TOML's, but TOML has no surrogate pairs and no plain DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
