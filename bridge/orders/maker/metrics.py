"""The figures of a maker for Prometheus, and whether it is well. Reading them asks nobody."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from prometheus_client.metrics_core import Metric

from bridge.orders.maker.maker import SeriesQuotes
from pargrade.errors import PargradeError
from pargrade.metrics.families import counter, counters, gauge, gauges

LATE_S: Final = 120.0
"""Without a whole pass for so long, a maker is not well."""


class MakerMetrics:
    """Counts what passes come to. The maker's thread counts, any thread may read."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds, monotonic."""
        self._clock = clock
        self._passes = Counter({"done": 0, "failed": 0})
        self._placed = self._cancelled = 0
        self._refused: dict[str, int] = {}
        self._quoted: dict[str, float] = {}
        self._inventory: dict[str, float] = {}
        self._failure: PargradeError | None = None
        self._passed = clock()
        self.is_killed = False
        """Whether the kill file is there, so that nothing is quoted."""

    def note(self, found: Sequence[SeriesQuotes]) -> None:
        """Counts a pass over all series."""
        refused = dict(self._refused)
        for each in found:
            self._placed += each.placed
            self._cancelled += each.cancelled
            for reason in each.refused:
                refused[reason] = refused.get(reason, 0) + 1
        # Replaced and not changed: another thread may be reading.
        self._refused = refused
        self._quoted = {each.name: len(each.ladder) for each in found}
        self._inventory = {each.name: each.inventory for each in found}
        self._passes["done"] += 1
        self._failure, self._passed = None, self._clock()

    def note_failure(self, failure: PargradeError) -> None:
        """Counts a pass that was left out."""
        self._passes["failed"] += 1
        self._failure = failure

    @property
    def pass_age_s(self) -> float:
        """Since the last whole pass, or since the start."""
        return self._clock() - self._passed

    def problems(self) -> list[str]:
        """What is wrong now."""
        found = []
        if self._failure is not None:
            found.append(f"{type(self._failure).__name__}: {self._failure}")
        if self.pass_age_s > LATE_S:
            found.append(f"no whole pass for {self.pass_age_s:.0f} s")
        if self.is_killed:
            found.append("the kill file is there, so nothing is quoted")
        return found

    def read(self) -> Iterator[Metric]:
        """All figures now."""
        yield counters("maker_passes", "Passes by how they ended.", "outcome", self._passes)
        yield gauge("maker_pass_age_seconds", "Since the last whole pass.", self.pass_age_s)
        yield gauge("maker_killed", "1 while the kill file is there.", self.is_killed)
        yield counter("maker_orders_placed", "Orders the relay took.", self._placed)
        yield counter("maker_orders_cancelled", "Orders taken away.", self._cancelled)
        yield counters("maker_orders_refused", "Orders the relay refused.", "reason", self._refused)
        yield gauges("maker_rungs", "Quotes of the ladder wanted.", "series", self._quoted)
        yield gauges(
            "maker_inventory_lots", "LONG less SHORT of a series.", "series", self._inventory
        )
