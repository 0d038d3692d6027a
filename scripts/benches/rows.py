"""How every benchmark says what it found."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """One figure, the limit it must keep, and what others need for the same."""

    name: str
    ours: float
    limit: float
    unit: str
    better: Literal["lower", "higher"] = "lower"
    peers: Mapping[str, float] = field(default_factory=dict)
    """What others need, measured in the same run."""
    quoted: Mapping[str, float] = field(default_factory=dict)
    """The same from an earlier run, on the same kind of chain and in the same state."""

    @property
    def kept(self) -> bool:
        """Whether the limit is kept; being exactly at it is."""
        return self.ours <= self.limit if self.better == "lower" else self.ours >= self.limit


def report(rows: Sequence[Row], *, as_json: bool) -> int:
    """Prints the rows, as a table or as JSON. Exit code: 1 when a limit is missed."""
    if as_json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        table = Table("", "ours", "limit", "", "others", show_lines=True)
        for row in rows:
            bound = "at most" if row.better == "lower" else "at least"
            peers = "\n".join(
                f"{name} {_shown(figure)} ({origin})"
                for origin, figures in (("measured", row.peers), ("quoted", row.quoted))
                for name, figure in figures.items()
            )
            table.add_row(
                row.name,
                f"{_shown(row.ours)} {row.unit}",
                f"{bound} {_shown(row.limit)}",
                "kept" if row.kept else "[bold red]missed[/]",
                peers,
            )
        Console().print(table)
    return int(not all(row.kept for row in rows))


def _shown(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 100 or figure == int(figure) else f"{figure:.2f}"
