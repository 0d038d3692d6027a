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

_GAP: Final = 3
_MARGIN: Final = 1
"""Characters that a drawn table adds: to each column, and once."""


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
            _print_lines(part)
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


def _print_lines(text: str) -> None:
    """Prints text as it is, and on a terminal breaks long lines between words."""
    if not sys.stdout.isatty():
        print(text, flush=True)
        return
    from rich.console import Console

    from pargrade.cli.toolkit.widths import break_line

    width = Console().width
    for line in text.split("\n"):
        print(*break_line(line, width), sep="\n", flush=True)


def _draw(table: Table) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table as Drawing
    from rich.text import Text

    from pargrade.cli.toolkit.widths import fit_widths, records

    # Piped output is not a terminal 80 columns wide: nothing may be cut off there.
    console = Console() if sys.stdout.isatty() else Console(width=_PIPE_WIDTH)

    def shown(cells: Iterable[object]) -> list[str]:
        return [readable(str(cell), console.encoding) for cell in cells]

    names, rows = shown(table.columns), [shown(row) for row in table.rows]
    widths = fit_widths([names, *rows], console.width - _MARGIN - _GAP * len(names))
    title = readable(table.title, console.encoding)
    if widths is None:
        print(*filter(None, [title]), *records(names, rows, console.width), sep="\n", flush=True)
        return
    # As text, since what others wrote may look like mark-up.
    drawing = Drawing(
        title=Text(title) if title else None, title_justify="left", box=box.SIMPLE_HEAD
    )
    for column, name, width in zip(table.columns, names, widths, strict=True):
        is_number = column in table.numbers
        drawing.add_column(Text(name), justify="right" if is_number else "left", width=width)
    for row in rows:
        drawing.add_row(*map(Text, row))
    console.print(drawing)
