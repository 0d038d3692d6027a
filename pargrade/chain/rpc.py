"""A chain, through one JSON-RPC endpoint."""

from collections.abc import Iterable
from itertools import count
from typing import Any, Self, TypeVar

from pargrade.chain.block import At, BlockStamp, Tag, block_parameter, show_block
from pargrade.chain.call import Call
from pargrade.chain.errors import NoContract, RpcDown, RpcRefused, UnknownBlock, WrongChain
from pargrade.chain.hashing import Address
from pargrade.chain.log import Log
from pargrade.chain.reverts import decode_revert
from pargrade.chain.transport import Transport

T = TypeVar("T")

_MISSING_BLOCK = ("blockoutofrange", "header not found", "unknown block", "block not found",
                  "resource not found")  # fmt: skip


class Chain:
    """Reads of one chain. Safe to share between threads; every failure is one ChainError."""

    def __init__(self, transport: Transport, chain_id: int) -> None:
        self.endpoint = transport.shown
        self.chain_id = chain_id
        self._transport = transport
        self._ids = count(1)

    @classmethod
    def connect(cls, url: str, *, expected: int | None = None, timeout: float = 10.0) -> Self:
        """The chain at `url`. Raises RpcDown, or WrongChain when it is not the `expected` one."""
        transport = Transport(url, timeout)
        chain = cls(transport, 0)
        chain.chain_id = int(chain.request("eth_chainId"), 16)
        if expected is not None and chain.chain_id != expected:
            raise WrongChain(chain.endpoint, expected, chain.chain_id)
        return chain

    def request(self, method: str, *params: Any) -> Any:
        """The result of any JSON-RPC method. Raises RpcDown or RpcRefused."""
        result, error = self._exchange(method, params)
        if error is not None:
            raise _refusal(method, error)
        return result

    def call(self, call: Call[T], *, block: At, sender: Address | None = None) -> T:
        """What the call would return in the state `at`, changing nothing.

        Raises the contract's own error when it refuses, NoContract, UnknownBlock.
        """
        data = self._execute("eth_call", call, block, sender)
        return self.result_of(call, bytes.fromhex(data[2:]))

    def estimate(self, call: Call[Any], *, sender: Address, block: At = Tag.PENDING) -> int:
        """Gas the call needs, in gas units; refusals are raised as by `call`."""
        return int(self._execute("eth_estimateGas", call, block, sender), 16)

    def result_of(self, call: Call[T], data: bytes) -> T:
        """Typed result of returned bytes. Raises NoContract, BadEncoding."""
        if call.result is None:
            return None  # type: ignore[return-value]  # T is None where nothing is returned
        if not data and call.to is not None:
            raise NoContract(call.to, call.label)
        return call.result.decode(data)

    def block(self, block: At) -> BlockStamp:
        """The block at a height, of a tag or of a stamp. Raises UnknownBlock."""
        if isinstance(block, BlockStamp):
            raw = self.request("eth_getBlockByHash", "0x" + block.hash.hex(), False)
        else:
            raw = self.request("eth_getBlockByNumber", block_parameter(block), False)
        if raw is None:
            raise UnknownBlock(show_block(block))
        return BlockStamp.of(raw)

    def head(self) -> BlockStamp:
        """The newest block, for pinning a set of reads to."""
        return self.block(Tag.LATEST)

    def logs(
        self,
        addresses: Iterable[Address],
        *,
        first: int,
        last: int,
        topics: tuple[tuple[bytes, ...], ...] = (),
    ) -> list[Log]:
        """Logs of these contracts in blocks first to last, both included, in chain order.

        `topics[i]` lists what topic i may be; an empty tuple leaves it open.
        """
        wanted = [["0x" + topic.hex() for topic in options] or None for options in topics]
        raw = self.request(
            "eth_getLogs",
            {
                "address": list(addresses),
                "fromBlock": hex(first),
                "toBlock": hex(last),
                "topics": wanted,
            },
        )
        return [Log.of(entry) for entry in raw]

    def balance(self, account: Address, *, block: At) -> int:
        """Native coin of an account, wei."""
        return int(self._state("eth_getBalance", account, block), 16)

    def nonce(self, account: Address, *, block: At) -> int:
        """Transactions an account has sent."""
        return int(self._state("eth_getTransactionCount", account, block), 16)

    def code(self, address: Address, *, block: At) -> bytes:
        """Code at an address; empty when there is none."""
        return bytes.fromhex(self._state("eth_getCode", address, block)[2:])

    def close(self) -> None:
        """Closes this thread's connection."""
        self._transport.close()

    def _execute(self, method: str, call: Call[Any], block: At, sender: Address | None) -> str:
        message = {"data": "0x" + call.data.hex()}
        if call.to is not None:
            message["to"] = call.to
        if sender is not None:
            message["from"] = sender
        if call.value:
            message["value"] = hex(call.value)
        result, error = self._exchange(method, (message, block_parameter(block)))
        if error is None:
            return str(result)
        revert = _revert_data(error)
        if revert is not None:
            raise decode_revert(revert, call.errors, call.label)
        raise _refusal(method, error, block)

    def _state(self, method: str, account: Address, block: At) -> str:
        result, error = self._exchange(method, (account, block_parameter(block)))
        if error is not None:
            raise _refusal(method, error, block)
        return str(result)

    def _exchange(self, method: str, params: Iterable[Any]) -> tuple[Any, dict[str, Any] | None]:
        request = {"jsonrpc": "2.0", "id": next(self._ids), "method": method}
        response = self._transport.exchange(request | {"params": list(params)})
        if isinstance(response, dict):
            if isinstance(response.get("error"), dict):
                return None, response["error"]
            if "result" in response:
                return response["result"], None
        raise RpcDown(self.endpoint, "what answered does not speak JSON-RPC")


def _revert_data(error: dict[str, Any]) -> bytes | None:
    """What a contract gave back, when the error is a contract's and not the endpoint's."""
    data = error.get("data")
    if isinstance(data, str) and data.startswith("0x"):
        return bytes.fromhex(data[2:])
    return b"" if "revert" in str(error.get("message", "")).lower() else None


def _refusal(
    method: str, error: dict[str, Any], block: At | None = None
) -> RpcRefused | UnknownBlock:
    reason = str(error.get("message", "no reason given"))
    if block is not None and any(sign in reason.lower() for sign in _MISSING_BLOCK):
        return UnknownBlock(show_block(block))
    return RpcRefused(method, int(error.get("code", 0)), reason)
