"""The HTTP API of an attester's signer; docs/SIGNER.md has the protocol.

GET /               whose key it is and what it signs for
POST /typed-data    the signature over a transfer
"""

import sqlite3
from importlib.metadata import version
from typing import Final

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from bridge.gate.signer.service import MessageSigner
from bridge.gate.signer.store import NotSigned
from pargrade.chain.json_text import parse_json
from pargrade.errors import PargradeError
from pargrade.web.problems import describe_refusals, handle_errors

_LONGEST: Final = 16 * 1024
"""Bytes of a request's body; a transfer takes 1,500."""

_REFUSALS: Final = describe_refusals(
    {
        400: "The body is not JSON, or too long.",
        409: "Refused, with the reason as `detail`.",
        503: "The signer's file cannot be written.",
    }
)
_BODY: Final = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {}}}},
}


class BadBody(PargradeError):
    """A body that is no JSON, or longer than anything the signer signs."""


class SignerFileFailed(PargradeError):
    """The signer's file cannot be written, so nothing is signed."""

    hint = "Free space on the disk of the signer's folder, and look at its rights."


def create_signer_api(signer: MessageSigner) -> FastAPI:
    """The API of a signer."""
    api = FastAPI(
        title="Pargrade attester's signer",
        version=version("pargrade"),
        docs_url=None,
        redoc_url=None,
    )
    handle_errors(api, {NotSigned: 409, BadBody: 400, SignerFileFailed: 503})

    @api.get("/")
    def describe() -> Response:
        return JSONResponse(signer.describe())

    @api.post("/typed-data", responses=_REFUSALS, openapi_extra=_BODY)
    async def typed_data(request: Request) -> Response:
        body = await request.body()
        if len(body) > _LONGEST:
            raise BadBody(f"over {_LONGEST} bytes")
        try:
            stated = parse_json(body)
        except (ValueError, RecursionError):
            raise BadBody("not JSON") from None
        try:
            return JSONResponse(await run_in_threadpool(signer.sign_transfer, stated))
        except sqlite3.Error as failure:
            raise SignerFileFailed(str(failure)) from None

    return api
