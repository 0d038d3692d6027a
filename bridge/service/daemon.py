"""The bridge as a daemon: a pass every few seconds, a reconciliation now and then.

Each goes by monotonic time, and one waits for the other: they never overlap. Starts that fall into
a run, or into a time when the process stood still, are counted and left out; the next run does
their work: a pass looks at everything, not at what happened since the last.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from bridge.keeper.keeper import Pass, describe_pass
from bridge.service.metrics import KeeperMetrics
from bridge.service.service import Service
from bridge.service.settings import Settings
from pargrade.chain.errors import ChainError
from pargrade.database import DatabaseDown
from pargrade.process.schedule import Schedule, ScheduleReport

_log: Final = logging.getLogger("bridge.daemon")


@dataclass(frozen=True, slots=True)
class JobReport:
    """How punctual one kind of work is."""

    schedule: ScheduleReport
    left_out: int
    """Starts that fell into a run of its own."""


class Job:
    """One kind of work, repeated by a thread of its own until it is ended."""

    def __init__(self, name: str, work: Callable[[], None], interval_s: float, late_s: float):
        self.name = name
        self._work = work
        self._interval_s = interval_s
        self._left_out = 0
        self.schedule = Schedule(interval_s, run=name, late_s=late_s)

    def repeat(self, alone: threading.Lock) -> None:
        """Runs when it is due and no other job runs, until the schedule ends."""
        while self.schedule.wait():
            self.schedule.begin()
            with alone:
                began = time.monotonic()
                self._work()
                self._count_left_out(time.monotonic() - began)
            self.schedule.finish()

    def report(self) -> JobReport:
        """How punctual it has been until now."""
        return JobReport(self.schedule.report(), self._left_out)

    def _count_left_out(self, took_s: float) -> None:
        starts = int(took_s / self._interval_s)
        if starts:
            self._left_out += starts
            _log.warning("%s took %.1f s, and was not started again meanwhile", self.name, took_s)


class Daemon:
    """Runs a service until it is stopped or something happens that waiting does not mend."""

    def __init__(
        self,
        service: Service,
        settings: Settings,
        passed: Callable[[Pass], None],
        metrics: KeeperMetrics | None = None,
    ) -> None:
        """`passed` gets every pass."""
        self._service = service
        self._metrics = metrics or KeeperMetrics(service)
        self._passed = passed
        self._failure: BaseException | None = None
        late_s = float(settings.misfire_grace)
        self.jobs = (
            Job("keep", self._guard(self._keep), settings.interval, late_s),
            Job("reconcile", self._guard(self._reconcile), settings.reconcile_interval, late_s),
        )
        self.polls = self.jobs[0].schedule.report
        """How punctual the passes are."""

    def run(self) -> None:
        """Blocks until `Service.stop` is set or an interrupt arrives; then ends the act it is in.

        Raises what no later pass can mend: the errors of ledger and configuration, and a database
        that is damaged.
        """
        alone = threading.Lock()
        threads = [
            threading.Thread(target=job.repeat, args=(alone,), name=job.name) for job in self.jobs
        ]
        for thread in threads:
            thread.start()
        try:
            self._service.stop.wait()
        finally:
            self._service.stop.set()
            for job in self.jobs:
                job.schedule.end()
            for thread in threads:
                thread.join()
        if self._failure is not None:
            raise self._failure

    def reports(self) -> dict[str, JobReport]:
        """How punctual passes (`keep`) and reconciliations (`reconcile`) have been until now."""
        return {job.name: job.report() for job in self.jobs}

    def _guard(self, work: Callable[[], None]) -> Callable[[], None]:
        def guarded() -> None:
            if self._service.stop.is_set():
                return
            try:
                work()
            except ChainError as failure:
                # Endpoints come back and fees fall; everything unfinished is looked at again.
                _log.warning("%s (%s) next pass tries again", failure, failure.hint)
            except DatabaseDown as failure:
                # So does a database that restarts, or whose disk was full.
                _log.error("%s (%s)", failure, failure.hint)
                if not failure.may_pass:
                    self._fail(failure)
            except BaseException as failure:  # noqa: BLE001  # raised again by run
                self._fail(failure)

        return guarded

    def _fail(self, failure: BaseException) -> None:
        self._failure = failure
        self._service.stop.set()

    def _keep(self) -> None:
        try:
            self._pass()
        except ChainError:
            self._metrics.note_failure()
            raise
        finally:
            with suppress(ChainError):
                self._metrics.note_fees()

    def _pass(self) -> None:
        report = self._service.keep()
        self._metrics.note(report)
        if report.outcomes or report.recovered:
            _log.info("%s", describe_pass(report))
        self._passed(report)

    def _reconcile(self) -> None:
        found = self._service.reconcile()
        self._metrics.note_reconciliation(found)
        # Reading again did not mend these. They are logged and no more: the chain decides every
        # act, and holders are owed their payouts.
        for mismatch in found.mismatches:
            _log.error("block %d: %s", found.block.number, mismatch)
        if not found.mismatches:
            _log.info("block %d: %d figures agree", found.block.number, found.figures)
