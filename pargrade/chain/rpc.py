"""A chain, through one JSON-RPC endpoint or several."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Final, Protocol, Self, TypeVar

from pargrade.chain.answers import (
    Decoder,
    read_anything,
    read_data,
    read_hash,
    read_object,
    read_optional,
    read_quantity,
)
from pargrade.chain.block import At, BlockStamp, Tag, block_parameter, describe_block
from pargrade.chain.call import Call
from pargrade.chain.endpoint.errors import BadAnswer, Malformed, describe_evidence
from pargrade.chain.endpoint.health import EndpointReport
from pargrade.chain.endpoint.json_rpc import JsonRpc
from pargrade.chain.endpoint.pool import EndpointPool
from pargrade.chain.errors import NoContract, RpcDown, RpcRefused, UnknownBlock, WrongChain
from pargrade.chain.hashing import Address
from pargrade.chain.known_transaction import KnownTransaction
from pargrade.chain.log import Log
from pargrade.chain.log_query import LogQuery
from pargrade.chain.log_reader import LogReader
from pargrade.chain.receipt import MinedTransaction
from pargrade.chain.refusals import is_unknown_block
from pargrade.chain.reverts import decode_revert, find_revert_data

T = TypeVar("T")

_LEAST_GAS: Final = 21_000
"""Of any transaction."""

_NOT_YET: Final = {"hash": "0x" + bytes(32).hex(), "number": "0x0"}
"""Of the next block, where an endpoint leaves them open."""


class Endpoint(Protocol):
    """Whoever asks a chain: one endpoint, or a pool of them."""

    @property
    def endpoint(self) -> str:
        """The endpoint in use, for people."""

    def ask(self, method: str, params: tuple[Any, ...], decode: Decoder[T]) -> T:
        """The result of a method as `decode` reads it. Raises ChainError."""

    def ask_all(self, method: str, many: Sequence[tuple[Any, ...]], decode: Decoder[T]) -> list[T]:
        """The result for each of many parameters, from one endpoint. Raises like `ask`."""

    def opinions(self) -> "tuple[Endpoint, ...]":
        """The endpoints that are well, one by one; the one in use comes first."""

    def report(self) -> tuple[EndpointReport, ...]:
        """How well each endpoint of a pool is, without asking them."""

    def close(self) -> None:
        """Closes this thread's connections."""


