"""One index at many instants."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from oracle.index.level import ABSENT, IndexValue, NoValue, State
from pargrade.clock import DAY_S

STATES: Final = (*(state.value for state in State), ABSENT)
"""From best to worst."""


class TrackPoint(NamedTuple):
    """The index at one instant. Amounts are USD with 8 decimals, None where there is no value."""

    instant: int
    """Unix seconds."""
    value8: int | None
    confidence8: int | None
    median8: int | None
    """The lower weighted median of the unit prices, without the chain."""
    providers: int
    state: str
    """live, thin, splicing, halted or absent."""
    links: int
    """Daily links since the base."""
    held: int
    """How many of these links could not be measured and count as 1."""

    @classmethod
    def of(cls, instant: int, value: IndexValue | NoValue) -> "TrackPoint":
        """The point of an index value."""
        if isinstance(value, NoValue):
            return cls(instant, None, None, None, value.providers, value.state, 0, 0)
        return cls(
            instant,
            value.value8,
            value.confidence8,
            value.median8,
            value.providers,
            value.state.value,
            value.links,
            value.held,
        )

    @property
    def reported8(self) -> int | None:
        """The value a node would sign; None if the index is halted or absent."""
        return None if self.state == State.HALTED else self.value8


@dataclass(frozen=True, slots=True)
class Track:
    """One index, at ascending instants with equal distances."""

    index: str
    points: tuple[TrackPoint, ...]

    @classmethod
    def of(cls, index: str, values: Iterable[tuple[int, IndexValue | NoValue]]) -> "Track":
        """The track of ascending (instant, value) pairs."""
        return cls(index, tuple(TrackPoint.of(instant, value) for instant, value in values))

    @property
    def reported(self) -> Sequence[tuple[int, int]]:
        """Pairs of (instant, value with 8 decimals) where a node would sign a value."""
        return [(p.instant, p.reported8) for p in self.points if p.reported8 is not None]

    def midnights(self) -> Mapping[int, int]:
        """The reported values at UTC midnights, by midnight."""
        return {instant: value8 for instant, value8 in self.reported if instant % DAY_S == 0}

    def days_by_state(self) -> Mapping[str, int]:
        """Number of UTC days by the worst state of their instants, in the order of STATES.

        A state that only a window has is left out where no day has it.
        """
        worst: dict[int, int] = {}
        for point in self.points:
            day = point.instant // DAY_S
            worst[day] = max(worst.get(day, 0), STATES.index(point.state))
        counts = Counter(worst.values())
        return {
            state: counts[rank]
            for rank, state in enumerate(STATES)
            if counts[rank] or state != State.SPLICING
        }
