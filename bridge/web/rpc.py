"""A chain's endpoints for the page's reads: checked, bounded, without the keys in their addresses.

Only methods that read are passed on. A wallet sends what it signs by its own way.
"""

from collections.abc import Sequence
from typing import Any, Final

from pargrade.chain.endpoint.transport import Transport
from pargrade.chain.errors import ChainError, RpcDown
from pargrade.chain.json_text import parse_json

READS: Final = frozenset(
    {
        "eth_blockNumber",
        "eth_call",
        "eth_chainId",
        "eth_estimateGas",
        "eth_feeHistory",
        "eth_gasPrice",
        "eth_getBalance",
        "eth_getBlockByHash",
        "eth_getBlockByNumber",
        "eth_getCode",
        "eth_getLogs",
        "eth_getTransactionByHash",
        "eth_getTransactionCount",
        "eth_getTransactionReceipt",
        "eth_maxPriorityFeePerGas",
    }
)
MOST_REQUESTS: Final = 200
"""In one batch."""
MOST_ANSWER_BYTES: Final = 32 << 20

_TIMEOUT_S: Final = 20.0
_OK: Final = 200


class NotARead(ChainError):
    """A body that is no batch of requests to read."""

    hint = "The page passes on methods that read; a wallet sends by its own endpoint."

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"not passed on: {reason}")


class ReadGateway:
    """Endpoints of one chain, the first that answers. Safe to share between threads."""

    def __init__(self, urls: Sequence[str]) -> None:
        """The first URL is preferred. Raises RpcDown for an address of another kind."""
        self._transports = [Transport(url, _TIMEOUT_S) for url in urls]

    def forward(self, body: bytes) -> bytes:
        """The answer to one request or a batch. Raises NotARead; RpcDown when none answers."""
        _require_reads(body)
        failure: RpcDown | None = None
        for transport in self._transports:
            try:
                return self._exchange(transport, body)
            except RpcDown as down:
                failure = failure or down
        assert failure is not None
        raise failure

    def _exchange(self, transport: Transport, body: bytes) -> bytes:
        status, response = transport.exchange(body)
        if len(response) > MOST_ANSWER_BYTES:
            raise RpcDown(transport.shown, f"answered with more than {MOST_ANSWER_BYTES:,} bytes")
        # A refusal of one request is the page's to say, whatever status it came with.
        if not _is_answer(response):
            reason = "no JSON-RPC" if status == _OK else f"HTTP status {status}"
            raise RpcDown(transport.shown, reason)
        return response


def _require_reads(body: bytes) -> None:
    try:
        document = parse_json(body)
    except (ValueError, RecursionError):
        raise NotARead("no JSON") from None
    requests: list[Any] = document if isinstance(document, list) else [document]
    if not 0 < len(requests) <= MOST_REQUESTS:
        raise NotARead(f"{len(requests)} requests, at most {MOST_REQUESTS}")
    for request in requests:
        method = request.get("method") if isinstance(request, dict) else None
        if not isinstance(method, str) or method not in READS:
            raise NotARead(ascii(method)[:80])


def _is_answer(response: bytes) -> bool:
    try:
        document = parse_json(response)
    except (ValueError, RecursionError):
        return False
    first = document[0] if isinstance(document, list) and document else document
    return isinstance(first, dict) and ("error" in first or "result" in first)
