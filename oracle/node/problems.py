"""Refusals of the API as problem documents (RFC 9457), and how its description lists them."""

from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from oracle.consensus.slot import SlotAhead, SlotExpired, SlotOffGrid
from oracle.node.reporter import NothingToReport, NotReporter, SlotWithheld, WrongMethod
from pargrade.errors import PargradeError
from pargrade.text import printable

_MEDIA: Final = "application/problem+json"

_MOST_SHOWN: Final = 500
"""Characters of a refusal's detail: some of it may be an endpoint's or the asker's own text."""

_SCHEMA: Final = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string", "description": "name of the refusal"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "hint": {"type": "string", "description": "what to do next"},
    },
}

_REASONS: Final = {
    400: "The slot is not on the grid.",
    403: "The node is not a reporter, or has another method.",
    404: "There is nothing of this name, or nothing to report.",
    409: "The chain has not reached the slot.",
    410: "The slot has expired, or this key may have signed for it before.",
    422: "The request cannot be read.",
    503: "The chain, the journal or the archive cannot be used now.",
}


class NoEvidence(PargradeError):
    """No observation of this node has this root."""

    hint = "Take the evidence_root of an observation that this node signed."

    def __init__(self, root: str) -> None:
        self.root = root
        super().__init__(f"no evidence with root {printable(root, 80)}")


class NoIndex(PargradeError):
    """Nothing has been computed since the node started."""

    hint = "Ask again."

    def __init__(self) -> None:
        super().__init__("nothing has been computed yet")


_STATUS: Final[dict[type[PargradeError], int]] = {
    SlotOffGrid: 400,
    SlotAhead: 409,
    SlotExpired: 410,
    SlotWithheld: 410,
    NothingToReport: 404,
    NoEvidence: 404,
    NoIndex: 404,
    NotReporter: 403,
    WrongMethod: 403,
}
"""HTTP status of each refusal; every other error is of this node or the chain: 503."""


def describe_refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The responses of a path besides 200, for its description."""
    content = {_MEDIA: {"schema": _SCHEMA}}
    return {status: {"description": _REASONS[status], "content": content} for status in statuses}


def handle_errors(api: FastAPI) -> None:
    """Make every error of an API a problem document."""

    @api.exception_handler(PargradeError)
    async def refuse(_: Request, error: PargradeError) -> Response:
        status = _STATUS.get(type(error), 503)
        return _problem(status, type(error).__name__, str(error), error.hint)

    @api.exception_handler(RequestValidationError)
    async def misread(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return _problem(422, "BadRequest", f"{where}: {first['msg']}", "")

    @api.exception_handler(HTTPException)
    async def miss(request: Request, error: HTTPException) -> Response:
        title = "NoSuchPath" if error.status_code == 404 else "BadRequest"
        hint = "GET /openapi.json lists what there is."
        found = _problem(error.status_code, title, f"{request.method} {request.url.path}", hint)
        found.headers.update(error.headers or {})
        return found


def _problem(status: int, kind: str, detail: str, hint: str) -> Response:
    shown = printable(detail, _MOST_SHOWN)
    body = {"type": "about:blank", "title": kind, "status": status, "detail": shown}
    if hint:
        body["hint"] = hint
    return JSONResponse(body, status, media_type=_MEDIA)
