"""Vectors as columns: parallel arrays of decimal strings, which forge and Python read whole."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

Row = Mapping[str, int]
HERE = Path(__file__).parent


def columns(rows: Iterable[Row]) -> dict[str, list[str]]:
    """One array per field; every row has the same fields."""
    listed = list(rows)
    return {field: [str(int(row[field])) for row in listed] for field in listed[0]}


def text_of(groups: Mapping[str, Iterable[Row]]) -> str:
    """The file of these groups: one line per array."""
    lines = []
    for group, rows in groups.items():
        arrays = [f"    {json.dumps(key)}: {json.dumps(v)}" for key, v in columns(rows).items()]
        lines.append(f"  {json.dumps(group)}: {{\n" + ",\n".join(arrays) + "\n  }")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def rows_of(name: str, group: str) -> list[dict[str, int]]:
    """The rows of one group of a committed file, as integers."""
    arrays = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))[group]
    return [
        {field: int(value) for field, value in zip(arrays, values, strict=True)}
        for values in zip(*arrays.values(), strict=True)
    ]


def write(name: str, build: Callable[[], Mapping[str, Iterable[Row]]]) -> None:
    """Write the file a generator builds."""
    path = HERE / f"{name}.json"
    path.write_text(text_of(build()), encoding="utf-8")
    print(f"written: {path.name}", file=sys.stderr)
