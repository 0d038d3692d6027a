"""The HTTP API of a relay. Refusals are problem documents (RFC 9457).

POST /orders                 1 to 100 signed orders or rolls; a result for each
POST /cancel                 a maker's signed request
GET  /rules                  for whom to sign, and what is taken
GET  /series                 what can be traded
GET  /book/SERIES            price and lots of the best levels
GET  /trades/SERIES          the newest trades
GET  /calls/SERIES           the newest hourly calls, each with its mark
GET  /marks/SERIES           daily settlement marks: of each day's first call
GET  /orders/HASH            where an order stands, with its receipt
GET  /makers/ADDRESS         a maker's orders from a sequence number on
GET  /matches/SEQUENCE       the transaction that fills a match
GET  /log                    entries, a JSON object a line: what `relay audit` reads
GET  /metrics                figures for Prometheus
GET  /health                 200 when the log can be written and the chain is followed

An order's hash is its idempotency key: sent again, it gets the receipt that it got. Every request
takes of its asker's pace, and more where an answer has many rows.
"""

import json
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Annotated, Any, Final

from fastapi import FastAPI, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response, StreamingResponse

from bridge.orders.relay.batch import read_body, read_submissions
from bridge.orders.relay.match_calls import NoSuchMatch
from bridge.orders.relay.openapi import CANCEL_BODY, ORDERS_BODY
from bridge.orders.relay.pace import GONE_THROUGH, LOOKED_UP, ROWS, AskerPace, PacedRequests
from bridge.orders.relay.rates import TooFast
from bridge.orders.relay.relay import Relay
from bridge.orders.relay.submission import Admitted
from bridge.orders.relay.views import DAY_HOURS, NoSuchOrder
from bridge.orders.signed.cancel_request import CancelRequest
from bridge.orders.signed.refusals import (
    ForeignSeries,
    OrderRefused,
)
from pargrade.chain.hashing import address_of
from pargrade.errors import PargradeError
from pargrade.metrics.page import MEDIA, MetricsPage
from pargrade.process.http_guard import GuardedHttp
from pargrade.web.problems import describe_refusals, handle_errors

_MOST_LEVELS: Final = 500
_MOST_ENTRIES: Final = 5_000
_MOST_ORDERS: Final = 1_000
"""Of a maker in one answer; a roll has two rows."""
_STATUSES: Final[Mapping[type[PargradeError], int]] = {
    OrderRefused: 422,
    TooFast: 429,
    ForeignSeries: 404,
    NoSuchOrder: 404,
    NoSuchMatch: 404,
}

SeriesNumber = Annotated[str, Path(pattern=r"^[0-9]{1,78}$")]
MakerAddress = Annotated[str, Path(pattern=r"^0x[0-9a-fA-F]{40}$")]
OrderHash = Annotated[str, Path(pattern=r"^0x[0-9a-fA-F]{64}$")]


class RelayHttp(GuardedHttp):
    """A hundred rolls take 170 kB."""

    most_request_bytes = 256 * 1024


def create_api(
    relay: Relay, pace: AskerPace, health: Callable[[], list[str]], page: MetricsPage
) -> FastAPI:
    """The API of a relay. `health` returns what is wrong now, `page` has its figures."""
    api = FastAPI(
        title="Pargrade relay", version=version("pargrade"), docs_url=None, redoc_url=None
    )
    handle_errors(api, _STATUSES)
    api.add_middleware(PacedRequests, pace=pace)
    _add_writes(api, relay, pace)
    _add_reads(api, relay, pace)

    too_fast = describe_refusals({429: "too fast"})

    @api.get(
        "/health",
        responses={503: {"description": "The same, with at least one problem."}, **too_fast},
    )
    def read_health() -> Response:
        problems = health()
        sequence, head = relay.sequencer.head
        facts = {
            "ok": not problems,
            "problems": problems,
            "version": version("pargrade"),
            "sequence": sequence,
            "head": "0x" + head.hex(),
            "block": relay.state.block.number,
        }
        return JSONResponse(facts, 503 if problems else 200)

    @api.get(
        "/metrics",
        responses={200: {"content": {MEDIA: {}}}, **too_fast},
        response_class=Response,
    )
    def metrics_page() -> Response:
        return Response(page.render(), media_type=MEDIA)

    return api


def _add_writes(api: FastAPI, relay: Relay, pace: AskerPace) -> None:
    @api.post(
        "/orders",
        openapi_extra={"requestBody": ORDERS_BODY},
        responses=describe_refusals({422: "no batch of orders", 429: "too fast"}),
    )
    async def post_orders(request: Request) -> Response:
        raw = read_body(await request.body())
        submissions = read_submissions(raw, relay.rules)
        asker = pace.take(request, len(submissions) - 1)
        results = await run_in_threadpool(relay.place, submissions, asker)
        shown = [
            each.to_json() if isinstance(each, Admitted) else describe_refusal(each)
            for each in results
        ]
        return Response(json.dumps({"results": shown}), media_type="application/json")

    @api.post(
        "/cancel",
        openapi_extra={"requestBody": CANCEL_BODY},
        responses=describe_refusals({422: "no request to cancel", 429: "too fast"}),
    )
    async def post_cancel(request: Request) -> Response:
        asked = CancelRequest.from_json(read_body(await request.body()))
        accepted = await run_in_threadpool(relay.cancel, asked)
        if accepted is None:
            return JSONResponse({"sequence": None, "ended": []})
        return JSONResponse(
            {
                "sequence": accepted.entry.sequence,
                "ended": ["0x" + ended.order.hex() for ended in accepted.outcome.ended],
            }
        )


