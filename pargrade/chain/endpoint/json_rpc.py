"""JSON-RPC with one endpoint: every answer's id, version, status and shape are checked."""

import json
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, Final, TypeVar

from pargrade.chain.answers import Decoder
from pargrade.chain.endpoint.errors import BadAnswer, Malformed, RateLimited, describe_evidence
from pargrade.chain.endpoint.health import EndpointReport
from pargrade.chain.endpoint.transport import Transport
from pargrade.chain.errors import RpcDown, RpcRefused
from pargrade.chain.json_text import parse_json

T = TypeVar("T")

MOST_TOGETHER: Final = 100
"""Requests in one batch; gateways allow from 100 to 1,000."""

_OK: Final = 200
_TOO_MANY_REQUESTS: Final = 429
_SERVER_FAULT: Final = 500
_NO_CREDENTIALS: Final = (401, 403, 407)

_LIMIT_EXCEEDED: Final = (-32005, -32029, 429)
"""EIP-1474's code, and two that gateways use."""

_RATE_WORDS: Final = (
    "rate limit", "too many requests", "request rate", "request count", "requests per",
    "compute units", "quota", "throughput", "capacity", "credits", "exceeded the limit of requests",
)  # fmt: skip


class _OtherId(Exception):
    """The answer of another request."""


