"""The page's server: built files, settings, and the reads that the page makes.

GET  /                       the page, with /page.js, /page.css and /config.json
POST /rpc/CHAINID            JSON-RPC requests that read
GET  /node/N/PATH            an oracle node's API
GET  /relay/PATH             a relay's; POST of orders and requests to cancel
GET  /service/N/health       another service's health
GET  /plans, /plans/NAME     hedge plans and results
POST /published              a grade's terms: the published factor, its band, and the work
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import FastAPI, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from bridge.web.plans import NoPlan, list_plans, read_plan
from bridge.web.published import StatedTerms, describe_published
from bridge.web.rpc import NotARead
from bridge.web.sources import PageSources
from bridge.web.upstream import NotPassedOn, Upstream, UpstreamDown, new_client
from pargrade.chain.errors import RpcDown
from pargrade.errors import PargradeError
from pargrade.process.http_guard import GuardedHttp
from pargrade.web.page import HEADERS, page_router
from pargrade.web.problems import handle_errors, problem

_STATUSES: Final[Mapping[type[PargradeError], int]] = {
    NotARead: 422,
    NotPassedOn: 404,
    NoPlan: 404,
    RpcDown: 502,
    UpstreamDown: 502,
}
_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_JSON: Final = "application/json"

Number = Annotated[int, Path(ge=0, lt=1 << 63)]


class PageHttp(GuardedHttp):
    """A batch of a hundred orders takes 170 kB, a batch of reads less."""

    most_request_bytes = 512 * 1024


def create_api(sources: PageSources) -> FastAPI:
    """The server for what the page looks at. Raises NoPage."""
    api = FastAPI(title="Pargrade page", version=version("pargrade"), docs_url=None, redoc_url=None)
    handle_errors(api, _STATUSES)
    _guard(api)
    sockets = (_origin(sources.stream_url),) if sources.stream_url else ()
    api.include_router(page_router(sources.to_json, sockets))
    _add_chains(api, sources)
    _add_upstreams(api, sources)
    _add_plans(api, sources)

    @api.post("/published")
    def read_published(terms: StatedTerms) -> Response:
        return JSONResponse(describe_published(terms), headers=dict(HEADERS))

    return api


def _guard(api: FastAPI) -> None:
    """Other sites cannot use this server through a reader's browser.

    A name of theirs that they point to this machine (DNS rebinding) is no host of ours, and a
    form or script of theirs cannot post: its origin is another.
    """

    @api.middleware("http")
    async def check(
        request: Request, respond: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        host = request.headers.get("host", "")
        if urlsplit(f"//{host}").hostname not in _HOSTS:
            return problem(421, "ForeignHost", f"{host!r} is no name of this machine", "")
        if request.method != "GET":
            origin = request.headers.get("origin")
            media = request.headers.get("content-type", "").partition(";")[0]
            if media != _JSON or (origin is not None and urlsplit(origin).netloc != host):
                return problem(403, "ForeignRequest", "not asked by the page", "")
        return await respond(request)


def _add_chains(api: FastAPI, sources: PageSources) -> None:
    @api.post("/rpc/{chain_id}", response_class=Response)
    async def read_chain(request: Request, chain_id: Number) -> Response:
        chain = sources.chains.get(chain_id)
        if chain is None:
            raise NotPassedOn(str(chain_id))
        found = await run_in_threadpool(chain.gateway.forward, await request.body())
        return Response(found, media_type=_JSON, headers={**HEADERS, "cache-control": "no-store"})


def _add_upstreams(api: FastAPI, sources: PageSources) -> None:
    client = new_client()

    def add(prefix: str, found: Sequence[Upstream]) -> None:
        @api.get(f"/{prefix}/{{number}}/{{path:path}}", response_class=Response)
        async def read(request: Request, number: Number, path: str) -> Response:
            if number >= len(found):
                raise NotPassedOn(f"{prefix}/{number}")
            return await found[number].get(client, path, request.url.query)

    add("node", sources.nodes)
    add("service", sources.services)
    relay = sources.relay
    if relay is None:
        return

    @api.get("/relay/{path:path}", response_class=Response)
    async def read_relay(request: Request, path: str) -> Response:
        return await relay.get(client, path, request.url.query)

    @api.post("/relay/{path:path}", response_class=Response)
    async def post_relay(request: Request, path: str) -> Response:
        return await relay.post(client, path, await request.body())


def _add_plans(api: FastAPI, sources: PageSources) -> None:
    folder = sources.plans
    if folder is None:
        return

    @api.get("/plans")
    def read_list() -> Response:
        return JSONResponse(list_plans(folder), headers=dict(HEADERS))

    @api.get("/plans/{name}", response_class=Response)
    def read_one(name: str) -> Response:
        return Response(read_plan(folder, name), media_type=_JSON, headers=dict(HEADERS))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
