"""What commands print: a table for people, JSON for machines, one line for an error."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pargrade.cli.toolkit.console import readable
from pargrade.errors import PargradeError

_PLAIN: Final = (str, int, type(None))
"""With what is made of them: typed amounts are integers, enumerations of words are text."""

_PIPE_WIDTH: Final = 200


class NotJson(PargradeError):
    """A result that JSON has no form for, or more than one: a fault of the program."""

    hint = "Report this command and its arguments as a bug; nothing is wrong with your input."

    def __init__(self, path: str, value: object) -> None:
        self.path = path
        self.value = value
        super().__init__(f"{path} of the result is a {type(value).__name__}, which is no JSON")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows for people. Columns named in `numbers` are aligned to the right."""

    columns: Sequence[str]
    rows: Iterable[Sequence[object]]
    title: str = ""
    numbers: frozenset[str] = field(default_factory=frozenset)


def report(machine: Any, *people: Table | str, as_json: bool) -> None:
    """Prints `machine` as one JSON document, or else the tables and lines for people.

    Raises NotJson for anything in `machine` but text, plain numbers, true, false, null, lists and
    objects, whichever of the two is printed.
    """
    require_json(machine)
    if as_json:
        print(json.dumps(machine, indent=2), flush=True)
        return
    for part in people:
        if isinstance(part, str):
            print(part, flush=True)
        else:
            _draw(part)


def require_json(value: Any, path: str = "$") -> None:
    """Raises NotJson, with its path, for the first value that JSON has no one form for.

    A number of another library is refused, even one that json would take for a float, and so is a
    float that is infinite or no number.
    """
    is_finite = type(value) is float and abs(value) < float("inf")
    if is_finite or isinstance(value, _PLAIN):
        return
    if isinstance(value, list | tuple):
        for place, item in enumerate(value):
            require_json(item, f"{path}[{place}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            if not isinstance(name, str):
                raise NotJson(f"{path} key", name)
            require_json(item, f"{path}.{name}")
    else:
        raise NotJson(path, value)


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
    from rich.text import Text

    # Piped output is not a terminal 80 columns wide: nothing may be cut off there.
    console = Console() if sys.stdout.isatty() else Console(width=_PIPE_WIDTH)

    def text(cell: object) -> Text:
        # As text, since what others wrote may look like mark-up.
        return Text(readable(str(cell), console.encoding))

    title = text(table.title) if table.title else None
    drawing = Drawing(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for column in table.columns:
        drawing.add_column(text(column), justify="right" if column in table.numbers else "left")
    for row in table.rows:
        drawing.add_row(*map(text, row))
    console.print(drawing)
