"""HTTP client for one attester's API. What comes back is decoded against its type and bounded."""

import math
import time
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from pargrade.chain.json_text import parse_json
from pargrade.chain.keys import BadSignature, Signature
from pargrade.errors import PargradeError
from pargrade.process.limited_http import PlainConnection, TlsConnection
from pargrade.process.limited_socket import ExchangeLimits
from pargrade.text import printable

MOST_BYTES: Final = 128 * 1024
MOST_SIGNATURES: Final = 256
_MOST_READS: Final = 256
_MOST_SHOWN: Final = 120


class AttesterSilent(PargradeError):
    """An attester gave no usable answer. The others are asked all the same."""

    hint = "Check that the attester runs, and its address in the route file."

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        self.reason = printable(reason, _MOST_SHOWN)
        super().__init__(f"attester {url}: {self.reason}")


@dataclass(frozen=True, slots=True)
class GivenSignature:
    """A signature as an attester gave it: not checked yet."""

    nonce: int
    signature: Signature


class AttesterClient:
    """Asks one attester. Safe to share between threads: every request has its own connection."""

    def __init__(self, url: str, timeout_s: float = 3.0) -> None:
        """`timeout_s` is for a whole exchange. Raises AttesterSilent for a bad address."""
        self.url = url
        self._timeout_s = timeout_s
        try:
            parts = urlsplit(url)
            self._port = parts.port
        except ValueError as bad:
            raise AttesterSilent(url, str(bad)) from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise AttesterSilent(url, "not an http:// or https:// address")
        self._kind = TlsConnection if parts.scheme == "https" else PlainConnection
        self._host, self._prefix = parts.hostname, parts.path.rstrip("/")

    def signatures(
        self, destination: int, epoch: int, first: int, until: float = math.inf
    ) -> list[GivenSignature]:
        """Signatures from a nonce on, at most MOST_SIGNATURES; none later than `until`.

        `until` is on the monotonic clock, in seconds. Raises AttesterSilent.
        """
        query = {"destination": destination, "epoch": epoch, "first": first}
        found = self._get(f"/signatures?{urlencode(query)}", until)
        listed = found.get("signatures")
        if not isinstance(listed, list) or len(listed) > MOST_SIGNATURES:
            raise AttesterSilent(self.url, "it sent no list of signatures")
        return [self._read(each) for each in listed]

    def _read(self, raw: Any) -> GivenSignature:
        try:
            nonce, text = raw["nonce"], raw["signature"]
            if type(nonce) is not int or not 0 <= nonce < 1 << 64 or not isinstance(text, str):
                raise TypeError
            return GivenSignature(nonce, Signature.of_compact(bytes.fromhex(text[2:])))
        except (KeyError, TypeError, ValueError, BadSignature):
            raise AttesterSilent(self.url, "it sent what is no signature") from None

    def _get(self, path: str, until: float) -> dict[str, Any]:
        deadline = min(time.monotonic() + self._timeout_s, until)
        limits = ExchangeLimits(deadline, MOST_BYTES, _MOST_READS)
        connection = self._kind(self._host, self._port)
        connection.limit(limits)
        try:
            connection.request("GET", self._prefix + path)
            response = connection.getresponse()
            body = response.read()
            if response.status != 200:
                raise AttesterSilent(self.url, f"status {response.status}")
            found = parse_json(body)
        except (OSError, HTTPException, ValueError, RecursionError) as failure:
            raise AttesterSilent(self.url, str(failure) or type(failure).__name__) from None
        finally:
            connection.close()
        if not isinstance(found, dict):
            raise AttesterSilent(self.url, "it sent no JSON object")
        return found
