"""HTTP connections of http.client on which each whole exchange is limited."""

from http.client import HTTPConnection, HTTPSConnection
from typing import Any

from pargrade.process.limited_socket import ExchangeLimits, LimitedSocket


class _Limited:
    """Mixed in before http.client's classes."""

    limits: ExchangeLimits
    sock: Any
    timeout: Any

    def connect(self) -> None:
        self.timeout = self.limits.time_left()
        super().connect()  # type: ignore[misc]  # of the class that this is mixed into
        self.sock = LimitedSocket(self.sock, self.limits)

    def limit(self, limits: ExchangeLimits) -> None:
        """Limits the next exchange, with connecting where it is needed."""
        self.limits = limits
        if self.sock is not None:
            self.sock.limits = limits


class PlainConnection(_Limited, HTTPConnection):
    """For http:// addresses."""


class TlsConnection(_Limited, HTTPSConnection):
    """For https:// addresses."""
