"""The HTTP API of a relay. Refusals are problem documents (RFC 9457).

POST /orders                 1 to 100 signed orders or rolls; a result for each
POST /cancel                 a maker's signed request
GET  /rules                  for whom to sign, and what is taken
GET  /series                 what can be traded
GET  /book/SERIES            price and lots of the best levels
GET  /trades/SERIES          the newest trades
GET  /orders/HASH            where an order stands, with its receipt
GET  /makers/ADDRESS         a maker's resting orders
GET  /matches/SEQUENCE       the transaction that fills a match
GET  /log                    entries, a JSON object a line: what `relay audit` reads
GET  /health                 200 when the log can be written and the chain is followed

An order's hash is its idempotency key: sent again, it gets the receipt that it got.
"""

import json
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Annotated, Any, Final

from fastapi import FastAPI, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic_core import from_json

from bridge.orders.book.entry import TimeInForce
from bridge.orders.relay.admission import Admitted, OrderSubmission
from bridge.orders.relay.openapi import CANCEL_BODY, ORDERS_BODY
from bridge.orders.relay.rates import Rates, TooFast
from bridge.orders.relay.relay import NoSuchOrder, Relay
from bridge.orders.relay.settlement import NoSuchMatch
from bridge.orders.signed.cancel_request import CancelRequest
from bridge.orders.signed.json_form import read_account, read_order, read_roll, read_uint
from bridge.orders.signed.refusals import (
    BadForm,
    ForeignSeries,
    OrderRefused,
    OtherVenue,
)
from pargrade.chain.hashing import address_of
from pargrade.errors import PargradeError
from pargrade.process.http_guard import GuardedHttp
from pargrade.web.problems import describe_refusals, handle_errors

MOST_ORDERS: Final = 100
_MOST_LEVELS: Final = 500
_MOST_ENTRIES: Final = 5_000
_RULES: Final = {"GTC": TimeInForce.REST, "IOC": TimeInForce.IOC, "POST": TimeInForce.POST_ONLY}
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


def create_api(relay: Relay, rates: Rates, health: Callable[[], list[str]]) -> FastAPI:
    """The API of a relay. `health` returns what is wrong now."""
    api = FastAPI(
        title="Pargrade relay", version=version("pargrade"), docs_url=None, redoc_url=None
    )
    handle_errors(api, _STATUSES)
    _add_writes(api, relay, rates)
    _add_reads(api, relay, rates)

    @api.get("/health", responses={503: {"description": "The same, with at least one problem."}})
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

    return api


def _add_writes(api: FastAPI, relay: Relay, rates: Rates) -> None:
    @api.post(
        "/orders",
        openapi_extra={"requestBody": ORDERS_BODY},
        responses=describe_refusals({422: "no batch of orders", 429: "too fast"}),
    )
    async def post_orders(request: Request) -> Response:
        raw = read_body(await request.body())
        submissions = read_submissions(raw, relay)
        rates.take(_asker(request), len(submissions))
        results = await run_in_threadpool(relay.place, submissions)
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
        rates.take(_asker(request))
        asked = CancelRequest.from_json(read_body(await request.body()))
        accepted = await run_in_threadpool(relay.cancel, asked)
        return JSONResponse(
            {
                "sequence": accepted.entry.sequence,
                "ended": ["0x" + ended.order.hex() for ended in accepted.outcome.ended],
            }
        )


