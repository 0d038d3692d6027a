"""The HTTP API of an attester. Refusals are problem documents (RFC 9457).

GET /               who attests, which route, since when
GET /signatures     signatures over messages to a chain, by rising nonce
GET /refused        open messages that it does not sign, and why
GET /health         200 while it attests; else 503 with the problems
GET /metrics        figures for Prometheus

Signatures are public: a contract counts them whoever brings them.
"""

from importlib.metadata import version
from typing import Annotated, Any, Final, Protocol

from fastapi import FastAPI, Query
from fastapi.responses import JSONResponse, Response

from bridge.gate.attester.attester import Attester
from bridge.gate.health.api import add_metrics
from bridge.gate.health.looks import Looks
from pargrade.web.problems import describe_refusals, handle_errors

MOST_SIGNATURES: Final = 256
"""In one response: some 60 kB."""

_U64: Final = (1 << 63) - 1


class Standing(Protocol):
    """What the API needs to know of the running service."""

    attester: Attester
    floor: int
    looks: Looks

    def problems(self) -> list[str]:
        """What is wrong now."""


def create_api(service: Standing) -> FastAPI:
    """The API of an attester."""
    api = FastAPI(
        title="Pargrade attester", version=version("pargrade"), docs_url=None, redoc_url=None
    )
    handle_errors(api, {})
    add_metrics(api, service.looks)
    attester = service.attester

    @api.get("/")
    def describe() -> dict[str, Any]:
        route = attester.route
        return {
            "attester": attester.signer.address,
            "route": "0x" + route.id.hex(),
            "home": {"chain": route.home.chain, "gate": route.home.gate},
            "remote": {"chain": route.remote.chain, "gate": route.remote.gate},
            "signs_after": service.floor,
            "cap": None if attester.cap is None else str(attester.cap),
            "version": version("pargrade"),
        }

    @api.get("/signatures", responses=describe_refusals({422: "misspelt", 503: "no journal"}))
    def read_signatures(
        destination: Annotated[int, Query(ge=1, le=_U64)],
        epoch: Annotated[int, Query(ge=1, lt=1 << 32)],
        first: Annotated[int, Query(ge=0, le=_U64)] = 0,
        most: Annotated[int, Query(ge=1, le=MOST_SIGNATURES)] = MOST_SIGNATURES,
    ) -> dict[str, Any]:
        found = attester.journal.page(destination, epoch, first, most)
        return {
            "signatures": [
                {
                    "nonce": each.place.nonce,
                    "digest": "0x" + each.digest.hex(),
                    "signature": "0x" + each.signature.compact.hex(),
                }
                for each in found
            ]
        }

    @api.get("/refused")
    def read_refused() -> list[dict[str, Any]]:
        return [
            {
                "destination": each.destination,
                "nonce": each.nonce,
                "reason": each.reason.value,
                "detail": each.detail,
            }
            for each in list(attester.refused.values())
        ]

    @api.get("/health", responses={503: {"description": "The same, with at least one problem."}})
    def read_health() -> Response:
        problems = service.problems()
        heads = {"home": attester.home.head, "remote": attester.remote.head}
        facts = {
            "ok": not problems,
            "problems": problems,
            "version": version("pargrade"),
            "read": {end: None if head is None else head.number for end, head in heads.items()},
        }
        return JSONResponse(facts, 503 if problems else 200)

    return api
