"""Which days of a window belong together, and where it is cut.

Two days can be compared when enough providers link them. The days before are remembered, so a
provider may leave and come back. A day whose providers are strangers to all days before is a
break: nobody knows what happened to prices across it. It is set aside. If the old providers come
back, it was an outage, and the day set aside has no level. If the strangers stay, the window is
cut, and the segment begins with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from oracle.quotes.quote import Line


@dataclass(frozen=True, slots=True)
class DayStanding:
    """How the last day of a window stands to the days before."""

    segment: tuple[int, ...]
    """Positions of the days that belong together, ascending; the last day is in it, unless it is
    broken off."""
    broken: bool
    """The last day is linked to too few providers of a segment: it has no level."""
    established: int
    """Providers of the last day with a line that was seen before in its segment."""
    cuts: int
    """How often a new panel has replaced an established one in the window."""


def stand(
    days: Sequence[frozenset[Line]], *, min_providers: int, splice_days: int, last_counts: bool
) -> DayStanding:
    """Find the segment of the last day, which has at least `min_providers` providers.

    `days` are the lines with a price on each day, ascending. Days with fewer providers belong to no
    segment. `last_counts` is whether the last day is one of the `splice_days` that a new panel
    needs: midnights count, the hours between them do not.
    """
    main, known = list[int](), set[Line]()
    aside, strange = list[int](), set[Line]()
    cuts = established = 0
    for place, lines in enumerate(days):
        if len({line.provider for line in lines}) < min_providers:
            continue
        established = _overlap(lines, known)
        if main and established >= min_providers:
            main.append(place)
            known.update(lines)
            aside, strange = [], set()
            continue
        established = _overlap(lines, strange)
        if established < min_providers:
            aside, strange, established = [], set(), 0
        aside.append(place)
        strange.update(lines)
        midnights = len(aside) - (place == len(days) - 1 and not last_counts)
        if midnights >= splice_days:
            cuts += bool(main)
            main, known, aside, strange = aside, strange, [], set()
    return DayStanding(tuple(main), bool(aside) or not main, established, cuts)


def _overlap(lines: frozenset[Line], known: set[Line]) -> int:
    return len({line.provider for line in lines & known})
