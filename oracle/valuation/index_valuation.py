"""The figures of a report by the index method: the port that the protocol values lines with."""

import threading
from functools import lru_cache
from typing import Final

from oracle.index.level import IndexValue, NoValue
from oracle.protocol.report.attested import Lines
from oracle.protocol.report.valuation import Figure
from oracle.valuation.memory import CommonMemory
from pargrade.clock import midnight_of
from pargrade.errors import PargradeError

_KEPT: Final = 64
"""Valuations in memory: what was seen by all is valued by every step of a slot."""


class OtherDay(PargradeError):
    """A slot of another day than what is remembered is for: a defect of whoever runs the node."""

    hint = "Report it: a node waits until it has the memory of a day before it takes part in it."

    def __init__(self, slot: int, midnight: int) -> None:
        self.slot = slot
        self.midnight = midnight
        super().__init__(f"slot {slot} is not of the day that begins at {midnight}")


class IndexValuation:
    """Values lines for slots of one day. A pure function: it keeps what it computed, and no more.
    Safe to share between threads.

    Raises OtherDay for a slot of another day.
    """

    def __init__(self, memory: CommonMemory) -> None:
        self.memory = memory
        self._lock = threading.Lock()
        self._value = lru_cache(_KEPT)(self._compute)

    def __call__(self, lines: Lines, slot: int) -> tuple[Figure, ...]:
        """The figure of the one index that the method computes; value 0 where it has none."""
        if midnight_of(slot) != self.memory.midnight:
            raise OtherDay(slot, self.memory.midnight)
        return (_figure(self._value(tuple(lines.items()), slot)),)

    def value(self, lines: Lines, slot: int) -> IndexValue | NoValue:
        """The same with everything that is known of it."""
        return self._value(tuple(lines.items()), slot)

    def _compute(self, items: tuple[tuple[object, object], ...], slot: int) -> IndexValue | NoValue:
        lines: Lines = dict(items)  # type: ignore[arg-type]  # as they were
        # One at a time: a chain keeps what it computes.
        with self._lock:
            return self.memory.value_chain(lines).value(slot)


def _figure(value: IndexValue | NoValue) -> Figure:
    if isinstance(value, IndexValue) and value.reportable:
        return Figure(value.value8, value.confidence8, value.providers)
    return Figure(0, 0, value.providers)