def _add_reads(api: FastAPI, relay: Relay, rates: Rates) -> None:
    refusals = describe_refusals({404: "there is none", 422: "misspelt", 429: "too fast"})

    @api.get("/rules")
    def read_rules() -> dict[str, Any]:
        found = relay.sequencer.venue
        fee = relay.sequencer.book.fee_bps
        return {**relay.rules.to_json(), "relay": address_of(found.relay), "fee_bps": fee}

    @api.get("/series")
    def read_series() -> list[dict[str, Any]]:
        return [listing.to_json() for listing in list(relay.listings.values())]

    @api.get("/book/{series}", responses=refusals)
    async def read_book(
        request: Request,
        series: SeriesNumber,
        levels: Annotated[int, Query(ge=1, le=_MOST_LEVELS)] = 50,
    ) -> dict[str, Any]:
        rates.take(_asker(request))
        return await run_in_threadpool(relay.depth, int(series), levels)

    @api.get("/trades/{series}", responses=refusals)
    async def read_trades(
        request: Request, series: SeriesNumber, most: Annotated[int, Query(ge=1, le=1_000)] = 100
    ) -> list[dict[str, Any]]:
        rates.take(_asker(request))
        return [trade.to_json() for trade in relay.trades(int(series), most)]

    @api.get("/orders/{order}", responses=refusals)
    async def read_order_state(request: Request, order: OrderHash) -> dict[str, Any]:
        rates.take(_asker(request))
        return await run_in_threadpool(relay.order, bytes.fromhex(order[2:]))

    @api.get("/makers/{maker}", responses=refusals)
    async def read_maker(request: Request, maker: MakerAddress) -> list[dict[str, Any]]:
        rates.take(_asker(request))
        return await run_in_threadpool(relay.resting_of, bytes.fromhex(maker[2:]))

    @api.get("/matches/{sequence}", responses=refusals)
    async def read_match(
        request: Request, sequence: Annotated[int, Path(ge=0, lt=1 << 63)]
    ) -> dict[str, Any]:
        rates.take(_asker(request))
        call = await run_in_threadpool(relay.match_call, sequence)
        return {"to": call.to, "data": "0x" + call.data.hex(), "chain_id": relay.rules.chain_id}

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
        rates.take(_asker(request), 1 + most / 100)
        lines = (json.dumps(entry.to_json()) + "\n" for entry in relay.entries(first, most))
        return StreamingResponse(lines, media_type="application/x-ndjson")


def read_body(body: bytes) -> Any:
    """A JSON document. Raises BadForm."""
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError:
        raise BadForm("the body", "JSON") from None


def read_submissions(raw: Any, relay: Relay) -> list[OrderSubmission | OrderRefused]:
    """Orders of a batch; each that is malformed is refused alone. Raises BadForm, OtherVenue."""
    if not isinstance(raw, dict) or raw.keys() != {"chain_id", "exchange", "orders"}:
        raise BadForm("the body", "an object of chain_id, exchange and orders")
    chain_id = read_uint(raw["chain_id"], 64, "chain_id")
    exchange = address_of(read_account(raw["exchange"], "exchange"))
    if (chain_id, exchange) != (relay.rules.chain_id, relay.rules.exchange):
        raise OtherVenue(chain_id, exchange)
    orders = raw["orders"]
    if not isinstance(orders, list) or not 1 <= len(orders) <= MOST_ORDERS:
        raise BadForm("orders", f"a list of 1 to {MOST_ORDERS}")
    found: list[OrderSubmission | OrderRefused] = []
    for place, each in enumerate(orders):
        try:
            found.append(_read_submission(each, f"orders[{place}]"))
        except OrderRefused as refused:
            found.append(refused)
    return found


def _read_submission(raw: Any, place: str) -> OrderSubmission:
    if not isinstance(raw, dict) or not raw.keys() <= {"order", "roll", "signature", "rule"}:
        raise BadForm(place, "an object of order or roll, signature, and perhaps rule")
    rule = raw.get("rule", "GTC")
    if not isinstance(rule, str) or rule not in _RULES:
        raise BadForm(f"{place}.rule", "GTC, IOC or POST")
    signature = raw.get("signature")
    if "roll" in raw and "order" not in raw:
        return OrderSubmission(read_roll(raw["roll"], signature, f"{place}.roll"), _RULES[rule])
    return OrderSubmission(read_order(raw.get("order"), signature, f"{place}.order"), _RULES[rule])


def describe_refusal(error: PargradeError) -> dict[str, Any]:
    """A refused order in a batch."""
    return {
        "status": "refused",
        "title": type(error).__name__,
        "detail": str(error)[:500],
        "hint": error.hint,
    }


def _asker(request: Request) -> str:
    return request.client.host if request.client else "?"
