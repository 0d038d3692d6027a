"""The HTTP API of a reference signer; docs/SIGNER.md has the protocol.

GET /               whose key it is and what it signs for
POST /typed-data    the signature over an observation
POST /struct        the signature over a struct of a committee's messages
POST /transaction   a signed transaction to the index
"""

import logging
import socket
import sqlite3
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from oracle.node.signing import SigningRefused, SigningService
from pargrade.chain.json_text import parse_json
from pargrade.errors import PargradeError
from pargrade.web.problems import describe_refusals, handle_errors
from pargrade.web.server import make_server

_log: Final = logging.getLogger(__name__)

_LONGEST: Final = 60 * 1024
"""Bytes of a request's body; an observation takes 3,000."""

_REFUSALS: Final = describe_refusals(
    {
        400: "The body is not JSON.",
        409: "Refused, with the reason as `detail`.",
        413: "The body is too long.",
        503: "The signer's file cannot be written.",
    }
)
_BODY: Final = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {}}}},
}

Signing = Callable[[Any], dict[str, Any]]


class NoJsonBody(PargradeError):
    """A body that is no JSON."""

    def __init__(self) -> None:
        super().__init__("not JSON")


class TooLong(PargradeError):
    """A body that is longer than anything the signer signs."""

    def __init__(self) -> None:
        super().__init__(f"over {_LONGEST} bytes")


class FileFailed(PargradeError):
    """The signer's file cannot be written, so nothing is signed."""

    hint = "Free space on the disk of the signer's folder, and look at its rights."

    def __init__(self, failure: sqlite3.Error) -> None:
        super().__init__(str(failure))


def create_signer_api(service: SigningService) -> FastAPI:
    """The API of a signer."""
    api = FastAPI(
        title="Pargrade signer", version=version("pargrade"), docs_url=None, redoc_url=None
    )
    handle_errors(api, {SigningRefused: 409, NoJsonBody: 400, TooLong: 413, FileFailed: 503})

    @api.get("/")
    def describe() -> Response:
        return JSONResponse(service.describe())

    for path, sign in service.signings.items():
        api.post(path, responses=_REFUSALS, openapi_extra=_BODY)(_endpoint(sign))
    return api


def _endpoint(sign: Signing) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await _sign(request, sign)

    return endpoint


async def _sign(request: Request, sign: Signing) -> Response:
    """What `sign` makes of the body. Raises NoJsonBody, TooLong, SigningRefused, FileFailed."""
    body = await request.body()
    if len(body) > _LONGEST:
        raise TooLong
    try:
        stated = parse_json(body)
    except (ValueError, RecursionError):
        raise NoJsonBody from None
    try:
        return JSONResponse(await run_in_threadpool(sign, stated))
    except sqlite3.Error as failure:
        raise FileFailed(failure) from None


def serve(listening: socket.socket, service: SigningService) -> None:
    """Serve on a bound socket until interrupted."""
    host, port = listening.getsockname()[:2]
    _log.info("signs at http://%s:%d", host, port)
    make_server(create_signer_api(service)).run(sockets=[listening])