class Chain:
    """Reads of one chain. Safe to share between threads; every failure is one ChainError."""

    def __init__(self, endpoint: Endpoint, chain_id: int) -> None:
        self.chain_id = chain_id
        self._endpoint = endpoint
        self._log_reader = LogReader()

    @classmethod
    def connect(cls, *urls: str, expected: int | None = None, timeout: float = 10.0) -> Self:
        """The chain at one URL, or at several of independent operators, the preferred one first.

        `timeout` is in seconds, per request. Raises RpcDown, or WrongChain when one of them is not
        the `expected` chain, or not that of the others.
        """
        if len(urls) > 1:
            pool = EndpointPool(urls, expected, timeout)
            pool.check()
            return cls(pool, pool.chain_id)
        chain = cls(JsonRpc(urls[0], timeout), 0)
        chain.chain_id = chain.ask("eth_chainId", (), read_quantity)
        if expected is not None and chain.chain_id != expected:
            raise WrongChain(chain.endpoint, expected, chain.chain_id)
        return chain

    @property
    def endpoint(self) -> str:
        """The endpoint in use, for people: without user, password, path and query."""
        return self._endpoint.endpoint

    def opinions(self) -> "tuple[Chain, ...]":
        """The same chain through each endpoint that is well alone, for comparing their answers."""
        return tuple(Chain(endpoint, self.chain_id) for endpoint in self._endpoint.opinions())

    def report(self) -> tuple[EndpointReport, ...]:
        """How well each endpoint of a pool is, without asking them; nothing for one endpoint."""
        return self._endpoint.report()

    def request(self, method: str, *params: Any) -> Any:
        """The result of any JSON-RPC method, of any type. Raises RpcDown or RpcRefused."""
        return self.ask(method, params, read_anything)

    def ask(self, method: str, params: tuple[Any, ...], decode: Decoder[T]) -> T:
        """The result of any JSON-RPC method as `decode` reads it. Raises RpcDown, RpcRefused."""
        return self._endpoint.ask(method, params, decode)

    def ask_all(self, method: str, many: Sequence[tuple[Any, ...]], decode: Decoder[T]) -> list[T]:
        """The result of a method for each of many parameters, in few exchanges. Raises like `ask`.

        One endpoint gives all of them. Reads of a state should name its block.
        """
        return self._endpoint.ask_all(method, many, decode)

    def call(
        self, call: Call[T], *, block: At, sender: Address | None = None, gas: int | None = None
    ) -> T:
        """What the call would return in the state `block`, changing nothing.

        `gas` is the limit of the transaction it would be, its own cost included; without one the
        endpoint has its own.
        Raises the contract's own error when it refuses, NoContract, UnknownBlock, BadEncoding.
        """

        def decode(raw: Any) -> T:
            return self.result_of(call, read_data(raw))

        return self._execute("eth_call", call, block, sender, decode, gas)

    def call_all(self, calls: Sequence[Call[Any]], *, block: At) -> list[Any]:
        """What each of many reads would return in the state `block`, in few exchanges.

        Raises as `call`, for the first that fails.
        """
        many = [(_message(call, None), block_parameter(block)) for call in calls]
        try:
            found = self.ask_all("eth_call", many, read_data)
        except RpcRefused as refused:
            raise self._explained(refused, calls[0], block) from None
        return [self.result_of(call, data) for call, data in zip(calls, found, strict=True)]

    def estimate(self, call: Call[Any], *, sender: Address, block: At = Tag.PENDING) -> int:
        """Gas the call needs, in gas units; refusals are raised as by `call`."""
        return self._execute("eth_estimateGas", call, block, sender, _read_gas)

    def result_of(self, call: Call[T], data: bytes) -> T:
        """Typed result of returned bytes. Raises NoContract, BadEncoding."""
        if call.result is None:
            return None  # type: ignore[return-value]  # T is None where nothing is returned
        if not data and call.to is not None:
            raise NoContract(call.to, call.label)
        return call.result.decode(data)

    def block(self, block: At) -> BlockStamp:
        """The block at a height, of a tag or of a stamp. Raises UnknownBlock."""

        def decode(raw: Any) -> BlockStamp:
            if raw is None and block is not Tag.LATEST:
                raise UnknownBlock(describe_block(block))
            return _checked(_stamp(raw, block), block)

        if isinstance(block, BlockStamp):
            return self.ask("eth_getBlockByHash", ("0x" + block.hash.hex(), False), decode)
        return self.ask("eth_getBlockByNumber", (block_parameter(block), False), decode)

    def head(self) -> BlockStamp:
        """The newest block, for pinning a set of reads to."""
        return self.block(Tag.LATEST)

    def height(self) -> int:
        """Number of the newest block: the cheapest question whether there is a new one."""
        return self.ask("eth_blockNumber", (), read_quantity)

    def logs(
        self,
        addresses: Iterable[Address],
        *,
        first: int,
        last: int,
        topics: tuple[tuple[bytes, ...], ...] = (),
    ) -> list[Log]:
        """Logs of these contracts in blocks first to last, both included, in chain order.

        `topics[i]` lists what topic i may be; an empty tuple leaves it open. Read in pages where
        the endpoint wants it; raises UnknownBlock when the chain is re-organised between them.
        """
        query = LogQuery(tuple(addresses), topics)
        pinned: list[BlockStamp] = []

        def read_page(low: int, high: int) -> list[Log]:
            if (low, high) != (first, last) and not pinned:
                pinned.append(self.block(last))
            return self.ask("eth_getLogs", (query.parameter(low, high),), query.decoder(low, high))

        logs = self._log_reader.read(first, last, read_page)
        if pinned and self.block(last) != pinned[0]:
            raise UnknownBlock(describe_block(pinned[0]))
        return logs

    def balance(self, account: Address, *, block: At) -> int:
        """Native coin of an account, wei."""
        return self._state("eth_getBalance", account, block, read_quantity)

    def nonce(self, account: Address, *, block: At) -> int:
        """Transactions an account has sent."""
        return self._state("eth_getTransactionCount", account, block, read_quantity)

    def code(self, address: Address, *, block: At) -> bytes:
        """Code at an address; empty when there is none."""
        return self._state("eth_getCode", address, block, read_data)

    def codes(self, addresses: Sequence[Address], *, block: At) -> list[bytes]:
        """Code at each of many addresses, in few exchanges."""
        many = [(address, block_parameter(block)) for address in addresses]
        try:
            return self.ask_all("eth_getCode", many, read_data)
        except RpcRefused as refused:
            if is_unknown_block(refused):
                raise UnknownBlock(describe_block(block)) from None
            raise

    def receipt(self, tx_hash: bytes) -> MinedTransaction | None:
        """What became of a transaction; None while it is not mined."""

        def decode(raw: Any) -> MinedTransaction | None:
            # Some nodes give a receipt without a block to a transaction that waits.
            if raw is None or read_object(raw).get("blockNumber") is None:
                return None
            mined = MinedTransaction.of(raw)
            if mined.tx_hash != tx_hash:
                raise Malformed(f"the receipt of 0x{tx_hash.hex()}", raw)
            return mined

        return self.ask("eth_getTransactionReceipt", ("0x" + tx_hash.hex(),), decode)

    def transaction(self, tx_hash: bytes) -> KnownTransaction | None:
        """A transaction, mined or waiting; None when the node does not know it."""

        def decode(raw: Any) -> KnownTransaction | None:
            known = read_optional(raw, KnownTransaction.of)
            if known is not None and known.tx_hash != tx_hash:
                raise Malformed(f"transaction 0x{tx_hash.hex()}", raw)
            return known

        return self.ask("eth_getTransactionByHash", ("0x" + tx_hash.hex(),), decode)

    def push(self, raw: bytes) -> None:
        """Gives a signed transaction to every endpoint that is well. Raises RpcRefused.

        One that takes it is enough; one alone might drop it without a word. After RpcDown it is not
        known whether a node took it.
        """
        refusal: RpcRefused | None = None
        try:
            _push_to(self._endpoint, raw)
        except RpcRefused as refused:
            refusal = refused
        for another in self._endpoint.opinions()[1:]:
            with suppress(RpcDown, RpcRefused):
                _push_to(another, raw)
                refusal = None
        if refusal is not None:
            raise refusal

    def close(self) -> None:
        """Closes this thread's connection."""
        self._endpoint.close()

    def _execute(
        self,
        method: str,
        call: Call[Any],
        block: At,
        sender: Address | None,
        decode: Decoder[T],
        gas: int | None = None,
    ) -> T:
        message = _message(call, sender)
        if gas is not None:
            message["gas"] = hex(gas)
        try:
            return self.ask(method, (message, block_parameter(block)), decode)
        except RpcRefused as refused:
            raise self._explained(refused, call, block) from None

    def _explained(self, refused: RpcRefused, call: Call[Any], block: At) -> Exception:
        try:
            revert = find_revert_data(refused.error)
        except Malformed as bad:
            return BadAnswer(self.endpoint, refused.method, bad.expected, bad.evidence)
        if revert is not None:
            return decode_revert(revert, call.errors, call.label)
        return UnknownBlock(describe_block(block)) if is_unknown_block(refused) else refused

    def _state(self, method: str, account: Address, block: At, decode: Decoder[T]) -> T:
        try:
            return self.ask(method, (account, block_parameter(block)), decode)
        except RpcRefused as refused:
            if is_unknown_block(refused):
                raise UnknownBlock(describe_block(block)) from None
            raise


