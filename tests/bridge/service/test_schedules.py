"""The daemon's work goes by monotonic time; what waits, fails or stands still is counted."""

import logging
import threading
import time
from typing import Any

import pytest

from bridge.ledger.reconcile import Reconciliation
from bridge.service.daemon import Daemon, Job
from bridge.service.service import Service
from bridge.service.settings import Settings
from pargrade.database import DatabaseDamaged, DatabaseDown, transaction
from tests.support.market import Market
from tests.support.service import serve


@pytest.fixture
def service(market: Market, tmp_path: Any) -> Service:
    return serve(market, f"sqlite:///{tmp_path / 'bridge.db'}", key=None)


def wait_for(seen: Any) -> None:
    deadline = time.monotonic() + 60
    while not seen():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


class Running:
    """A daemon in a thread of its own."""

    def __init__(self, service: Service, **settings: float) -> None:
        self.passes = 0
        self.failure: BaseException | None = None
        self._service = service
        self.daemon = Daemon(service, Settings(**settings), lambda _: self._count())  # type: ignore[arg-type]
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Running":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._service.stop.set()
        self._thread.join()

    def join(self) -> None:
        self._thread.join()

    def _count(self) -> None:
        self.passes += 1

    def _run(self) -> None:
        try:
            self.daemon.run()
        except DatabaseDown as failure:
            self.failure = failure


def test_run__wall_clock_goes_back_an_hour__passes_go_on_and_the_jump_is_said(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    wall_s = [time.time()]
    running = Running(service, interval=0.05)
    schedule = running.daemon.jobs[0].schedule
    schedule._wall = lambda: wall_s[0]
    with running:
        wait_for(lambda: running.passes > 1)
        wall_s[0] -= 3_600
        seen = running.passes
        wait_for(lambda: running.passes > seen + 2)
        assert running.daemon.reports()["keep"].schedule.clock_jumps >= 1
    assert "the machine's clock jumped by -36" in caplog.text


def test_run__pass_and_reconciliation_are_due_together__they_never_overlap(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, most = [0], [0]
    keep, reconcile = Service.keep, Service.reconcile

    def watched(work: Any) -> Any:
        def run(this: Service) -> Any:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            try:
                return work(this)
            finally:
                inside[0] -= 1

        return run

    monkeypatch.setattr(Service, "keep", watched(keep))
    monkeypatch.setattr(Service, "reconcile", watched(reconcile))
    with Running(service, interval=0.01, reconcile_interval=1) as running:
        wait_for(lambda: running.passes > 5)
        wait_for(lambda: running.daemon.reports()["reconcile"].schedule.runs > 1)
    assert most[0] == 1


def test_job__run_longer_than_its_interval__counts_the_starts_that_fell_into_it() -> None:
    job = Job("keep", lambda: time.sleep(0.25), 0.1, 30.0)
    thread = threading.Thread(target=job.repeat, args=(threading.Lock(),))
    thread.start()
    wait_for(lambda: job.report().left_out > 0)
    job.schedule.end()
    thread.join()
    assert job.report().left_out >= 2
    assert job.report().schedule.missed == 0


def test_run__database_is_away_for_a_while__the_next_pass_goes_on(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Commands that ran before in this process have set it to what they wanted.
    caplog.set_level(logging.INFO, "bridge")
    is_down = [True]
    follow = Service.reconcile

    def reconcile(this: Service) -> Reconciliation:
        if is_down[0]:
            raise DatabaseDown("postgresql://host/bridge", "the database system is starting up")
        return follow(this)

    monkeypatch.setattr(Service, "reconcile", reconcile)
    with Running(service, interval=0.05, reconcile_interval=1) as running:
        wait_for(lambda: "is starting up" in caplog.text)
        is_down[0] = False
        wait_for(lambda: "figures agree" in caplog.text)
        assert running.failure is None


def test_run__database_is_damaged__ends_with_the_error_and_its_hint(service: Service) -> None:
    service.follow()
    with transaction(service.journal.engine) as connection:
        path = connection.exec_driver_sql("PRAGMA database_list").first()[2]  # type: ignore[index]
    service.journal.engine.dispose()
    for end in ("", "-wal", "-shm"):
        with open(path + end, "wb") as file:
            file.write(b"overwritten" * 1_000 if not end else b"")
    with Running(service, interval=0.05) as running:
        running.join()
    assert isinstance(running.failure, DatabaseDamaged)
    assert "pargrade bridge restore" in running.failure.hint
