"""What commands print: a table for people, JSON for machines, one line for an error."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Table:
    """Rows for people. Columns named in `numbers` are aligned to the right."""

    columns: Sequence[str]
    rows: Iterable[Sequence[object]]
    title: str = ""
    numbers: frozenset[str] = field(default_factory=frozenset)


def report(machine: Any, *people: Table | str, as_json: bool) -> None:
    """Prints `machine` as one JSON document, or else the tables and lines for people."""
    if as_json:
        print(json.dumps(machine, indent=2), flush=True)
        return
    for part in people:
        if isinstance(part, str):
            print(part, flush=True)
        else:
            _draw(part)


def complain(message: str, hint: str) -> None:
    """One error on stderr, and what to do next."""
    print(f"error: {message}", file=sys.stderr)
    if hint:
        print(f"hint: {hint}", file=sys.stderr)


def progress(line: str) -> None:
    """A line on stderr about work that takes a while, so that stdout stays the result."""
    print(line, file=sys.stderr, flush=True)


def _draw(table: Table) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table as Drawing

    drawing = Drawing(title=table.title or None, title_justify="left", box=box.SIMPLE_HEAD)
    for column in table.columns:
        drawing.add_column(column, justify="right" if column in table.numbers else "left")
    for row in table.rows:
        drawing.add_row(*(str(cell) for cell in row))
    # Piped output is not a terminal 80 columns wide: nothing may be cut off there.
    console = Console() if sys.stdout.isatty() else Console(width=200)
    console.print(drawing)
