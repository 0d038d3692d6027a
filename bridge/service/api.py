"""The HTTP API of a keeper. Refusals are problem documents (RFC 9457).

GET /health     200 when passes are made on time and the books agree; else 503 with the problems
GET /metrics    figures for Prometheus
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, Final

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response

from bridge.service.metrics import KeeperMetrics
from bridge.service.settings import Settings
from pargrade.metrics.page import MEDIA, MetricsPage
from pargrade.process.schedule import ScheduleReport
from pargrade.settings import BadConfig
from pargrade.web.problems import handle_errors
from pargrade.web.server import listen, serve_beside

_PASSES: Final = 3
"""A pass has to be done within so many intervals and the longest run of one."""

_LONGEST_PASS_S: Final = 120.0

_MOST_HEAD_AGE_S: Final = 600.0


def create_api(
    metrics: KeeperMetrics, polls: Callable[[], ScheduleReport], interval_s: float
) -> FastAPI:
    """The API of a keeper. `polls` returns how punctual its passes are."""
    api = FastAPI(
        title="Pargrade keeper", version=version("pargrade"), docs_url=None, redoc_url=None
    )
    handle_errors(api, {})
    page = MetricsPage(lambda: metrics.read(polls()))

    @api.get("/health", responses={503: {"description": "The same, with at least one problem."}})
    async def health() -> Response:
        facts = read_health(metrics, polls(), interval_s)
        return JSONResponse(facts, 200 if facts["ok"] else 503)

    @api.get("/metrics", responses={200: {"content": {MEDIA: {}}}}, response_class=Response)
    def metrics_page() -> Response:
        return Response(page.render(), media_type=MEDIA)

    return api


@contextmanager
def serve_api(settings: Settings, api: FastAPI) -> Iterator[None]:
    """Serve it where the settings say, if anywhere, while the context is open. Raises BadConfig."""
    if not settings.api_port:
        yield
        return
    try:
        listening = listen(settings.api_host, settings.api_port)
    except OSError as failure:
        where = f"{settings.api_host}:{settings.api_port}"
        hint = "Another process has this port, perhaps another keeper; change api_port."
        raise BadConfig(None, f"api {where}: {failure.strerror}", hint) from None
    with listening, serve_beside(api, listening):
        yield


def read_health(metrics: KeeperMetrics, polls: ScheduleReport, interval_s: float) -> dict[str, Any]:
    """What `/health` says; `ok` is true when `problems` is empty."""
    most_s = _PASSES * interval_s + _LONGEST_PASS_S
    found = (
        "" if polls.on_time else "the last pass was not on time",
        "" if metrics.pass_age_s <= most_s else f"no pass for {metrics.pass_age_s:.0f} s",
        ""
        if metrics.head_age_s <= _MOST_HEAD_AGE_S
        else f"the head of the chain has not moved for {metrics.head_age_s:.0f} s",
        f"{metrics.mismatches} figures differ from the chain" if metrics.mismatches else "",
    )
    problems = [problem for problem in found if problem]
    return {
        "ok": not problems,
        "problems": problems,
        "version": version("pargrade"),
        "pass_age_s": round(metrics.pass_age_s, 1),
        "head_age_s": round(metrics.head_age_s, 1),
        "late_passes": polls.late,
        "missed_passes": polls.missed,
        "clock_jumps": polls.clock_jumps,
    }
