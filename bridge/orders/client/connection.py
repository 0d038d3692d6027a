"""A connection to a relay: JSON there and back, each exchange bounded in time, bytes and reads."""

import json
import time
from collections.abc import Callable
from http.client import HTTPException
from typing import Any, Final

from pargrade.chain.endpoint.transport import HttpConnection
from pargrade.chain.endpoint.url import EndpointUrl
from pargrade.chain.errors import RpcDown
from pargrade.chain.json_text import parse_json
from pargrade.errors import PargradeError
from pargrade.process.limited_socket import ExchangeLimits, ExchangeRefused

EXCHANGE_S: Final = 15.0
"""For a whole exchange, connecting and the last byte included."""
_MOST_BYTES: Final = 4 << 20
_LEAST_PIECE: Final = 256
_MOST_READS: Final = _MOST_BYTES // _LEAST_PIECE
"""Pieces a response may come in: the longest has 3,000 packets."""


class RelayDown(PargradeError):
    """A relay that does not respond, or not as a relay."""

    hint = "Check the relay's URL, and that `pargrade relay run` runs there."

    def __init__(self, url: str, why: str) -> None:
        self.url = url
        self.why = why
        super().__init__(f"relay {url}: {why}")


class RelayConnection:
    """A way to one relay, kept open between exchanges. For one thread at a time."""

    def __init__(
        self, url: str, timeout_s: float = EXCHANGE_S, permit: Callable[[], None] = lambda: None
    ) -> None:
        """Nothing is opened yet. `permit` is called before each exchange; what it raises ends it.

        Raises RelayDown for what is no http:// or https:// address.
        """
        try:
            where = EndpointUrl.parse(url, ("http", "https"))
        except RpcDown as bad:
            # It shows of the address what cannot be a secret.
            raise RelayDown(bad.endpoint, "not an http:// or https:// address") from None
        self.shown = where.shown
        """The address for people, without what may be a secret in it."""
        self._where = where
        self._prefix = where.path.rstrip("/")
        self._timeout_s = timeout_s
        self._permit = permit
        self._connection = HttpConnection(where)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and JSON document of the response. Raises RelayDown.

        What is posted may arrive twice: a relay knows an order by its hash.
        """
        limits = ExchangeLimits(time.monotonic() + self._timeout_s, _MOST_BYTES, _MOST_READS)
        sent = None if body is None else json.dumps(body).encode()
        status, content = self._exchange(method, path, sent, limits)
        try:
            return status, parse_json(content)
        except ValueError:
            raise RelayDown(self.shown, f"{path} is no JSON, status {status}") from None

    def fetch(self, path: str, most_bytes: int) -> tuple[int, bytes]:
        """Status and body of the response, whatever it is made of. Raises RelayDown."""
        deadline, reads = time.monotonic() + self._timeout_s, most_bytes // _LEAST_PIECE
        return self._exchange("GET", path, None, ExchangeLimits(deadline, most_bytes, reads))

    def close(self) -> None:
        """Closes it; the next exchange opens it again."""
        self._connection.close()

    def _exchange(
        self, method: str, path: str, body: bytes | None, limits: ExchangeLimits
    ) -> tuple[int, bytes]:
        """Raises RelayDown, whatever happened on the way."""
        try:
            return self._try_twice(method, self._prefix + path, body, limits)
        except TimeoutError:
            self.close()
            raise RelayDown(self.shown, f"no complete answer in {self._timeout_s:g} s") from None
        except (OSError, HTTPException, ValueError) as failure:
            self.close()
            why = self._where.scrub(str(failure)) or type(failure).__name__
            raise RelayDown(self.shown, why) from None

    def _try_twice(
        self, method: str, path: str, body: bytes | None, limits: ExchangeLimits
    ) -> tuple[int, bytes]:
        self._permit()
        kept = self._connection.is_open
        try:
            return self._connection.send(method, path, body, limits)
        except ExchangeRefused:
            raise
        except (ConnectionError, HTTPException):
            # A server may close an idle connection at any time: once more, on a new one.
            if not kept:
                raise
        self.close()
        return self._connection.send(method, path, body, limits)
