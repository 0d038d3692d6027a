"""The HTTP API of a node. Refusals are problem documents (RFC 9457).

GET /health                200 when rounds land and polls are on time; else 503 with the problems
GET /index                 the newest value this node computed, for display
GET /observation?slot=     its signed observation of a slot, signed on demand while the slot is open
GET /sightings?slot=       what this node signed and saw others sign for a slot
GET /evidence/{root}       the evidence file behind an observation
GET /rounds?last=          the newest rounds, from the chain
"""

from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated, Any, Final

from fastapi import FastAPI, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response

from oracle.consensus.exchange import MOST_SHARED
from oracle.consensus.slot import SlotAhead, SlotExpired, SlotOffGrid, require_open
from oracle.node.health import HealthCheck
from oracle.node.node import Node
from oracle.node.reporter import EncodedObservation, NothingToReport, NotReporter, WrongMethod
from pargrade.bindings.spot_index import SpotIndex
from pargrade.errors import PargradeError
from pargrade.process.schedule import ScheduleReport
from pargrade.text import printable

_STATUS: Final[dict[type[PargradeError], int]] = {
    SlotOffGrid: 400,
    SlotAhead: 409,
    SlotExpired: 410,
    NothingToReport: 404,
    NotReporter: 403,
    WrongMethod: 403,
}
"""HTTP status of each refusal; every other error is of this node or the chain: 503."""

_MOST_ROUNDS: Final = 100

_MOST_SHOWN: Final = 500
"""Characters of a refusal's detail: some of it may be an endpoint's or the asker's own text."""

Digits = Annotated[int, Query(ge=0, lt=1 << 40)]


def create_api(
    node: Node,
    polls: Callable[[], ScheduleReport],
    on_new_slot: Callable[[], None] = lambda: None,
) -> FastAPI:
    """The API of a node.

    `polls` returns how punctual the node's polls are. `on_new_slot` is called when a peer requests
    an observation that this process has not signed yet.
    """
    check = HealthCheck(node, polls)
    api = FastAPI(
        title=f"Pargrade oracle node {node.config.name}",
        version=version("pargrade"),
        docs_url=None,
        redoc_url=None,
    )

    @api.exception_handler(PargradeError)
    async def refuse(_: Request, error: PargradeError) -> Response:
        status = _STATUS.get(type(error), 503)
        return _problem(status, type(error).__name__, str(error), error.hint)

    @api.exception_handler(RequestValidationError)
    async def misread(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return _problem(422, "BadRequest", f"{where}: {first['msg']}", "")

    @api.get("/health")
    def health() -> Response:
        facts = check.read()
        return JSONResponse(facts, 200 if facts["ok"] else 503)

    @api.get("/index")
    def index() -> Response:
        latest = node.reporter.latest
        if latest is None:
            return _problem(404, "NoIndex", "nothing has been computed yet", "Ask again.")
        facts = latest.value.to_json()
        slot = latest.as_of + node.reporter.replay_offset_s
        return JSONResponse(
            {
                "index": node.config.chain.indices[0],
                "slot": slot,
                "as_of": latest.as_of,
                "replayed": node.reporter.replayed,
                "panel": node.config.panel.name,
                "method_hash": _hex(latest.method.method_hash),
                "evidence_root": _hex(latest.root),
                **facts,
            }
        )

    @api.get("/observation")
    async def observation(slot: Digits) -> Response:
        signed = node.reporter.recall_signed(slot)
        if signed is None:
            signed = await run_in_threadpool(_observe_slot, node, slot)
            on_new_slot()
        return Response(signed.body, media_type="application/json")

    @api.get("/sightings")
    def sightings(slot: Digits) -> Response:
        own = node.reporter.recall_signed(slot)
        # Others have seen this node's own, too, and say so.
        seen = [sighting.signed for sighting in node.witness.seen_at(slot)]
        found = seen if own is None or own.signed in seen else [own.signed, *seen]
        shared = [signed.to_json() for signed in found[:MOST_SHARED]]
        return JSONResponse({"slot": slot, "observations": shared})

    @api.get("/evidence/{root}")
    def evidence(root: str) -> Response:
        found = node.journal.evidence(_parse_root(root))
        if found is None:
            shown = printable(root, 2 * 33)
            return _problem(404, "NoEvidence", f"no evidence with root {shown}", "")
        return Response(found.pack(), media_type="application/gzip")

    @api.get("/rounds")
    def rounds(last: Annotated[int, Query(ge=1, le=_MOST_ROUNDS)] = 10) -> Response:
        return JSONResponse(_rounds(node, last))

    return api


def _observe_slot(node: Node, slot: int) -> EncodedObservation:
    """The signed observation of a slot.

    A slot signed before is sent again at any time; a new one is signed only while it is open.
    """
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


def _rounds(node: Node, last: int) -> list[dict[str, Any]]:
    """The newest rounds of the first index, newest first. Raises ChainError."""
    with node.endpoints.use() as chain:
        contract = SpotIndex(chain, node.config.chain.spot_index)
        head = chain.head()
        count = contract.rounds(block=head)
        numbers = range(count, max(0, count - last), -1)
        return [
            {
                "round": number,
                "slot": view.slot,
                "value8": str(view.value),
                "signers": view.signers,
                "flags": view.flags,
            }
            for number in numbers
            for view in (contract.round_at(0, number, block=head),)
        ]


def _problem(status: int, kind: str, detail: str, hint: str) -> Response:
    shown = printable(detail, _MOST_SHOWN)
    body = {"type": "about:blank", "title": kind, "status": status, "detail": shown}
    if hint:
        body["hint"] = hint
    return JSONResponse(body, status, media_type="application/problem+json")


def _parse_root(text: str) -> bytes:
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        return b""


def _hex(raw: bytes) -> str:
    return "0x" + raw.hex()
