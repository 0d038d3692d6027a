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
        """Value slots of a day from now on."""
        self._by_day[memory.midnight] = IndexValuation(memory)
        while len(self._by_day) > _KEPT_DAYS:
            del self._by_day[min(self._by_day)]

    def knows(self, slot: int) -> bool:
        """Whether slots of that day can be valued for a report."""
        return midnight_of(slot) in self._by_day

    def forget(self) -> None:
        """Value nothing until a day is remembered anew."""
        self._by_day.clear()

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
        found = self._by_day.get(midnight_of(slot))
        if found is not None:
            return found, slot
        last = max(self._by_day)
        return self._by_day[last], min(max(slot, last), last + DAY_S - 1)
