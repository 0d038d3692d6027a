"""Refusals of an API as problem documents (RFC 9457), and how its description lists them."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

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


def describe_refusals(reasons: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    """The responses of a path besides 200, for its description: status and reason."""
    content = {_MEDIA: {"schema": _SCHEMA}}
    return {
        status: {"description": reason, "content": content} for status, reason in reasons.items()
    }


def handle_errors(api: FastAPI, statuses: Mapping[type[PargradeError], int]) -> None:
    """Make every error of an API a problem document.

    `statuses` gives the HTTP status of an error's type and its kinds; every other error is 503.
    """

    @api.exception_handler(PargradeError)
    async def refuse(_: Request, error: PargradeError) -> Response:
        return refusal(error, statuses)

    @api.exception_handler(RequestValidationError)
    async def misread(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return problem(422, "BadRequest", f"{where}: {first['msg']}", "")

    @api.exception_handler(HTTPException)
    async def miss(request: Request, error: HTTPException) -> Response:
        title = "NoSuchPath" if error.status_code == 404 else "BadRequest"
        hint = "GET /openapi.json lists what there is."
        found = problem(error.status_code, title, f"{request.method} {request.url.path}", hint)
        found.headers.update(error.headers or {})
        return found


def refusal(error: PargradeError, statuses: Mapping[type[PargradeError], int]) -> Response:
    """The problem document of an error.

    Its status is that of its own type, else of the nearest type that it is a kind of, else 503.
    """
    kinds = (kind for kind in type(error).__mro__ if kind in statuses)
    status = statuses.get(next(kinds, PargradeError), 503)
    return problem(status, type(error).__name__, str(error), error.hint)


def problem(status: int, kind: str, detail: str, hint: str) -> Response:
    """One problem document. Its detail is escaped and cut."""
    shown = printable(detail, _MOST_SHOWN)
    body = {"type": "about:blank", "title": kind, "status": status, "detail": shown}
    if hint:
        body["hint"] = hint
    return JSONResponse(body, status, media_type=_MEDIA)
