"""Answers plain requests for an observation before FastAPI looks at them.

In a round every peer asks for one. With FastAPI's routing, validation and response a request takes
0.41 ms of a processor, with this 0.21 (`scripts/bench oracle`: /index beside /observation); five
nodes on two cores need the difference. FastAPI describes the path, and refuses what is no plain
request for it.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Final

from fastapi.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from oracle.node.problems import describe_refusal
from pargrade.errors import PargradeError

_PLAIN: Final = re.compile(rb"slot=([0-9]{1,12})")


class Shortcut:
    """ASGI middleware: every other request goes to the application."""

    def __init__(self, app: ASGIApp, respond: Callable[[int], Awaitable[Response]]) -> None:
        """`respond` gets the slot."""
        self._app = app
        self._respond = respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        slot = _plain_slot(scope)
        if slot is None:
            return await self._app(scope, receive, send)
        try:
            response = await self._respond(slot)
        except PargradeError as error:
            response = describe_refusal(error)
        await response(scope, receive, send)
        return None


def _plain_slot(scope: Scope) -> int | None:
    if scope["type"] != "http" or scope["path"] != "/observation" or scope["method"] != "GET":
        return None
    plain = _PLAIN.fullmatch(scope["query_string"])
    return None if plain is None else int(plain[1])
