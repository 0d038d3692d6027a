"""The bridge as a daemon: a pass every few seconds, a reconciliation now and then.

One worker thread runs both, so they never overlap. A pass that is due while another runs is merged
with it; one that could not start in time is logged as missed, and the next one does its work: a
pass looks at everything, not at what happened since the last.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from apscheduler.events import EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from bridge.keeper.keeper import Pass, describe_pass
from bridge.service.metrics import KeeperMetrics
from bridge.service.service import Service
from bridge.service.settings import Settings
from pargrade.chain.errors import ChainError
from pargrade.process.schedule import Schedule

_log: Final = logging.getLogger("bridge.daemon")


class Daemon:
    """Runs a service until it is stopped or something happens that waiting does not mend."""

    def __init__(
        self,
        service: Service,
        settings: Settings,
        passed: Callable[[Pass], None],
        metrics: KeeperMetrics | None = None,
    ) -> None:
        """`passed` is told about every pass."""
        self._service = service
        self._metrics = metrics or KeeperMetrics(service)
        self._punctuality = Schedule(settings.interval)
        self.polls = self._punctuality.report
        """How punctual the passes are."""
        self._passed = passed
        self._failure: BaseException | None = None
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={
                "coalesce": True,
                "max_instances": 1,
                "misfire_grace_time": settings.misfire_grace,
            },
        )
        self._scheduler.add_listener(_missed, EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
        self._add("keep", self._keep, settings.interval)
        self._add("reconcile", self._reconcile, settings.reconcile_interval)

    def run(self) -> None:
        """Blocks until `Service.stop` is set or an interrupt arrives; then ends the act it is in.

        Raises what no later pass can mend: the errors of database, ledger and configuration.
        """
        self._scheduler.start()
        try:
            self._service.stop.wait()
        finally:
            self._service.stop.set()
            self._scheduler.shutdown(wait=True)
        if self._failure is not None:
            raise self._failure

    def _add(self, name: str, job: Callable[[], None], seconds: float) -> None:
        self._scheduler.add_job(
            self._guarded,
            "interval",
            (job,),
            id=name,
            seconds=seconds,
            next_run_time=datetime.now(UTC),
        )

    def _guarded(self, job: Callable[[], None]) -> None:
        if self._service.stop.is_set():
            return
        try:
            job()
        except ChainError as failure:
            # Endpoints come back and fees fall; everything unfinished is looked at again.
            _log.warning("%s (%s) next pass tries again", failure, failure.hint)
        except BaseException as failure:  # noqa: BLE001  # raised again by run
            self._failure = failure
            self._service.stop.set()

    def _keep(self) -> None:
        self._punctuality.begin()
        try:
            self._pass()
        except ChainError:
            self._metrics.note_failure()
            raise
        finally:
            with suppress(ChainError):
                self._metrics.note_fees()
            self._punctuality.finish()

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


def _missed(event: Any) -> None:
    if event.code == EVENT_JOB_MISSED:
        _log.warning("%s missed its start at %s", event.job_id, event.scheduled_run_time)
    else:
        _log.warning("%s is still running and was not started again", event.job_id)
