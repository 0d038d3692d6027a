"""Where members' messages come in: ASGI in front of a node's API, without its routing.

GET  /protocol/challenge          40 bytes to sign
POST /protocol/session/{position} challenge and signature; a token of 32 bytes, or 403
POST /protocol/messages           a bundle with `Authorization: Bearer …`; 204, 401, 413, 422 or 429

All three are 503 while the node has never had a seat.
"""

import re
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from oracle.protocol.wire.reader import UnreadableMessage
from oracle.protocol.wire.signatory import SIGNATURE
from oracle.transport.bundle import MOST_BUNDLE_BYTES, read_bundle
from oracle.transport.inbox import Inbox
from oracle.transport.session import CHALLENGE, TOKEN, Sessions
from pargrade.process.http_guard import GuardedHttp, keep_connection, network_of

CHALLENGE_PATH: Final = "/protocol/challenge"
SESSION_PATH: Final = "/protocol/session/"
MESSAGES_PATH: Final = "/protocol/messages"

_SESSION: Final = re.compile(r"/protocol/session/(\d{1,2})")
_BEARER: Final = b"Bearer "


class MessageHttp(GuardedHttp):
    """Connections on which a bundle of messages may arrive."""

    most_request_bytes = MOST_BUNDLE_BYTES + 64 * 1024
    most_connections = 128
    most_of_address = 32


class Gate:
    """What a node lets members' messages in by; None while it takes part in no committee."""

    def __init__(self) -> None:
        self.opened: tuple[Sessions, Inbox] | None = None

    def open(self, sessions: Sessions, inbox: Inbox) -> None:
        """From now on messages of these members come in here."""
        self.opened = sessions, inbox


class MessageEntry:
    """ASGI middleware: every other request goes to the application."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not scope["path"].startswith("/protocol/"):
            return await self._app(scope, receive, send)
        method, path = scope["method"], scope["path"]
        named = _SESSION.fullmatch(path) if method == "POST" else None
        asks = (method, path) == ("GET", CHALLENGE_PATH)
        if not (named or asks or (method, path) == ("POST", MESSAGES_PATH)):
            # Evidence: whoever has it hands it out, also a node that has no seat.
            return await self._app(scope, receive, send)
        if self._gate.opened is None:
            return await _respond(send, 503)
        sessions, inbox = self._gate.opened
        if asks:
            return await _respond(send, 200, sessions.challenge())
        if named:
            body = await _read(receive, CHALLENGE + SIGNATURE)
            network = network_of(scope.get("client"))
            proof = (body[:CHALLENGE], body[CHALLENGE:]) if body else None
            token = proof and sessions.open(int(named[1]), *proof, network)
            return await _respond(send, 200 if token else 403, token or b"")
        return await _respond(send, await _take(scope, receive, sessions, inbox))


async def _take(scope: Scope, receive: Receive, sessions: Sessions, inbox: Inbox) -> int:
    """Let a bundle in. Returns the status of the response."""
    sender = sessions.sender(_token(scope))
    if sender is None:
        # Before the body is read: a stranger's is not kept.
        return 401
    keep_connection(scope, sender)
    body = await _read(receive, MOST_BUNDLE_BYTES)
    if body is None:
        return 413
    try:
        messages = read_bundle(body)
    except UnreadableMessage:
        return 422
    return 204 if inbox.put(sender, messages) else 429


def _token(scope: Scope) -> bytes:
    stated: bytes = dict(scope["headers"]).get(b"authorization", b"")
    if not stated.startswith(_BEARER) or len(stated) != len(_BEARER) + 2 * TOKEN:
        return b""
    try:
        return bytes.fromhex(stated[len(_BEARER) :].decode("ascii"))
    except ValueError:
        return b""


async def _read(receive: Receive, most: int) -> bytes | None:
    """The body of a request; None for one that is longer, or that ends early."""
    pieces: list[bytes] = []
    size = 0
    while True:
        event = await receive()
        if event["type"] != "http.request":
            return None
        piece = event.get("body", b"")
        size += len(piece)
        if size > most:
            return None
        pieces.append(piece)
        if not event.get("more_body", False):
            return b"".join(pieces)


async def _respond(send: Send, status: int, body: bytes = b"") -> None:
    headers = [(b"content-length", str(len(body)).encode())]
    if body:
        headers.append((b"content-type", b"application/octet-stream"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