def _push_to(endpoint: Endpoint, raw: bytes) -> None:
    method = "eth_sendRawTransaction"
    result = endpoint.ask(method, ("0x" + raw.hex(),), read_anything)
    try:
        read_hash(result)
    except Malformed:
        evidence = describe_evidence(result)
        raise BadAnswer(endpoint.endpoint, method, "a hash", evidence) from None


def _message(call: Call[Any], sender: Address | None) -> dict[str, str]:
    message = {"data": "0x" + call.data.hex()}
    if call.to is not None:
        message["to"] = call.to
    if sender is not None:
        message["from"] = sender
    if call.value:
        message["value"] = hex(call.value)
    return message


def _read_gas(raw: Any) -> int:
    gas = read_quantity(raw)
    if gas < _LEAST_GAS:
        raise Malformed(f"at least {_LEAST_GAS} gas", raw)
    return gas


def _stamp(raw: Any, block: At) -> BlockStamp:
    fields = read_object(raw)
    if block is Tag.PENDING:
        # go-ethereum gives the next block no hash, as it has none yet, and hardhat no number.
        given = {name: value for name, value in fields.items() if value is not None}
        return BlockStamp.of({**_NOT_YET, **given})
    return BlockStamp.of(fields)


def _checked(stamp: BlockStamp, block: At) -> BlockStamp:
    if isinstance(block, BlockStamp) and stamp.hash != block.hash:
        raise Malformed(f"block 0x{block.hash.hex()}", "0x" + stamp.hash.hex())
    if isinstance(block, int) and stamp.number != block:
        raise Malformed(f"block {block}", stamp.number)
    return stamp