class _NoBatches(Exception):
    """An endpoint that answers a batch as a whole, and not its requests."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class JsonRpc:
    """One endpoint. Safe to share between threads."""

    def __init__(self, url: str, timeout: float) -> None:
        """`timeout` is in seconds, for a whole exchange. Raises RpcDown for a bad address."""
        self._transport = Transport(url, timeout)
        self._ids = count(1)
        self._takes_batches = True

    @property
    def endpoint(self) -> str:
        """The endpoint for people, without secrets."""
        return self._transport.shown

    def request(self, method: str, params: tuple[Any, ...]) -> Any:
        """The result of a method, of any type.

        Raises RpcDown and its kinds when the endpoint is at fault, RpcRefused when it answers with
        an error.
        """
        return self._with_own_ids(method, lambda: self._exchange(method, params))

    def ask(self, method: str, params: tuple[Any, ...], decode: Decoder[T]) -> T:
        """The result of a method as `decode` reads it. Raises as `request` and `decode` do."""
        return self._decode(method, self.request(method, params), decode)

    def ask_all(self, method: str, many: Sequence[tuple[Any, ...]], decode: Decoder[T]) -> list[T]:
        """The result for each of many parameters, in as few exchanges as the endpoint allows.

        Raises what `ask` raises for the first that fails. One by one where it takes no batches.
        """
        found: list[T] = []
        for start in range(0, len(many), MOST_TOGETHER):
            some = many[start : start + MOST_TOGETHER]
            for result in self._request_all(method, some):
                found.append(self._decode(method, result, decode))
        return found

    def opinions(self) -> "tuple[JsonRpc, ...]":
        """This endpoint alone; a pool has several."""
        return (self,)

    def report(self) -> tuple[EndpointReport, ...]:
        """Nothing: one endpoint alone is compared with no other."""
        return ()

    def close(self) -> None:
        """Closes this thread's connection."""
        self._transport.close()

    def _request_all(self, method: str, many: Sequence[tuple[Any, ...]]) -> list[Any]:
        if self._takes_batches and len(many) > 1:
            try:
                return self._with_own_ids(method, lambda: self._exchange_all(method, many))
            except _NoBatches as refused:
                # One that is busy or ill may take the next.
                status = refused.status
                self._takes_batches = status == _TOO_MANY_REQUESTS or status >= _SERVER_FAULT
        return [self.request(method, params) for params in many]

    def _with_own_ids(self, method: str, exchange: Callable[[], T]) -> T:
        try:
            return exchange()
        except _OtherId:
            # An answer that came twice is still in the connection: a fresh one has none.
            self._transport.close()
        try:
            return exchange()
        except _OtherId as other:
            self._transport.close()
            raise BadAnswer(self.endpoint, method, "the request's own id", str(other)) from None

    def _exchange_all(self, method: str, many: Sequence[tuple[Any, ...]]) -> list[Any]:
        numbers = [next(self._ids) for _ in many]
        requests = [_request(n, method, params) for n, params in zip(numbers, many, strict=True)]
        status, response = self._transport.exchange(_encoded(requests))
        try:
            documents = parse_json(response)
        except ValueError:
            documents = None
        if not isinstance(documents, list):
            # A refusal of the whole: what is wrong shows when they are asked one by one.
            raise _NoBatches(status)
        answers = [each for each in documents if isinstance(each, dict)]
        found = {each["id"]: each for each in answers if type(each.get("id")) is int}
        if len(documents) != len(many) or found.keys() != set(numbers):
            raise _OtherId(f"ids {describe_evidence(list(found))}")
        return [self._result(method, number, status, found[number]) for number in numbers]

    def _exchange(self, method: str, params: tuple[Any, ...]) -> Any:
        number = next(self._ids)
        status, response = self._transport.exchange(_encoded(_request(number, method, params)))
        return self._result(method, number, status, self._parsed(method, status, response))

    def _result(self, method: str, number: int, status: int, document: dict[str, Any]) -> Any:
        if document.get("error") is not None:
            raise self._refusal(method, number, document)
        if status != _OK:
            raise self._not_ok(method, status)
        if document.get("id") != number or isinstance(document.get("id"), bool):
            raise _OtherId(f"id {describe_evidence(document.get('id'))}")
        if "result" not in document or document.get("jsonrpc") != "2.0":
            raise self._bad(method, "a JSON-RPC 2.0 result", document)
        return document["result"]

    def _decode(self, method: str, result: Any, decode: Decoder[T]) -> T:
        try:
            return decode(result)
        except Malformed as bad:
            raise self._bad(method, bad.expected, result) from None

    def _parsed(self, method: str, status: int, response: bytes) -> dict[str, Any]:
        try:
            document = parse_json(response)
        except ValueError:
            if status != _OK:
                raise self._not_ok(method, status) from None
            raise self._bad(method, "JSON", response) from None
        if isinstance(document, dict):
            return document
        if status != _OK:
            raise self._not_ok(method, status)
        raise self._bad(method, "one JSON-RPC answer", document)

    def _refusal(self, method: str, number: int, document: dict[str, Any]) -> RpcDown | RpcRefused:
        error = document["error"]
        # Some endpoints leave the id out of errors about the request as a whole.
        if document.get("id") not in (number, None):
            raise _OtherId(f"id {describe_evidence(document.get('id'))}")
        if not isinstance(error, dict) or not isinstance(error.get("message", ""), str):
            return self._bad(method, "an error object", error)
        code = _code(error.get("code", 0))
        if code is None:
            return self._bad(method, "an error with a code", error)
        message: str = error.get("message") or "no reason given"
        text = self._transport.url.scrub(message)
        if _is_rate_limit(method, code, message):
            return RateLimited(self.endpoint, method, text)
        return RpcRefused(method, code, text, self._transport.url.redact(error))

    def _not_ok(self, method: str, status: int) -> RpcDown:
        if status == _TOO_MANY_REQUESTS:
            return RateLimited(self.endpoint, method, "HTTP 429")
        if status in _NO_CREDENTIALS:
            return RpcDown(self.endpoint, f"HTTP {status}: it wants other credentials")
        return RpcDown(self.endpoint, f"HTTP {status}")

    def _bad(self, method: str, expected: str, value: object) -> BadAnswer:
        evidence = self._transport.url.scrub(describe_evidence(value))
        return BadAnswer(self.endpoint, method, expected, evidence)


def _request(number: int, method: str, params: tuple[Any, ...]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def _encoded(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def _code(raw: object) -> int | None:
    """An error's code; some gateways send it as text."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and len(raw) <= 12 and raw.removeprefix("-").isdecimal():
        return int(raw)
    return None


def _is_rate_limit(method: str, code: int, message: str) -> bool:
    text = message.lower()
    if any(words in text for words in _RATE_WORDS):
        return True
    # For logs the same code means a range that is too long.
    return code in _LIMIT_EXCEEDED and method != "eth_getLogs"
