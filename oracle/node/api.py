"""The HTTP API of a node. Refusals are problem documents (RFC 9457).

GET /health                200 when rounds land and polls are on time; else 503 with the problems
GET /index                 the newest value this node computed, for display
GET /family                every index of the method at that instant, of which one is signed
GET /observation?slot=     its signed observation of a slot, signed on demand while the slot is open
GET /sightings?slot=       what this node signed and saw others sign for a slot
GET /evidence/{root}       the evidence file behind an observation
GET /rounds?last=          the newest rounds, from the chain
GET /history?since=&index= every round as the chain recorded it, with revision and mark, in pages
GET /download?form=        the same as one file, CSV or Parquet
GET /metrics               figures for Prometheus
GET /page/                 the page, of what this node reads
"""

import asyncio
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import version
from typing import Annotated, Any, Final

from fastapi import FastAPI, Query
from fastapi.responses import JSONResponse, Response
from structlog.contextvars import bind_contextvars

from oracle.consensus.exchange import MOST_SHARED
from oracle.consensus.slot import SlotExpired, require_open
from oracle.index.family import load_family
from oracle.node.family_board import FamilyBoard
from oracle.node.health import HealthCheck
from oracle.node.history_pages import HistoryPages
from oracle.node.history_routes import add_history
from oracle.node.metrics import NodeMetrics
from oracle.node.node import Node
from oracle.node.problems import NoEvidence, NoIndex, describe_refusals, handle_errors
from oracle.node.recent_rounds import RecentRounds
from oracle.node.reporter import EncodedObservation
from oracle.node.shortcut import Shortcut
from pargrade.chain.block import BlockStamp
from pargrade.metrics.page import MEDIA, MetricsPage
from pargrade.process.schedule import ScheduleReport
from pargrade.web.page import page_router

_MOST_ROUNDS: Final = 100

_EVIDENCE_KEPT: Final = 8
"""Evidence files in memory: those of the round that everybody looks at."""

_ROOT_BYTES: Final = 32

Digits = Annotated[int, Query(ge=0, lt=1 << 40)]


def create_api(
    node: Node,
    polls: Callable[[], ScheduleReport],
    on_new_slot: Callable[[], None] = lambda: None,
    metrics: NodeMetrics | None = None,
) -> FastAPI:
    """The API of a node.

    `polls` returns how punctual the node's polls are. `on_new_slot` is called when a peer requests
    an observation that this process has not signed yet.
    """
    check = HealthCheck(node, polls)
    page = MetricsPage((metrics or NodeMetrics(node, polls)).read)
    recent = RecentRounds(node.endpoints, node.config.chain.spot_index)
    board = FamilyBoard(node.config, load_family())
    pages = HistoryPages(node.endpoints, node.config.chain)
    api = FastAPI(
        title=f"Pargrade oracle node {node.config.name}",
        version=version("pargrade"),
        docs_url=None,
        redoc_url=None,
    )
    handle_errors(api)
    api.include_router(page_router(lambda: _describe_page(node)), prefix="/page")

    async def respond_to_slot(slot: int) -> Response:
        signed = node.reporter.recall_signed(slot)
        if signed is None:
            signed = await asyncio.to_thread(_observe_slot, node, slot)
            on_new_slot()
        return Response(signed.body, media_type="application/json")

    api.add_middleware(Shortcut, respond=respond_to_slot)

    @api.get("/health", responses={503: {"description": "The same, with at least one problem."}})
    async def health() -> Response:
        facts = check.kept()
        if facts is None:
            facts = await asyncio.to_thread(check.read)
        return JSONResponse(facts, 200 if facts["ok"] else 503)

    @api.get("/index", responses=describe_refusals(404))
    async def index() -> Response:
        return JSONResponse(_describe_index(node))

    @api.get("/family", responses=describe_refusals(404))
    async def family() -> Response:
        latest = node.reporter.latest
        if latest is None:
            raise NoIndex
        found = board.recall(latest.as_of)
        if found is None:
            found = await asyncio.to_thread(board.read, latest.as_of)
        return Response(found, media_type="application/json")

    @api.get("/observation", responses=describe_refusals(400, 403, 404, 409, 410, 422, 503))
    async def observation(slot: Digits) -> Response:
        return await respond_to_slot(slot)

    @api.get("/sightings", responses=describe_refusals(422))
    async def sightings(slot: Digits) -> Response:
        own = node.reporter.recall_signed(slot)
        # Others have seen this node's own, too, and say so.
        seen = [sighting.signed for sighting in node.witness.seen_at(slot)]
        found = seen if own is None or own.signed in seen else [own.signed, *seen]
        shared = [signed.to_json() for signed in found[:MOST_SHARED]]
        return JSONResponse({"slot": slot, "observations": shared})

    @lru_cache(_EVIDENCE_KEPT)
    def pack_evidence(root: bytes) -> bytes:
        found = node.journal.evidence(root) if len(root) == _ROOT_BYTES else None
        if found is None:
            raise NoEvidence("0x" + root.hex())
        return found.pack()

    @api.get(
        "/evidence/{root}",
        responses={200: {"content": {"application/gzip": {}}}, **describe_refusals(404, 503)},
        response_class=Response,
    )
    def evidence(root: str) -> Response:
        return Response(pack_evidence(_parse_root(root)), media_type="application/gzip")

    @api.get("/rounds", responses=describe_refusals(422, 503))
    def rounds(last: Annotated[int, Query(ge=1, le=_MOST_ROUNDS)] = 10) -> Response:
        return JSONResponse(recent.read(last))

    async def read_head() -> BlockStamp:
        state = node.chain_state_reader.kept()
        if state is None:
            state = await asyncio.to_thread(node.chain_state_reader.read)
        return state.head

    add_history(api, pages, read_head, node.archivist.pack_history)

    @api.get("/metrics", responses={200: {"content": {MEDIA: {}}}}, response_class=Response)
    def metrics_page() -> Response:
        return Response(page.render(), media_type=MEDIA)

    return api


