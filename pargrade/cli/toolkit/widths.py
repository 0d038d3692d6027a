"""How wide the columns of a table are, so that no word, number or address is broken."""

import textwrap
from collections.abc import Iterator, Sequence

from rich.cells import cell_len


def fit_widths(rows: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """The width of every column in characters, `room` at most in all; None where that is too few.

    Every row has a cell for every column, the header among them.
    """
    columns = list(zip(*rows, strict=True))
    widths = [max(_longest(cell.splitlines()) for cell in column) for column in columns]
    least = [max(_longest(cell.split()) for cell in column) for column in columns]
    if sum(least) > room:
        return None
    while sum(widths) > room:
        # The widest of those that have a space to break at: prose, before anything else.
        place = max(
            (place for place, width in enumerate(widths) if width > least[place]),
            key=widths.__getitem__,
        )
        widths[place] -= 1
    return widths


def records(names: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """The lines of a table whose columns do not fit: a block for each row, a line for each cell.

    Of two columns the first one names what the second one says, so that they are one block where
    the names are short. A word that is longer than the width stays whole, and is left to the
    terminal.
    """
    if len(names) == 2 and all(cell_len(row[0]) <= width // 2 for row in (names, *rows)):
        names, rows = zip(names, *rows, strict=True)
        rows = [rows]
    indent = max(map(cell_len, names), default=0) + 2
    for number, row in enumerate(rows):
        if number:
            yield ""
        for name, cell in zip(names, row, strict=True):
            yield from _wrap(cell, width, name.ljust(indent), " " * indent) or [name]


def break_line(line: str, width: int) -> list[str]:
    """A line in pieces of `width` at most, broken between words and indented as it is."""
    if cell_len(line) <= width:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    return _wrap(line.strip(), width, indent, indent)


def _wrap(text: str, width: int, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _longest(parts: Sequence[str]) -> int:
    return max(map(cell_len, parts), default=0)
