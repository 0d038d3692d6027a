"""Counts what looks at both chains lead to. Reading the figures asks nobody."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from prometheus_client.metrics_core import Metric

from bridge.gate.ledger.ends import Followers
from pargrade.errors import PargradeError
from pargrade.metrics.families import counters, gauge, gauges

LATE_S: Final = 120.0
"""Without a whole look at both chains for so long, a service is not well."""


class Looks:
    """Of one service. Its worker counts, any thread may read."""

    def __init__(
        self,
        own: Callable[[], Iterable[Metric]] = tuple,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`own` are the figures that only this service has; `clock` gives monotonic seconds."""
        self.own = own
        self.failure: PargradeError | None = None
        """Why the last look was not whole."""
        self._clock = clock
        self._ended = Counter({"done": 0, "failed": 0})
        self._kinds: set[str] = set()
        self._looked = clock()
        self._open, self._oldest_s = 0, 0

    @property
    def age_s(self) -> float:
        """Since the last whole look, or since the start."""
        return self._clock() - self._looked

    def note(self, followers: Followers) -> None:
        """Counts a look that was whole, and how long messages have waited by chain time."""
        ledger, ages = followers.ledger, []
        for follower in followers:
            source = ledger.home if follower is followers.home else ledger.remote
            now = 0 if follower.head is None else follower.head.timestamp
            ages += [now - each.message.time for each in ledger.open_messages(source)]
        self._open, self._oldest_s = len(ages), max(ages, default=0)
        self._ended["done"] += 1
        self.failure, self._looked = None, self._clock()

    def note_failure(self, failure: PargradeError) -> None:
        """Counts a look that was not whole."""
        self._ended["failed"] += 1
        self._kinds = self._kinds | {type(failure).__name__}
        self.failure = failure

    def problems(self) -> list[str]:
        """What is wrong now."""
        found = []
        if self.failure is not None:
            found.append(f"{type(self.failure).__name__}: {self.failure}")
        if self.age_s > LATE_S:
            found.append(f"no whole look at both chains for {self.age_s:.0f} s")
        return found

    def read(self) -> Iterator[Metric]:
        """All figures now."""
        failing = "" if self.failure is None else type(self.failure).__name__
        yield counters("gate_looks", "Looks by how they ended.", "outcome", self._ended)
        yield gauge("gate_look_age_seconds", "Since the last whole look.", self.age_s)
        yield gauges(
            "gate_failing",
            "1 for the kind of failure of the last look.",
            "kind",
            {kind: kind == failing for kind in self._kinds},
        )
        yield gauge("gate_open_messages", "Messages that did not go through yet.", self._open)
        yield gauge("gate_oldest_message_seconds", "Since the oldest of them left.", self._oldest_s)
        yield from self.own()