def _describe_index(node: Node) -> dict[str, Any]:
    """The newest value and where it comes from. Raises NoIndex."""
    latest = node.reporter.latest
    if latest is None:
        raise NoIndex
    return {
        "index": node.config.chain.indices[0],
        "slot": latest.as_of + node.reporter.replay_offset_s,
        "as_of": latest.as_of,
        "replayed": node.reporter.replayed,
        "panel": node.config.panel.name,
        "method_hash": _hex(latest.method.method_hash),
        "evidence_root": _hex(latest.root),
        **latest.value.to_json(),
        "availability_ppm": {kind.value: n for kind, n in latest.availability_ppm.items()},
    }


def _describe_page(node: Node) -> dict[str, Any]:
    """What the page looks at here: the index, through this node alone."""
    chain = node.config.chain
    contracts = {"SpotIndex": {"address": chain.spot_index}}
    deployment = {"block": chain.first_block, "contracts": contracts}
    return {
        "version": version("pargrade"),
        "chains": [{"chain_id": node.endpoints.chain_id, "rpc": None, "deployment": deployment}],
        "nodes": [".."],
        "services": [],
        "relay": None,
        "stream": None,
        "plans": None,
        "published": None,
    }


def _observe_slot(node: Node, slot: int) -> EncodedObservation:
    """The signed observation of a slot.

    A slot signed before is sent again at any time; a new one is signed only while it is open.
    """
    bind_contextvars(slot=slot)
    chain_state = node.chain_state_reader.kept()
    if chain_state is None or slot > chain_state.head.timestamp:
        # The peer may have seen a block that this node has not polled yet.
        chain_state = node.chain_state_reader.read()
    try:
        require_open(slot, chain_state.head.timestamp, chain_state.timing)
    except SlotExpired:
        signed = node.reporter.find_signed(slot, chain_state.epoch)
        if signed is None:
            raise
        return signed
    return node.reporter.observe(slot, chain_state)


def _parse_root(text: str) -> bytes:
    """The root in a path. Raises NoEvidence for what is no hexadecimal text."""
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise NoEvidence(text) from None


def _hex(raw: bytes) -> str:
    return "0x" + raw.hex()
