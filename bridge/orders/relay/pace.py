"""The pace of who asks over HTTP: every request takes a token, and what is much work takes more.

a request of any path                 1
an order of a batch                   1 in place of the request's
a hundred rows that an answer has     1
a thousand orders gone through        1
four fills of a match looked up       1
"""

from typing import Final

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from bridge.orders.relay.askers import FORWARDED, Askers
from bridge.orders.relay.rates import Rates, TooFast
from pargrade.web.problems import refusal

ROWS: Final = 1 / 100
GONE_THROUGH: Final = 1 / 1_000
LOOKED_UP: Final = 1 / 4
"""Tokens for one."""


class AskerPace:
    """Counts what is asked for who asks."""

    def __init__(self, rates: Rates, askers: Askers) -> None:
        self._rates = rates
        self._askers = askers

    def take(self, request: Request, tokens: float) -> str:
        """Takes tokens of an asker. Returns who it is. Raises TooFast."""
        peer = request.client.host if request.client else ""
        asker = self._askers.name(peer, request.headers.getlist(FORWARDED))
        self._rates.take(asker, tokens)
        return asker


class PacedRequests:
    """Around an API: takes a token for each request, whatever it asks for, or refuses it."""

    def __init__(self, app: ASGIApp, pace: AskerPace) -> None:
        self._app = app
        self._pace = pace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] == "http":
            try:
                self._pace.take(Request(scope), 1)
            except TooFast as refused:
                await refusal(refused, {TooFast: 429})(scope, receive, send)
                return
        await self._app(scope, receive, send)
