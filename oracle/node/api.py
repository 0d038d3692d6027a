"""The HTTP API of a node. Refusals are problem documents (RFC 9457).

GET /health                the node, its chain and its journal; 503 when it cannot work
GET /index                 the newest value this node computed, for display
GET /observation?slot=     its signed observation of a slot, signed on demand while the slot is open
GET /evidence/{root}       the evidence file behind an observation
GET /rounds?last=          the newest rounds, from the chain
"""

import os
from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated, Any, Final

from fastapi import FastAPI, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response

from oracle.consensus.slot import SlotAhead, SlotExpired, SlotOffGrid, require_open
from oracle.node.journal_refusals import JournalFailed
from oracle.node.node import Node
from oracle.node.reporter import (
    EncodedObservation,
    NothingToReport,
    NotReporter,
    SlotWithheld,
    WrongMethod,
)
from pargrade.bindings.spot_index import SpotIndex
from pargrade.chain.errors import ChainError
from pargrade.errors import PargradeError

_STATUS: Final[dict[type[PargradeError], int]] = {
    SlotOffGrid: 400,
    SlotAhead: 409,
    SlotExpired: 410,
    SlotWithheld: 410,
    NothingToReport: 404,
    NotReporter: 403,
    WrongMethod: 403,
}
"""HTTP status of each refusal; every other error is of this node or the chain: 503."""

_MOST_ROUNDS: Final = 100

Digits = Annotated[int, Query(ge=0, lt=1 << 40)]


def create_api(
    node: Node, missed: Callable[[], int], on_new_slot: Callable[[], None] = lambda: None
) -> FastAPI:
    """The API of a node.

    `missed` returns how many polls were not made in time. `on_new_slot` is called when a peer
    requests an observation that this process has not signed yet.
    """
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
        facts = _health(node) | {"missed_polls": missed()}
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

    @api.get("/evidence/{root}")
    def evidence(root: str) -> Response:
        found = node.journal.evidence(_parse_root(root))
        if found is None:
            return _problem(404, "NoEvidence", f"no evidence with root {root}", "")
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


def _health(node: Node) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "ok": True,
        "name": node.config.name,
        "version": version("pargrade"),
        "pid": os.getpid(),
        "reporter": node.reporter.address,
        "chain_id": node.config.chain.id,
        "spot_index": node.config.chain.spot_index,
        "replayed": node.reporter.replayed,
        "journal": "ok",
        "chain": "ok",
    }
    try:
        node.journal.check()
    except JournalFailed as failure:
        facts |= {"ok": False, "journal": str(failure)}
    try:
        chain_state = node.chain_state_reader.read()
    except ChainError as failure:
        return facts | {"ok": False, "chain": str(failure)}
    head, last = chain_state.head, chain_state.last_slot
    return facts | {
        "head": {"number": head.number, "timestamp": head.timestamp},
        "epoch": chain_state.epoch,
        "position": chain_state.position(node.reporter.address),
        "last_slot": last or None,
        "last_round_age_s": head.timestamp - last if last else None,
    }


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
    body = {"type": "about:blank", "title": kind, "status": status, "detail": detail}
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
