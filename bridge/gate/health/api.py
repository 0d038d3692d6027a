"""The HTTP pages that all services of a route have. Refusals are problem documents (RFC 9457).

GET /health     200 while looks at both chains are whole; else 503 with the problems
GET /metrics    figures for Prometheus
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Protocol

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from prometheus_client.metrics_core import Metric

from pargrade.metrics.page import MEDIA, MetricsPage
from pargrade.settings import BadConfig
from pargrade.web.problems import handle_errors
from pargrade.web.server import listen, serve_beside


class ServiceHealth(Protocol):
    """What a service counts of itself."""

    def problems(self) -> list[str]:
        """What is wrong now."""

    def read(self) -> Iterator[Metric]:
        """All figures now."""


def create_health_api(service: str, looks: ServiceHealth) -> FastAPI:
    """The API of a service that has no other pages."""
    api = FastAPI(
        title=f"Pargrade {service}", version=version("pargrade"), docs_url=None, redoc_url=None
    )
    handle_errors(api, {})
    add_metrics(api, looks)

    @api.get("/health", responses={503: {"description": "The same, with at least one problem."}})
    def read_health() -> Response:
        problems = looks.problems()
        facts = {"ok": not problems, "problems": problems, "version": version("pargrade")}
        return JSONResponse(facts, 503 if problems else 200)

    return api


def add_metrics(api: FastAPI, looks: ServiceHealth) -> None:
    """Adds the page of figures."""
    page = MetricsPage(looks.read)

    @api.get("/metrics", responses={200: {"content": {MEDIA: {}}}}, response_class=Response)
    def metrics_page() -> Response:
        return Response(page.render(), media_type=MEDIA)


@contextmanager
def serving(api: FastAPI, host: str, port: int) -> Iterator[int]:
    """The API while the context is open: its port, a free one for 0. Raises BadConfig."""
    try:
        listening = listen(host, port)
    except OSError as failure:
        hint = "Another process has this port, perhaps another service, or the host is not here."
        raise BadConfig(None, f"api {host}:{port}: {failure.strerror}", hint) from None
    with listening, serve_beside(api, listening):
        yield listening.getsockname()[1]
