"""The guard as a service: a look a day, sooner again after one that failed, until it is stopped."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Final

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response

from oracle.factor_guard.guard import FactorGuard
from oracle.factor_guard.look import GuardReport
from oracle.factor_guard.metrics import GuardFigures
from pargrade.errors import PargradeError
from pargrade.metrics.page import MEDIA, MetricsPage
from pargrade.process.schedule import Schedule
from pargrade.web.problems import handle_errors
from pargrade.web.server import listen, serve_beside

RETRY_S: Final = 900.0
"""After a look that failed, where the interval is longer."""

_LATE_S: Final = 60.0

_log: Final = logging.getLogger(__name__)


class GuardDaemon:
    """Repeats looks. What fails is logged, counted and tried again."""

    def __init__(
        self, guard: FactorGuard, interval_s: float, looked: Callable[[GuardReport], None]
    ) -> None:
        """`looked` gets every report."""
        self._guard = guard
        self._looked = looked
        self._stop = threading.Event()
        self.figures = GuardFigures(interval_s)
        self.interval_s = interval_s
        self.schedule = Schedule(interval_s, run="look", late_s=_LATE_S)

    def run(self) -> None:
        """Blocks until an interrupt arrives or `stop` is called."""
        retry_s = min(RETRY_S, self.interval_s)
        while self.schedule.wait():
            self.schedule.begin()
            is_done = self.look()
            self.schedule.finish()
            while not is_done and not self._stop.wait(retry_s):
                is_done = self.look()

    def look(self) -> bool:
        """One look; whether nothing is left to try again before the next one is due."""
        try:
            report = self._guard.look()
        except PargradeError as failure:
            _log.error("%s (%s)", failure, failure.hint)
            self.figures.note_failure(str(failure))
            return False
        self.figures.note(report)
        self._looked(report)
        return not report.left_open or self._guard.wallet is None

    def stop(self) -> None:
        """End after what is under way."""
        self._stop.set()
        self.schedule.end()


def create_api(daemon: GuardDaemon) -> FastAPI:
    """GET /health and GET /metrics of a guard."""
    api = FastAPI(
        title="Pargrade factor guard", version=version("pargrade"), docs_url=None, redoc_url=None
    )
    handle_errors(api, {})
    page = MetricsPage(lambda: daemon.figures.read(daemon.schedule.report()))

    @api.get("/health", responses={503: {"description": "The same, with at least one problem."}})
    async def health() -> Response:
        facts = daemon.figures.health()
        return JSONResponse(facts, 200 if facts["ok"] else 503)

    @api.get("/metrics", responses={200: {"content": {MEDIA: {}}}}, response_class=Response)
    def metrics_page() -> Response:
        return Response(page.render(), media_type=MEDIA)

    return api


@contextmanager
def serve_api(daemon: GuardDaemon, port: int) -> Iterator[None]:
    """Serve it on this machine while the context is open; port 0 serves nothing. Raises OSError."""
    if not port:
        yield
        return
    with listen("127.0.0.1", port) as listening, serve_beside(create_api(daemon), listening):
        yield
