"""The HTTP API of a committee node. Refusals are problem documents (RFC 9457).

GET  /health                            200 when all is well, else 503 with the problems
GET  /metrics                           figures for Prometheus
GET  /history, /download                every round of the chain, in pages and as one file
GET  /rounds/{slot}                     the agreed report of a slot, and who voted for it
GET  /rounds/{slot}/why                 what each member's batch says alone, and where they differ
GET  /protocol/input-sets/{slot}/{root} the signed lists behind a report, as bytes
GET  /protocol/sections/{name}          a provider's list by the hash of its bytes
GET  /protocol/contradictions           pairs of messages that one key signed for one slot

Members' messages come in before this: oracle.transport.entry.
"""

import asyncio
import threading
from importlib.metadata import version
from typing import Annotated, Any, Final

from fastapi import FastAPI, Path, Query
from fastapi.responses import JSONResponse, Response

from oracle.consensus.round_history import NoSuchIndex
from oracle.member.explanation import explain
from oracle.member.health import MemberHealth
from oracle.member.member import CommitteeNode
from oracle.member.metrics import MemberMetrics
from oracle.member.set_archivist import ArchiveBusy
from oracle.node.archive_process import Archivist
from oracle.node.history_pages import HistoryPages, TooManyRounds
from oracle.node.history_routes import add_history
from oracle.protocol.committee.bounds import MOST_NODES
from oracle.protocol.prepare.votes import Vote
from oracle.transport.entry import MessageEntry
from oracle.transport.set_message import SECTIONS_PATH, SETS_PATH, pack_set_head
from pargrade.chain.block import BlockStamp
from pargrade.chain.endpoints import Endpoints
from pargrade.errors import PargradeError
from pargrade.metrics.page import MEDIA, MetricsPage
from pargrade.text import printable
from pargrade.web import problems

_BYTES: Final = "application/octet-stream"
_MOST_PROOFS: Final = 64
_REASONS: Final = {
    404: "There is nothing of this name.",
    422: "The request cannot be read.",
    503: "The store or the archive cannot be used now, or the node explains another slot.",
}

Digits = Annotated[int, Path(ge=0, lt=1 << 40)]
Position = Annotated[int, Query(ge=0, lt=MOST_NODES)]
Hash = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]


class NotKept(PargradeError):
    """This node has not what was asked for."""

    hint = "Ask another member."

    def __init__(self, what: str, name: str) -> None:
        self.what = what
        self.name = name
        super().__init__(f"no {what} {printable(name, 80)}")


class ExplainsAnother(PargradeError):
    """This node explains one slot at a time."""

    hint = "Ask again in a second, or ask another member."

    def __init__(self, slot: int) -> None:
        self.slot = slot
        super().__init__(f"slot {slot} waits: another one is being explained")


_STATUSES: Final = {
    NotKept: 404,
    NoSuchIndex: 404,
    TooManyRounds: 413,
    ArchiveBusy: 503,
    ExplainsAnother: 503,
}


def create_api(member: CommitteeNode) -> FastAPI:
    """The API of a node, with the door for members' messages in front."""
    health, page = MemberHealth(member), MetricsPage(MemberMetrics(member).read)
    store = member.store
    api = FastAPI(
        title=f"Pargrade committee node {member.config.name}",
        version=version("pargrade"),
        docs_url=None,
        redoc_url=None,
    )
    problems.handle_errors(api, _STATUSES)
    api.add_middleware(MessageEntry, gate=member.gate)
    explaining = threading.Lock()
    refusals = problems.describe_refusals(_REASONS)

    @api.get("/health", responses={503: {"description": "The same, with at least one problem."}})
    async def read_health() -> Response:
        facts = await asyncio.to_thread(health.read)
        return JSONResponse(facts, 200 if facts["ok"] else 503)

    @api.get("/metrics", responses={200: {"content": {MEDIA: {}}}}, response_class=Response)
    def metrics_page() -> Response:
        return Response(page.render(), media_type=MEDIA)

    config = member.config
    endpoints = Endpoints(config.chain.rpc, config.chain.id, config.pace.rpc_timeout_ms / 1000)

    async def read_head() -> BlockStamp:
        state = member.watch.kept()
        if state is None:
            state = await asyncio.to_thread(member.ledger.read)
        return state.head

    pack = Archivist(config.data).pack_history
    add_history(api, HistoryPages(endpoints, config.chain), read_head, pack)

    @api.get("/rounds/{slot}", responses=refusals)
    def round_of(slot: Digits) -> Response:
        agreed = store.agreement(slot)
        if agreed is None:
            raise NotKept("agreed report of slot", str(slot))
        report = agreed.report
        return JSONResponse(
            {
                "slot": slot,
                "flags": report.flags,
                "input_root": report.input_root.hex(),
                "digest": agreed.digest.hex(),
                "figures": [
                    {
                        "value8": str(each.value8),
                        "confidence8": str(each.confidence8),
                        "providers": each.providers,
                    }
                    for each in report.figures
                ],
                "prepares": _votes(agreed.prepares),
                "reports": _votes(agreed.reports),
            }
        )

    def explain_slot(slot: int, without: list[int]) -> dict[str, Any]:
        agreed = store.agreement(slot)
        found = None if agreed is None else store.input_set(agreed.report.input_root, slot)
        values = member.values.of(slot)
        if found is None or values is None:
            raise NotKept("input set of today's slot", str(slot))
        committee = store.committee(found.epoch).committee
        return explain(found, committee, values, member.config.chain.indices, without)

    @api.get("/rounds/{slot}/why", responses=refusals)
    async def why(
        slot: Digits, without: Annotated[list[Position] | None, Query()] = None
    ) -> Response:
        # One at a time, as it values a dozen times and the machine's thread values, too. Nobody
        # waits for it: whoever waits holds one of the threads that serve all other pages.
        if not explaining.acquire(blocking=False):
            raise ExplainsAnother(slot)
        try:
            return JSONResponse(await asyncio.to_thread(explain_slot, slot, without or []))
        finally:
            explaining.release()

    @api.get(SETS_PATH + "{slot}/{root}", responses=refusals, response_class=Response)
    def input_set(slot: Digits, root: Hash) -> Response:
        wanted = bytes.fromhex(root)
        found = store.input_set(wanted, slot) or member.archivist.input_set_at_once(wanted, slot)
        if found is None:
            raise NotKept("input set", root)
        return Response(pack_set_head(found), media_type=_BYTES)

    @api.get(SECTIONS_PATH + "{name}", responses=refusals, response_class=Response)
    def section(name: Hash) -> Response:
        wanted = bytes.fromhex(name)
        found = store.section(wanted) or member.archivist.section(wanted)
        if found is None:
            raise NotKept("section", name)
        return Response(found, media_type=_BYTES)

    @api.get("/protocol/contradictions", responses=refusals)
    def contradictions() -> Response:
        found = store.contradictions()[-_MOST_PROOFS:]
        return JSONResponse([{"a": a.hex(), "b": b.hex()} for a, b in found])

    return api


def _votes(votes: tuple[Vote, ...]) -> list[dict[str, Any]]:
    return [{"position": position, "signature": raw.hex()} for position, raw in votes]
