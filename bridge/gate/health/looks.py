"""Counts what looks at both chains lead to. Reading the figures asks nobody."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from prometheus_client.metrics_core import Metric

from bridge.gate.ledger.ends import Followers
from bridge.ledger.finality import Finality
from pargrade.chain.block import Tag
from pargrade.errors import PargradeError
from pargrade.metrics.families import counters, gauge, gauges

LATE_S: Final = 120.0
"""Without a whole look at both chains for so long, a service is not well."""


_OLD_S: Final = 1_800.0
"""A block that need not be final is old after so long: the chain stands still, or an endpoint."""
_OLD_FINAL_S: Final = 7_200.0
"""One that has to be: Ethereum takes 13 to 19 minutes, what is proven to it an hour."""
_BLOCK_S: Final = 15.0
"""The longest that a block of a chain takes, for those that have to be on top."""


@dataclass(frozen=True, slots=True)
class HeadAge:
    """How old the newest block is that a service has read of a chain."""

    time: int
    """Of the block, Unix seconds."""
    most_s: float
    """Beyond this it is old."""


def old_after(finality: Finality) -> float:
    """From which age on, in seconds, the newest block that counts is older than it should be."""
    if finality.tag is Tag.FINALIZED:
        return _OLD_FINAL_S
    return _OLD_S + _BLOCK_S * finality.confirmations


class Looks:
    """Of one service. Its worker counts, any thread may read."""

    def __init__(
        self,
        own: Callable[[], Iterable[Metric]] = tuple,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`own` are the figures that only this service has.

        `clock` gives monotonic seconds, `now` Unix seconds.
        """
        self.own = own
        self.failure: PargradeError | None = None
        """Why the last look was not whole."""
        self._clock, self._now = clock, now
        self._ended = Counter({"done": 0, "failed": 0})
        self._kinds: set[str] = set()
        self._looked = clock()
        self._open, self._oldest_s = 0, 0
        self._heads: dict[str, HeadAge] = {}

    @property
    def age_s(self) -> float:
        """Since the last whole look, or since the start."""
        return self._clock() - self._looked

    def note(self, followers: Followers) -> None:
        """Counts a look that was whole, and how long messages have waited by chain time.

        Time of a chain that stands still stands still, too: the age of its head shows that.
        """
        ledger, ages = followers.ledger, []
        heads = {}
        for end, follower in (("home", followers.home), ("remote", followers.remote)):
            source = ledger.home if follower is followers.home else ledger.remote
            now = 0 if follower.head is None else follower.head.timestamp
            heads[end] = HeadAge(now, old_after(follower.finality))
            ages += [now - each.message.time for each in ledger.open_messages(source)]
        self._open, self._oldest_s = len(ages), max(ages, default=0)
        self._heads = heads
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
        for end, age_s in self._head_ages().items():
            if age_s > self._heads[end].most_s:
                found.append(f"{end}: the newest block is {age_s:.0f} s old by this clock")
        return found

    def _head_ages(self) -> dict[str, float]:
        """Seconds by end; 0 for a chain that is ahead of this machine's clock."""
        return {end: max(self._now() - head.time, 0.0) for end, head in self._heads.items()}

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
        ages, limits = self._head_ages(), {end: head.most_s for end, head in self._heads.items()}
        yield gauges("gate_head_age_seconds", "Of the newest block read, by end.", "end", ages)
        yield gauges("gate_head_age_limit_seconds", "From when on that is old.", "end", limits)
        yield from self.own()
