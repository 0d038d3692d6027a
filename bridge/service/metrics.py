"""The figures of a keeper for Prometheus. Reading them asks nobody: all was known before."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext

from prometheus_client.metrics_core import Metric

from bridge.keeper.keeper import REDEEMS_ITSELF, Pass
from bridge.ledger.reconcile import Reconciliation
from bridge.outbox.records import Verdict
from bridge.service.service import Service
from pargrade.chain.block import BlockStamp
from pargrade.chain.key_watch import KeyWatch
from pargrade.futures.next_action import Action
from pargrade.metrics.families import (
    counters,
    endpoint_figures,
    fee_figures,
    gauge,
    gauges,
    key_figures,
    poll_figures,
)
from pargrade.process.schedule import ScheduleReport


class KeeperMetrics:
    """Counts what passes lead to. The worker counts, any thread may read."""

    def __init__(self, service: Service, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds, monotonic."""
        self._service = service
        self._clock = clock
        self._key: KeyWatch | None = None
        if service.outbox is not None:
            self._key = KeyWatch(service.outbox.address, lambda: nullcontext(service.chain))
        self._passes = Counter({"done": 0, "failed": 0})
        self._acts = Counter({verdict.value: 0 for verdict in Verdict})
        self._unpaid = {"waiting": 0, "refused": 0, "redeems_itself": 0}
        self._short = 0
        self._started = self._passed = clock()
        self._head: BlockStamp | None = None
        self._head_since = self._started
        self._followed = 0
        self._mismatches: int | None = None
        self._fees = 0

    def note(self, done: Pass) -> None:
        """Count a pass."""
        self._passes["done"] += 1
        self._passed = self._clock()
        self._acts.update(end.verdict.value for end in (*done.recovered, *done.outcomes))
        self._followed = done.cursor.number
        if self._head is None or self._head.hash != done.head.hash:
            self._head, self._head_since = done.head, self._passed
        self._unpaid = _count_unpaid(done, self._service)
        self._short = sum(each.is_open for each in done.shortages)

    def note_failure(self) -> None:
        """Count a pass that an endpoint or a cap stopped."""
        self._passes["failed"] += 1

    def note_reconciliation(self, found: Reconciliation) -> None:
        """Keep how many figures differ."""
        self._mismatches = len(found.mismatches)

    def note_fees(self) -> None:
        """Keep what the day has cost. Raises ChainError."""
        if self._service.outbox is not None:
            self._fees = self._service.outbox.read_spending().spent

    def watching(self) -> AbstractContextManager[None]:
        """Look at the account that pays while the context is open."""
        return nullcontext() if self._key is None else self._key.watching()

    @property
    def pass_age_s(self) -> float:
        """Since the last pass that was done, or since the start."""
        return self._clock() - self._passed

    @property
    def head_age_s(self) -> float:
        """Since a pass found another head, or since the start."""
        return self._clock() - self._head_since

    @property
    def mismatches(self) -> int:
        """Figures of ledger and chain that differ; 0 before the first comparison."""
        return self._mismatches or 0

    def read(self, polls: ScheduleReport) -> Iterator[Metric]:
        """All figures now; `polls` is how punctual the passes are."""
        yield counters("bridge_passes", "Passes by how they ended.", "outcome", self._passes)
        yield counters("bridge_acts", "Acts by how they ended.", "verdict", self._acts)
        yield gauge("bridge_pass_age_seconds", "Since the last pass.", self.pass_age_s)
        yield gauge("head_age_seconds", "Since the head of the chain changed.", self.head_age_s)
        yield gauges(
            "bridge_holders_unpaid", "Holders of final series not paid.", "why", self._unpaid
        )
        yield gauge("bridge_grades_short", "Grades that are short, not impaired.", self._short)
        if self._head is not None:
            yield gauge("head_block", "Number of the head.", self._head.number)
            yield gauge("bridge_ledger_block", "Last block in the ledger.", self._followed)
        if self._mismatches is not None:
            yield gauge("bridge_mismatches", "Figures that differ.", self._mismatches)
        yield from poll_figures(polls)
        yield from endpoint_figures(self._service.chain.report())
        yield from self._key_figures()

    def _key_figures(self) -> Iterator[Metric]:
        outbox = self._service.outbox
        if outbox is not None and self._key is not None:
            yield from key_figures(self._key.report())
            yield from fee_figures(self._fees, outbox.fee_cap_per_day)


def _count_unpaid(done: Pass, service: Service) -> dict[str, int]:
    """Holders of final series by why they are not paid.

    A holder who was just paid counts as waiting until the payment is final.
    """
    due = [tended for tended in done.series if tended.next_action.action is Action.REDEEM]
    skipped = [skip.why for tended in due for skip in tended.skipped]
    ledger = service.follower.ledger
    known = sum(
        len(holders) for tended in due for holders in ledger.holders(tended.series).values()
    )
    alone = skipped.count(REDEEMS_ITSELF)
    return {
        "waiting": max(known - len(skipped), 0),
        "refused": len(skipped) - alone,
        "redeems_itself": alone,
    }