def _add_reads(api: FastAPI, relay: Relay, pace: AskerPace) -> None:
    refusals = describe_refusals({404: "there is none", 422: "misspelt", 429: "too fast"})

    too_fast = describe_refusals({429: "too fast"})

    @api.get("/rules", responses=too_fast)
    def read_rules() -> dict[str, Any]:
        found = relay.sequencer.venue
        fee = relay.sequencer.book.fee_bps
        return {
            **relay.rules.to_json(),
            "relay": address_of(found.relay),
            "fee_bps": fee,
            "submits": relay.submits,
            "taker_wei_per_day": relay.taker_wei_per_day,
        }

    @api.get("/series", responses=too_fast)
    def read_series() -> list[dict[str, Any]]:
        return [listing.to_json() for listing in list(relay.listings.values())]

    @api.get("/book/{series}", responses=refusals)
    async def read_book(
        request: Request,
        series: SeriesNumber,
        levels: Annotated[int, Query(ge=1, le=_MOST_LEVELS)] = 50,
    ) -> dict[str, Any]:
        pace.take(request, levels * ROWS)
        return await run_in_threadpool(relay.views.depth, int(series), levels)

    @api.get("/trades/{series}", responses=refusals)
    async def read_trades(
        request: Request, series: SeriesNumber, most: Annotated[int, Query(ge=1, le=1_000)] = 100
    ) -> list[dict[str, Any]]:
        pace.take(request, most * ROWS)
        return [trade.to_json() for trade in relay.views.trades(int(series), most)]

    @api.get("/calls/{series}", responses=refusals)
    async def read_calls(
        request: Request, series: SeriesNumber, most: Annotated[int, Query(ge=1, le=8_784)] = 24
    ) -> list[dict[str, Any]]:
        pace.take(request, most * ROWS)
        found = await run_in_threadpool(relay.views.calls, int(series), most)
        return [call.to_json() for call in found]

    @api.get("/marks/{series}", responses=refusals)
    async def read_marks(
        request: Request, series: SeriesNumber, most: Annotated[int, Query(ge=1, le=366)] = 31
    ) -> list[dict[str, Any]]:
        pace.take(request, most * DAY_HOURS * ROWS)
        found = await run_in_threadpool(relay.views.settlement_marks, int(series), most)
        return [call.to_json() for call in found]

    @api.get("/orders/{order}", responses=refusals)
    async def read_order_state(order: OrderHash) -> dict[str, Any]:
        return await run_in_threadpool(relay.views.order, bytes.fromhex(order[2:]))

    @api.get("/makers/{maker}", responses=refusals)
    async def read_maker(
        request: Request,
        maker: MakerAddress,
        first: Annotated[int, Query(ge=0, lt=1 << 63)] = 0,
        most: Annotated[int, Query(ge=1, le=_MOST_ORDERS)] = 100,
    ) -> list[dict[str, Any]]:
        raw = bytes.fromhex(maker[2:])
        pace.take(request, most * ROWS + relay.views.count_of(raw) * GONE_THROUGH)
        return await run_in_threadpool(relay.views.resting_of, raw, first, most)

    @api.get("/matches/{sequence}", responses=refusals)
    async def read_match(
        request: Request, sequence: Annotated[int, Path(ge=0, lt=1 << 63)]
    ) -> dict[str, Any]:
        pace.take(request, relay.fills_of(sequence) * LOOKED_UP)
        calls = await run_in_threadpool(relay.match_calls, sequence)
        data = ["0x" + call.data.hex() for call in calls]
        chain_id = relay.rules.chain_id
        return {"to": calls[0].to, "data": data[0], "more": data[1:], "chain_id": chain_id}

    @api.get(
        "/log",
        responses={200: {"content": {"application/x-ndjson": {}}}, **refusals},
        response_class=Response,
    )
    async def read_log(
        request: Request,
        first: Annotated[int, Query(ge=0, lt=1 << 63)] = 0,
        most: Annotated[int, Query(ge=1, le=_MOST_ENTRIES)] = 1_000,
    ) -> Response:
        pace.take(request, most * ROWS)
        lines = (json.dumps(entry.to_json()) + "\n" for entry in relay.entries(first, most))
        return StreamingResponse(lines, media_type="application/x-ndjson")


def describe_refusal(error: PargradeError) -> dict[str, Any]:
    """A refused order in a batch."""
    return {
        "status": "refused",
        "title": type(error).__name__,
        "detail": str(error)[:500],
        "hint": error.hint,
    }
