"""Who watches each line, and how many liars and silent nodes its price survives."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oracle.protocol.committee.bounds import Bounds
from pargrade.errors import PargradeError


class TooFewWatchers(PargradeError):
    """A line that f liars could decide, because too few nodes watch it."""

    def __init__(self, lines: tuple[str, ...], least: int) -> None:
        self.lines = lines
        self.least = least
        self.hint = f"Let {least} nodes or more read each, or take it out of every panel."
        super().__init__(f"fewer than {least} nodes watch {', '.join(lines)}")


@dataclass(frozen=True, slots=True)
class Coverage:
    """The watchers of one line: of one provider's list."""

    line: str
    watchers: tuple[int, ...]
    """Positions, ascending."""
    liars: int
    """Liars that its price survives; 0 where too few watch."""
    silence: int
    """Watchers that may be silent besides; negative where too few watch."""
    is_thin: bool
    """Whether more should watch it."""

    def to_json(self) -> dict[str, Any]:
        """The coverage as JSON values."""
        return {
            "line": self.line,
            "watchers": list(self.watchers),
            "liars": self.liars,
            "silence": self.silence,
            "thin": self.is_thin,
        }


def cover(panels: Sequence[Iterable[str]], bounds: Bounds) -> tuple[Coverage, ...]:
    """The coverage of every line that the panels name, a panel per node, lines in order.

    A list price needs f+1 attesters, a median 2f+1 quotes; with f of the watchers lying both ask
    for f+1 honest ones, so what is over 2f+1 may be silent. Raises ImpossibleBounds for another
    number of panels than of nodes.
    """
    if len(panels) != bounds.nodes:
        bounds = Bounds(len(panels), bounds.liars, bounds.signatures)
    watchers: dict[str, list[int]] = {}
    for position, lines in enumerate(panels):
        for line in set(lines):
            watchers.setdefault(line, []).append(position)
    return tuple(_coverage(line, watchers, bounds) for line in sorted(watchers))


def require_watched(coverage: Iterable[Coverage], bounds: Bounds) -> None:
    """Raises TooFewWatchers for lines that fewer than 2f+1 nodes watch."""
    few = tuple(each.line for each in coverage if each.silence < 0)
    if few:
        raise TooFewWatchers(few, bounds.least_batches)


def _coverage(line: str, watchers: Mapping[str, list[int]], bounds: Bounds) -> Coverage:
    found = tuple(watchers[line])
    silence = len(found) - bounds.least_batches
    return Coverage(
        line=line,
        watchers=found,
        liars=bounds.liars if silence >= 0 else 0,
        silence=silence,
        is_thin=len(found) < bounds.right_watchers,
    )
