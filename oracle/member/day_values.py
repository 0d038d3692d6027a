"""The valuations of the days that a node has the memory of."""

from typing import Final

from oracle.index.level import IndexValue, NoValue
from oracle.protocol.report.attested import Lines
from oracle.protocol.report.valuation import Figure
from oracle.valuation.index_valuation import IndexValuation
from oracle.valuation.memory import CommonMemory
from pargrade.clock import DAY_S, midnight_of

_KEPT_DAYS: Final = 2


class DayValues:
    """Values lines by the memory of a slot's day. For one thread that values."""

    def __init__(self) -> None:
        self._by_day: dict[int, IndexValuation] = {}

    def remember(self, memory: CommonMemory) -> None:
        """Value slots of a day from now on, by this memory of it."""
        self._by_day[memory.midnight] = IndexValuation(memory)
        while len(self._by_day) > _KEPT_DAYS:
            del self._by_day[min(self._by_day)]

    def follow(self, midnight: int, memory: CommonMemory | None) -> None:
        """Value slots of the day that begins at a midnight (unix seconds) by a memory of it; None
        for one that has to be made anew, until which they are not valued.
        """
        known = self.of(midnight)
        if memory is None:
            self._by_day.pop(midnight, None)
        elif known is None or known.memory is not memory:
            self.remember(memory)

    def of(self, slot: int) -> IndexValuation | None:
        """What values slots of that day, or None."""
        return self._by_day.get(midnight_of(slot))

    def knows(self, slot: int) -> bool:
        """Whether slots of that day can be valued for a report."""
        return self.of(slot) is not None

    def __call__(self, lines: Lines, slot: int) -> tuple[Figure, ...]:
        """The figures of a slot; of one of the next day, before its memory is there, as of the end
        of the last day that is: by that a node only judges whether its own values have moved.
        """
        valuation, instant = self._find(slot)
        return valuation(lines, instant)

    def value(self, lines: Lines, slot: int) -> IndexValue | NoValue:
        """The same with everything that is known of it."""
        valuation, instant = self._find(slot)
        return valuation.value(lines, instant)

    def _find(self, slot: int) -> tuple[IndexValuation, int]:
        found = self.of(slot)
        if found is not None:
            return found, slot
        last = max(self._by_day)
        return self._by_day[last], min(max(slot, last), last + DAY_S - 1)
