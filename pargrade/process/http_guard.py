"""An HTTP server's side of a connection that gives half requests no more than their time.

uvicorn limits neither how long a request may take to arrive nor how long its headers may be, so a
few thousand connections that each sent half a request take all file descriptors for ever. Nor does
it choose whose connection ends when there are too many: a stranger who keeps all places in use
would keep everyone else out.
"""

from asyncio import TimerHandle, Transport
from collections.abc import Hashable, Mapping
from ipaddress import IPv6Address, ip_address
from itertools import count
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

REQUEST_S: Final = 10.0
"""A whole request arrives within so many seconds of the connection or of its first byte."""

RESPONSE_S: Final = 30.0
"""A whole response is read within so many seconds of the request."""

MOST_REQUEST_BYTES: Final = 64 * 1024
"""Of a request that is not complete."""

MOST_CONNECTIONS: Final = 256
"""One more ends the one that has waited longest for a request or for the rest of one."""

MOST_OF_ADDRESS: Final = 64
"""Of one IPv4 address or one IPv6 network of 64 bits, known connections not counted.

Loopback has no limit: a proxy on this machine has all its clients' connections.
"""

KNOWN_IDLE_S: Final = 900.0
"""A known connection is kept so long between two requests."""

MOST_OF_KNOWN: Final = 4
"""Connections of one who is known that are kept: a program that was started anew has two."""

_EXTENSION: Final = "pargrade.known"
_TURNS: Final = count(1)


class GuardedHttp(HttpToolsProtocol):
    """Pass it to uvicorn as `http`."""

    request_s = REQUEST_S
    response_s = RESPONSE_S
    most_connections = MOST_CONNECTIONS
    most_of_address = MOST_OF_ADDRESS
    limits_loopback = False
    most_request_bytes = MOST_REQUEST_BYTES

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._ends_at = 0.0
        """Loop time at which what is expected now is late; 0 for nothing."""
        self._timer: TimerHandle | None = None
        self._half_since = 0.0
        """Loop time at which the request began that is not complete; 0 for none."""
        self._half_bytes = 0
        self._waits_since = 0
        """Grows with every connection that begins to wait for its other side; 0 while it serves."""
        self._owner: Hashable = None
        """Who is known to be at the other side; None for strangers."""
        self._network = ""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Takes the connection, and makes room when there are too many."""
        super().connection_made(transport)
        self._expect_request()
        self._network = network_of(self.client)
        open_now = self._all()
        strangers = [each for each in open_now if each._owner is None]
        limited = self.limits_loopback or self._network not in LOOPBACK
        alike = [each for each in strangers if each._network == self._network]
        if limited and len(alike) > self.most_of_address:
            self._end_one_of(alike)
        elif len(open_now) > self.most_connections:
            self._end_one_of(strangers)

    def data_received(self, data: bytes) -> None:
        """Takes some bytes of a request."""
        if not self._half_since:
            self._expect_request()
        self._half_bytes += len(data)
        if self._half_bytes > self.most_request_bytes:
            self._give_up()
        elif not self.transport.is_closing():
            super().data_received(data)

    def on_message_begin(self) -> None:
        """A request begins: the application may say who sent it, by `keep_connection`."""
        super().on_message_begin()
        self.scope["extensions"] = {_EXTENSION: {"keep": self.keep}}

    def keep(self, owner: Hashable) -> None:
        """From now on no stranger's connection ends this one: its owner is known.

        Of one owner some are kept, so that whoever is known cannot take all places either.
        """
        if self._owner == owner:
            return
        self._owner, self.timeout_keep_alive = owner, int(KNOWN_IDLE_S)
        theirs = [each for each in self._all() if each._owner == owner]
        if len(theirs) > MOST_OF_KNOWN:
            oldest = min(theirs, key=lambda each: (each is self, each._waits_since))
            oldest._owner, oldest.timeout_keep_alive = None, self.config.timeout_keep_alive

    def on_message_complete(self) -> None:
        """The request is whole: now its response has its time."""
        super().on_message_complete()
        self._half_since, self._half_bytes = 0.0, 0
        self._waits_since = 0
        self._start_timer(self.response_s)

    def on_response_complete(self) -> None:
        """The response is written; the other side may not have read it yet."""
        super().on_response_complete()
        if not self._half_since and self.cycle.response_complete:
            self._waits_since = next(_TURNS)
        self._start_timer(self.response_s)
        self._stop_when_read()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        self._ends_at = 0.0
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def _all(self) -> list["GuardedHttp"]:
        found = (each for each in self.connections if isinstance(each, GuardedHttp))
        return [each for each in found if not each.transport.is_closing()]

    def _end_one_of(self, connections: list["GuardedHttp"]) -> None:
        """The one that has waited longest; this one where all others are being served."""
        waiting = [each for each in connections if each._waits_since]
        min(waiting, key=lambda each: each._waits_since, default=self)._give_up()

    def _expect_request(self) -> None:
        self._half_since, self._half_bytes = self.loop.time(), 0
        self._waits_since = next(_TURNS)
        self._start_timer(self.request_s)

    def _start_timer(self, seconds: float) -> None:
        # A timer that rings too early looks again: one a connection, instead of three a request.
        self._ends_at = self.loop.time() + seconds
        if self._timer is not None and self._timer.when() > self._ends_at:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self.loop.call_at(self._ends_at, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._stop_when_read()
        if self._ends_at > self.loop.time():
            self._timer = self.loop.call_at(self._ends_at, self._ring)
        elif self._ends_at:
            self._give_up()

    def _stop_when_read(self) -> None:
        is_idle = not self._half_since and self.cycle is not None and self.cycle.response_complete
        if is_idle and not self.transport.get_write_buffer_size():
            self._ends_at = 0.0

    def _give_up(self) -> None:
        self._ends_at = 0.0
        self._half_since, self._waits_since = 0.0, 0
        # Not closed: that would wait until the other side has read what is left.
        self.transport.abort()


def keep_connection(scope: Mapping[str, Any], owner: Hashable) -> None:
    """Say who sent an ASGI request: see `GuardedHttp.keep`. Nothing on another server."""
    known = (scope.get("extensions") or {}).get(_EXTENSION)
    if known is not None:
        known["keep"](owner)


LOOPBACK: Final = frozenset(("127.0.0.1", "::1", ""))
"""Also of a connection that has no address."""


def network_of(client: tuple[str, int] | None) -> str:
    """What an address is counted by: itself, or the first 64 bits of an IPv6 address."""
    if client is None:
        return ""
    try:
        address = ip_address(client[0])
    except ValueError:
        return ""
    if not isinstance(address, IPv6Address):
        return "127.0.0.1" if address.is_loopback else str(address)
    if address.ipv4_mapped is not None:
        return network_of((str(address.ipv4_mapped), 0))
    return str(address) if address.is_loopback else address.packed[:8].hex()
